import { afterEach, expect, it } from 'vitest';
import { mounted } from '../../../test/mounted';
import { initialMessagesState } from '../shell/messages-slice';
import { studioStore } from '../shell/studio-store';
import { Section } from './section';

afterEach(() => studioStore.setState(initialMessagesState));

const folded = () =>
  mounted(
    <Section title="Kept shards" summary="What is kept." topic="cache" folds>
      <button type="button">Clear</button>
    </Section>,
  );

it('that folds shows its content once its title is pressed', async () => {
  const screen = await folded();
  const region = screen.getByRole('region', { name: 'Kept shards' });
  await expect.element(region).toHaveTextContent('What is kept.');
  await expect.element(screen.getByRole('button', { name: 'Clear' })).not.toBeInTheDocument();
  const title = region.getByRole('button', { name: 'Kept shards' });
  await title.click();
  await expect.element(screen.getByRole('button', { name: 'Clear' })).toBeVisible();
  const controls = title.element().getAttribute('aria-controls')!;
  expect(controls).not.toMatch(/\s/);
  expect(document.getElementById(controls)).toBeTruthy();
});

it('shows an error of its topic beside the fold, until it is dismissed', async () => {
  const screen = await folded();
  const error = { code: 'storage-full', message: 'It is full.', nextStep: 'Clear it.' } as const;
  const entry = { id: 1, scope: 'data', about: 'cache', topic: 'cache', error } as const;
  studioStore.setState({ errors: [entry] });
  await expect.element(screen.getByRole('alert')).toHaveTextContent('It is full. Clear it.');
  await screen.getByRole('button', { name: 'Dismiss' }).click();
  await expect.element(screen.getByRole('alert')).not.toBeInTheDocument();
});
