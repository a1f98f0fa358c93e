import { expect, it } from 'vitest';
import { evenFolds, foldAccuracy } from './fold-accuracy';

it('measures each fold at the threshold that is best on the others', () => {
  // The thresholds of the other folds: 0.55 refuses fold 0's 0.4; 0.35 accepts fold 1's 0.5; 0.55
  // is right for all of fold 2.
  const scores = [0.4, 0.3, 0.6, 0.5, 0.8, 0.2];
  const same = [1, 0, 1, 0, 1, 0];
  const fold = [0, 0, 1, 1, 2, 2];
  const { mean, std, folds } = foldAccuracy(scores, same, fold);
  expect(folds[0]).toEqual({ accuracy: 0.5, threshold: 0.55 });
  expect(folds.map(({ accuracy }) => accuracy)).toEqual([0.5, 0.5, 1]);
  expect(mean).toBeCloseTo(2 / 3, 12);
  expect(std).toBeCloseTo(Math.sqrt((2 * (1 / 6) ** 2 + (1 / 3) ** 2) / 3), 12);
});

it('needs two folds, and both kinds outside each', () => {
  expect(() => foldAccuracy([1, 0], [1, 0], [0, 0])).toThrow('there is one');
  expect(() => foldAccuracy([1, 0], [1, 0], [0, 1])).toThrow('of one kind');
});

it('spreads both kinds evenly over the folds of a set without any', () => {
  const same = Array.from({ length: 100 }, (_, i) => (i < 60 ? 1 : 0));
  const folds = evenFolds(same);
  for (let fold = 0; fold < 10; fold++) {
    expect(same.filter((value, i) => value === 1 && folds[i] === fold)).toHaveLength(6);
    expect(same.filter((value, i) => value === 0 && folds[i] === fold)).toHaveLength(4);
  }
});
