import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/seeded-random';
import { areaUnderCurve } from '../pair-figures';
import { operatingPoint } from '../roc';
import { rocFars } from './roc-curve';
import { RankedScores } from './ranked-scores';

/** Pairs in five folds, with few different scores, so that many are equal. */
function drawn(seed: number, count: number) {
  const random = seededRandom(seed);
  const same = Array.from({ length: count }, (_, i) => i % 2);
  return {
    same,
    scores: same.map((kind) => Math.round(6 * (random.normal() + 1.3 * kind)) / 6),
    folds: same.map((_, i) => Math.floor((5 * i) / count)),
    weights: Float64Array.from(same, () => random.int(4)),
  };
}
const ofKind = (scores: readonly number[], same: readonly number[], kind: number) =>
  scores.filter((_, i) => same[i] === kind);
function ratesOf(ranked: RankedScores, fars: readonly number[]) {
  const tars = new Float64Array(fars.length);
  return { auc: ranked.rates(fars, tars), tars: [...tars] };
}

describe('ranked scores', () => {
  it('have the figures of plain scores where all weights are 1', () => {
    for (const seed of [1, 2, 3, 4]) {
      const { scores, same, folds } = drawn(seed, 300);
      const ranked = new RankedScores({ scores, same, folds });
      ranked.weigh(new Float64Array(300).fill(1));
      const [genuine, impostor] = [ofKind(scores, same, 1), ofKind(scores, same, 0)];
      const fars = rocFars(impostor.length, 40);
      const { auc, tars } = ratesOf(ranked, fars);
      expect(auc).toBeCloseTo(areaUnderCurve(genuine, impostor)!, 12);
      expect(tars).toEqual(fars.map((far) => operatingPoint(genuine, impostor, far)!.tar));
      expect([fars[0], fars.at(-1), tars.at(-1)]).toEqual([1 / 150, 1, 1]);
    }
  });

  it('take a weight for that many equal pairs', () => {
    for (const seed of [5, 6, 7, 8]) {
      const { scores, same, folds, weights } = drawn(seed, 200);
      const repeated = (values: readonly number[]) =>
        values.flatMap((value, i) => Array<number>(weights[i]!).fill(value));
      const weighed = new RankedScores({ scores, same, folds });
      weighed.weigh(weights);
      const plain = new RankedScores({
        scores: repeated(scores),
        same: repeated(same),
        folds: repeated(folds),
      });
      const fars = [0.01, 0.05, 0.1, 0.4];
      expect(ratesOf(weighed, fars)).toEqual(ratesOf(plain, fars));
      expect(weighed.accuracy()).toEqual(plain.accuracy());
    }
  });

  it('have the accuracy of each fold at the threshold that is best on the others', () => {
    // The thresholds of the other folds: 0.55 refuses fold 0's 0.4; 0.35 accepts fold 1's 0.5;
    // 0.55 is right for all of fold 2.
    const ranked = new RankedScores({
      scores: [0.4, 0.3, 0.6, 0.5, 0.8, 0.2],
      same: [1, 0, 1, 0, 1, 0],
      folds: [0, 0, 1, 1, 2, 2],
    });
    const { mean, std, folds } = ranked.accuracy()!;
    expect(folds[0]).toEqual({ accuracy: 0.5, threshold: 0.55 });
    expect(folds.map(({ accuracy }) => accuracy)).toEqual([0.5, 0.5, 1]);
    expect(mean).toBeCloseTo(2 / 3, 12);
    expect(std).toBeCloseTo(Math.sqrt((2 * (1 / 6) ** 2 + (1 / 3) ** 2) / 3), 12);
  });

  it('have no accuracy without two folds and both kinds outside each', () => {
    const accuracyOf = (same: number[], folds: number[]) =>
      new RankedScores({ scores: [1, 0], same, folds }).accuracy();
    expect(accuracyOf([1, 0], [0, 0])).toBeNull();
    expect(accuracyOf([1, 0], [0, 1])).toBeNull();
    const ofOneKind = new RankedScores({ scores: [1, 0], same: [1, 1], folds: [0, 1] });
    expect(ratesOf(ofOneKind, [0.1])).toEqual({ auc: NaN, tars: [NaN] });
  });
});
