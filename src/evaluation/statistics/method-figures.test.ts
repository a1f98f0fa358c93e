import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/seeded-random';
import { evenFolds } from '../folds';
import { isBetter, type Difference } from './figures';
import { methodFigures } from './method-figures';
import { Resampling, type ResampledPair } from './resampling';

const PEOPLE = 200;
/** Two genuine pairs and four impostor pairs of each person. */
const pairs: ResampledPair[] = Array.from({ length: 6 * PEOPLE }, (_, i) => {
  const [person, turn] = [i % PEOPLE, Math.floor(i / PEOPLE)];
  const other = turn < 2 ? person : (person + turn) % PEOPLE;
  return { people: [`p${person}`, `p${other}`], same: turn < 2 };
});
const same = Uint8Array.from(pairs, (pair) => (pair.same ? 1 : 0));
const nameless = pairs.map((pair): ResampledPair => ({ same: pair.same }));
/** Scores where a person's own level shifts both of the genuine pairs. */
function scoresOf(seed: number, gap: number, personal: number): Float64Array {
  const random = seededRandom(seed);
  const levels = Array.from({ length: PEOPLE }, () => personal * random.normal());
  return Float64Array.from(same, (kind, i) => random.normal() + kind * (gap + levels[i % PEOPLE]!));
}
const measure = (
  scores: readonly (readonly Float64Array[])[],
  among: readonly ResampledPair[] = pairs,
  resamples = 400,
) =>
  methodFigures({
    scores,
    same,
    folds: evenFolds(same),
    cosine: 0,
    resampling: new Resampling(among, 5),
    resamples,
  });
const isWorse = (difference: Difference | null) => difference!.interval![1] < 0;
const widthOf = (interval: readonly [number, number] | null) => interval![1] - interval![0];

describe('figures of methods', () => {
  it('have intervals around them, the same for the same seed', () => {
    const [figures] = measure([[scoresOf(1, 2, 0)]]);
    const { accuracy, auc, tarAtFar, intervals, roc } = figures!;
    for (const [value, interval] of [
      [accuracy, intervals.accuracy],
      [auc, intervals.auc],
      [tarAtFar['0.1'], intervals.tarAtFar['0.1']],
    ] as const) {
      expect(interval![0]).toBeLessThan(value!);
      expect(interval![1]).toBeGreaterThan(value!);
    }
    // 800 impostor pairs: a FAR of a hundredth has 8 above the threshold, too few for a rate.
    expect([tarAtFar['0.01'], intervals.tarAtFar['0.01']]).toEqual([null, null]);
    expect(roc.at(-1)).toEqual({ far: 1, tar: 1, low: 1, high: 1 });
    expect(roc.every(({ low, tar, high }) => low! <= tar && tar <= high!)).toBe(true);
    expect(measure([[scoresOf(1, 2, 0)]])[0]).toEqual(figures);
  });

  it('have intervals of binomial width where people are alike and pairs are drawn', () => {
    const [figures] = measure([[scoresOf(1, 2, 0)]], nameless);
    const tar = figures!.tarAtFar['0.1']!;
    const binomial = 2 * 1.96 * Math.sqrt((tar * (1 - tar)) / 400);
    const width = widthOf(figures!.intervals.tarAtFar['0.1']!);
    expect(width).toBeGreaterThan(0.8 * binomial);
    // The threshold varies too.
    expect(width).toBeLessThan(2 * binomial);
  });

  it('have wider intervals over people where pairs of a person stand or fall together', () => {
    const scores = [[scoresOf(2, 2, 3)]];
    const [ofPeople, ofPairs] = [pairs, nameless].map(
      (among) => measure(scores, among)[0]!.intervals.tarAtFar['0.1']!,
    );
    expect(widthOf(ofPeople!)).toBeGreaterThan(1.25 * widthOf(ofPairs!));
  });

  it('are compared on the same resamples: a small steady gain is found, chance is not', () => {
    const cosine = scoresOf(3, 1.5, 0);
    const random = seededRandom(9);
    // A little better on each genuine pair: far less than the interval of either figure.
    const better = cosine.map((score, i) => score + (same[i] === 1 ? 0.15 : 0));
    const alike = cosine.map((score) => score + 0.05 * random.normal());
    const [first, gain, chance, loss] = measure([[cosine], [better], [alike], [scoresOf(4, 1, 0)]]);
    expect(first!.differences).toBeNull();
    const { auc } = gain!.differences!;
    expect(auc!.value).toBeCloseTo(gain!.auc! - first!.auc!, 12);
    expect(isBetter(auc)).toBe(true);
    expect(gain!.intervals.auc![0]).toBeLessThan(first!.intervals.auc![1]);
    expect([isBetter, isWorse].map((is) => is(chance!.differences!.auc))).toEqual([false, false]);
    expect([isBetter, isWorse].map((is) => is(loss!.differences!.auc))).toEqual([false, true]);
  });

  it('are means over the draws of the degradations, with their spread', () => {
    const draws = [1, 2, 3].map((seed) => scoresOf(seed, 2, 0));
    const each = draws.map((draw) => measure([[draw]], pairs, 0)[0]!);
    const [all] = measure([draws], pairs, 200);
    const aucs = each.map(({ auc }) => auc!);
    const mean = aucs.reduce((sum, auc) => sum + auc, 0) / 3;
    expect(all!.auc).toBeCloseTo(mean, 12);
    expect(all!.spread.auc).toBeCloseTo(
      Math.sqrt(aucs.reduce((sum, auc) => sum + (auc - mean) ** 2, 0) / 3),
      12,
    );
    // Three independent draws say more than one.
    const [one] = measure([[draws[0]!]], pairs, 200);
    expect(widthOf(all!.intervals.auc)).toBeLessThan(widthOf(one!.intervals.auc));
    expect([one!.spread.auc, each[0]!.intervals.auc]).toEqual([null, null]);
  });

  it('of thousands of pairs by six methods take seconds', () => {
    const scores = [1, 2, 3, 4, 5, 6].map((seed) => [scoresOf(seed, 2, 0)]);
    const startedAt = performance.now();
    measure(scores, pairs, 1000);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});
