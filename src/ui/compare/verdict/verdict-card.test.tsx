import { describe, expect, it } from 'vitest';
import { mounted } from '../../../../test/mounted';
import { policyWords } from '../../../inference/reading-policy';
import type { HeadReading } from '../../../training/session/run-events';
import type { PairTruth } from './known-truth';
import { verdictOn, type HeldScore } from './verdict';
import { NoVerdict, VerdictCard } from './verdict-card';
import { ReferencePairs } from './verdict-words';

const range = (n: number, from: number) => Float32Array.from({ length: n }, (_, i) => from + i);
/** One stranger in a hundred scores 1,980 or more; the person's own pairs lie from 1,900 on. */
const held = (method: 'scf' | 'cosine', score: number): HeldScore => ({
  method,
  score,
  among: { method, step: 1, policy: 'full', genuine: range(500, 1900), impostor: range(2000, 0) },
});

const card = (score: number, truth: PairTruth | null = null) => (
  <VerdictCard
    verdict={verdictOn(held('scf', score), 0.01)!}
    far={0.01}
    beside={held('cosine', 5)}
    truth={truth}
  />
);

describe('the verdict card', () => {
  it('says it large with a mark, how often it is right, and what cosine says', async () => {
    const screen = await mounted(card(2000));
    const headline = screen.getByText('Same person');
    await expect.element(headline).toBeVisible();
    expect(getComputedStyle(headline.element()).fontSize).toBe('40px');
    const verdict = screen.getByTestId('verdict');
    await expect
      .element(verdict)
      .toHaveTextContent(
        /pairs that score alike, 89 % \(86 to 91 %\) are of one person, if half are strangers\./,
      );
    await expect
      .element(verdict)
      .toHaveTextContent(
        /1 in 100 pairs of strangers pass \(measured 1\.0 %†, 95 % interval 0\.\d to/,
      );
    await expect.element(verdict).toHaveTextContent(/Cosine alone says not the same\./);
    // Few strangers lie above the threshold: the mark says so.
    await expect.element(verdict).toHaveTextContent(/† fewer than/);
    // Two marks that differ in form, not only in colour.
    const marks = [...verdict.element().querySelectorAll('svg')].map((svg) => svg.innerHTML);
    expect(new Set(marks).size).toBe(2);
  });

  it('refuses a pair below the threshold, and says how often that is right', async () => {
    const screen = await mounted(card(5), 'dark');
    await expect.element(screen.getByText('Not the same')).toBeVisible();
    await expect
      .element(screen.getByTestId('verdict'))
      .toHaveTextContent(/pairs that score alike, 99 % \(89 to 100 %\) are of two people, if half/);
    expect(screen.getByTestId('truth').elements()).toHaveLength(0);
  });

  it('reminds of the truth, and says when it is wrong', async () => {
    const right = await mounted(card(2000, 'same-person'));
    await expect
      .element(right.getByTestId('truth'))
      .toHaveTextContent('In truth: the same person. The verdict is right.');
    await right.unmount();
    const wrong = await mounted(card(2000, 'different-people'));
    await expect
      .element(wrong.getByTestId('truth'))
      .toHaveTextContent('In truth: different people. The verdict is wrong.');
  });

  it('never calls one picture two people', async () => {
    const screen = await mounted(card(5, 'one-picture'));
    await expect.element(screen.getByText('Too unsure to say')).toBeVisible();
    await expect
      .element(screen.getByTestId('truth'))
      .toHaveTextContent(/^Both sides are the same picture\. The head is so unsure of it/);
    expect(screen.getByText('Not the same', { exact: true }).elements()).toHaveLength(0);
    await expect.element(screen.getByTestId('verdict')).not.toHaveTextContent('reference pairs');
  });

  it('says why there is none', async () => {
    const screen = await mounted(<NoVerdict reason="There is no head." />);
    await expect.element(screen.getByText('No verdict')).toBeVisible();
    await expect.element(screen.getByText('There is no head.')).toBeVisible();
  });
});

describe('the reference pairs', () => {
  const quantiles = Array.from({ length: 101 }, (_, i) => 100 + i);
  const reading: HeadReading = {
    policy: 'full',
    kappa: { all: quantiles, clean: quantiles, pictures: 300, cleanPictures: 100, spearman: 0.9 },
    distributions: [held('scf', 0).among],
  };

  it('say what the rates were measured on', async () => {
    const screen = await mounted(
      <p>
        <ReferencePairs reading={reading} />
      </p>,
    );
    await expect
      .element(screen.getByRole('paragraph'))
      .toHaveTextContent(
        '2,000 pairs of two people and 500 of one person, from the head’s held-out validation ' +
          `pictures, 67 % of them degraded, read as here (full: ${policyWords.full}).`,
      );
    await screen.unmount();
    const unknown = await mounted(
      <p>
        <ReferencePairs reading={{ ...reading, kappa: null }} />
      </p>,
    );
    await expect.element(unknown.getByRole('paragraph')).not.toHaveTextContent('degraded');
  });
});
