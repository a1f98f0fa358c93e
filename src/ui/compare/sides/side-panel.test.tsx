import { beforeEach, describe, expect, it, vi } from 'vitest';
import { mounted } from '../../../../test/mounted';
import { pristine } from '../../../faces/face-record';
import type { ShownFace } from '../../../studio/protocol';
import { receive, receiveFailure } from '../../shell/receive-event';
import { dismissErrorsAbout, studioStore } from '../../shell/studio-store';
import { takeSeveral } from '../commands';
import { SidePanel } from './side-panel';

vi.mock('../../../studio/studio.worker.ts?worker&url', () => ({ default: 'studio.worker.js' }));

const face = (id: string, weight: number): ShownFace => ({
  id,
  name: `${id}.jpg`,
  crop: new Uint8ClampedArray(112 * 112 * 4),
  levels: pristine,
  kappa: 1000 * weight,
  embeddingNorm: 20,
  weight,
  photo: null,
  origin: 'aligned',
  person: null,
});
const error = { code: 'bad-image', message: 'It is no picture.', nextStep: '' } as const;

describe('a side of a comparison', () => {
  beforeEach(() => studioStore.setState(studioStore.getInitialState()));

  it('shows what failed there, and no other side does', async () => {
    const screen = await mounted(
      <>
        <SidePanel slot="a" />
        <SidePanel slot="b" />
      </>,
    );
    receiveFailure({ type: 'choose-sample', slot: 'b' }, error);
    const [a, b] = ['Face A', 'Face B'].map((name) => screen.getByRole('region', { name }));
    await expect.element(b!.getByRole('alert')).toHaveTextContent('It is no picture.');
    expect(a!.getByRole('alert').elements()).toHaveLength(0);
    dismissErrorsAbout('face-b');
    await expect.poll(() => b!.getByRole('alert').elements().length).toBe(0);
  });

  it('keeps a template while its place is left, with the shares of its pictures', async () => {
    const screen = await mounted(<SidePanel slot="a" />);
    takeSeveral('a', true);
    receive({ type: 'side', slot: 'a', faces: [face('one', 0.75), face('two', 0.25)] });
    await expect.element(screen.getByText('75 %')).toBeVisible();
    await screen.unmount();
    const again = await mounted(<SidePanel slot="a" />);
    await expect
      .element(again.getByRole('button', { name: 'two.jpg: κ 250, share 25.0 %' }))
      .toBeVisible();
    await expect
      .element(again.getByRole('switch', { name: 'Several pictures of face A' }))
      .toBeChecked();
  });

  it('says at once what several pictures are for, and has a place for the next one', async () => {
    const screen = await mounted(<SidePanel slot="a" />);
    receive({ type: 'side', slot: 'a', faces: [{ ...face('one', 1), kappa: null }] });
    const add = screen.getByRole('button', { name: 'Add pictures of this person to face A' });
    expect(add.elements()).toHaveLength(0);
    await screen.getByRole('switch', { name: 'Several pictures of face A' }).click();
    await expect.element(add).toBeVisible();
    await expect
      .element(screen.getByText(/^Add pictures of the same person, your own or from the row below/))
      .toBeVisible();
    // The picture that is there stays as large as it was.
    await expect.element(screen.getByTestId('kappa-a')).toBeVisible();
    receive({ type: 'side', slot: 'a', faces: [face('one', 0.75), face('two', 0.25)] });
    await expect.element(add).toBeVisible();
    await expect.element(screen.getByText(/pooled by κ/)).toBeVisible();
  });

  it('says so when its pictures are of different people', async () => {
    const screen = await mounted(<SidePanel slot="a" />);
    const person = (label: number) => ({ person: { source: 'demo', label } });
    const one = { ...face('one', 0.75), ...person(1) };
    receive({ type: 'side', slot: 'a', faces: [one, { ...face('two', 0.25), ...person(2) }] });
    const said = screen.getByText(/of different people: no verdict on them together can be right/);
    await expect.element(said).toBeVisible();
    receive({ type: 'side', slot: 'a', faces: [one, { ...face('two', 0.25), ...person(1) }] });
    await expect.element(said).not.toBeInTheDocument();
  });
});
