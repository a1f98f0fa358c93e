import { expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';
import { mounted } from '../../../test/mounted';
import { Term } from './term';

const inText = () =>
  mounted(
    <>
      <button type="button">What comes before</button>
      <h2>
        The mean of <Term name="kappa">κ</Term> a person
      </h2>
      <button type="button">What follows</button>
    </>,
  );

it('stands in a heading without breaking its name', async () => {
  const screen = await inText();
  expect(
    screen.getByRole('heading', { name: 'The mean of κ a person', exact: true }).element(),
  ).toBeTruthy();
});

it('explains itself by a click, with its formula as MathML, and gives the focus back', async () => {
  const screen = await inText();
  const word = screen.getByRole('button', { name: 'κ', exact: true });
  await word.click();
  const card = screen.getByRole('dialog', { name: 'κ, kappa' });
  await expect.element(card).toHaveFocus();
  await expect.element(card).toHaveTextContent('How sure the studio is of a face.');
  await expect.poll(() => card.element().querySelector('math')).toBeTruthy();
  expect(card.element().scrollWidth).toBeLessThanOrEqual(card.element().clientWidth);
  await userEvent.keyboard('{Escape}');
  await expect.element(card).not.toBeInTheDocument();
  await expect.element(word).toHaveFocus();
});

it('opens by Enter, and Tab goes on behind the word', async () => {
  const screen = await inText();
  const word = screen.getByRole('button', { name: 'κ', exact: true });
  (word.element() as HTMLElement).focus();
  await userEvent.keyboard('{Enter}');
  const card = screen.getByRole('dialog');
  await expect.element(card).toHaveFocus();
  await userEvent.keyboard('{Tab}');
  await expect.element(card).not.toBeInTheDocument();
  await expect.element(screen.getByRole('button', { name: 'What follows' })).toHaveFocus();
});

it('opens where a pointer rests, takes no focus, and closes when it has left', async () => {
  const screen = await inText();
  await screen.getByRole('button', { name: 'κ', exact: true }).hover();
  const card = screen.getByRole('dialog');
  await expect.element(card).toBeVisible();
  await expect.element(card).not.toHaveFocus();
  await screen.getByRole('button', { name: 'What comes before' }).hover();
  await expect.element(card).not.toBeInTheDocument();
});
