import { expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';
import { mounted } from '../../../test/mounted';
import { useRovingFocus } from './roving-focus';

const LETTERS = [...'abcdefg'];

/** Seven buttons in rows of three. */
function Grid({ selected }: { selected?: number }) {
  const itemProps = useRovingFocus(LETTERS.length, selected);
  return (
    <>
      <button type="button">before</button>
      <div style={{ display: 'grid', gridTemplateColumns: 'repeat(3, 60px)' }}>
        {LETTERS.map((letter, i) => (
          <button key={letter} type="button" {...itemProps(i)}>
            {letter}
          </button>
        ))}
      </div>
      <button type="button">after</button>
    </>
  );
}

const focused = () => document.activeElement!.textContent;

/** What has the focus after each key. */
async function walk(...keys: string[]): Promise<(string | null)[]> {
  const found = [];
  for (const key of keys) {
    await userEvent.keyboard(`{${key}}`);
    found.push(focused());
  }
  return found;
}

it('is one tab stop, to which Tab comes back', async () => {
  const screen = await mounted(<Grid />);
  (screen.getByRole('button', { name: 'before' }).element() as HTMLElement).focus();
  expect(await walk('Tab', 'ArrowRight', 'ArrowRight', 'Tab')).toEqual(['a', 'b', 'c', 'after']);
  await userEvent.keyboard('{Shift>}{Tab}{/Shift}');
  expect(focused()).toBe('c');
});

it('goes along and across rows by arrows, and stays at the ends', async () => {
  const screen = await mounted(<Grid selected={1} />);
  (screen.getByRole('button', { name: 'before' }).element() as HTMLElement).focus();
  expect(await walk('Tab', 'ArrowDown', 'ArrowDown', 'ArrowDown')).toEqual(['b', 'e', 'g', 'g']);
  expect(await walk('ArrowUp', 'Home', 'ArrowUp', 'ArrowLeft', 'End', 'ArrowRight')).toEqual([
    'd',
    'a',
    'a',
    'a',
    'g',
    'g',
  ]);
});
