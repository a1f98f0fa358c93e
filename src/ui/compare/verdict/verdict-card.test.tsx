import { describe, expect, it } from 'vitest';
import { mounted } from '../../../../test/mounted';
import { NoVerdict, VerdictCard } from './verdict-card';
import { verdictOn, type HeldScore } from './verdict';

const range = (n: number, from: number) => Float32Array.from({ length: n }, (_, i) => from + i);
/** One stranger in a hundred scores 1,980 or more; the person's own pairs lie from 1,900 on. */
const held = (method: 'scf' | 'cosine', score: number): HeldScore => ({
  method,
  score,
  among: { method, step: 1, policy: 'full', genuine: range(500, 1900), impostor: range(2000, 0) },
});

describe('the verdict card', () => {
  it('says it in large letters with a mark, how sure it is, and what cosine says', async () => {
    const screen = await mounted(
      <VerdictCard
        verdict={verdictOn(held('scf', 2000), 0.01)!}
        far={0.01}
        beside={held('cosine', 5)}
      />,
    );
    const headline = screen.getByText('Same person');
    await expect.element(headline).toBeVisible();
    expect(getComputedStyle(headline.element()).fontSize).toBe('40px');
    const card = screen.getByTestId('verdict');
    await expect
      .element(card)
      .toHaveTextContent(
        /So strict that 1 in 100 pairs of strangers.*1\.0 %, 95 % interval 0\.\d to 1\.\d %/,
      );
    await expect.element(card).toHaveTextContent(/20 % of pairs of one person score lower/);
    await expect.element(card).toHaveTextContent(/Cosine alone says not the same\./);
    // Few strangers lie above the threshold: the mark says so.
    await expect.element(card).toHaveTextContent(/†/);
    // Two marks that differ in form, not only in colour.
    const marks = [...card.element().querySelectorAll('svg')].map((svg) => svg.innerHTML);
    expect(new Set(marks).size).toBe(2);
  });

  it('refuses a pair below the threshold', async () => {
    const screen = await mounted(
      <VerdictCard verdict={verdictOn(held('scf', 5), 0.01)!} far={0.01} beside={undefined} />,
      'dark',
    );
    await expect.element(screen.getByText('Not the same')).toBeVisible();
  });

  it('says why there is none', async () => {
    const screen = await mounted(<NoVerdict reason="There is no head." />);
    await expect.element(screen.getByText('No verdict')).toBeVisible();
    await expect.element(screen.getByText('There is no head.')).toBeVisible();
  });
});
