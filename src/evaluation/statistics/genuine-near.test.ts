import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/seeded-random';
import { genuineNear } from './genuine-near';

/** Genuine scores around 2, three times as many impostor scores around 0, both of variance 1. */
function drawn(seed: number) {
  const random = seededRandom(seed);
  const scores = (count: number, mean: number) =>
    Float64Array.from({ length: count }, () => mean + random.normal());
  return { genuine: scores(4000, 2), impostor: scores(12000, 0) };
}

/** Of two normal densities of variance 1 around 2 and 0. */
const truth = (score: number) => 1 / (1 + Math.exp(2 - 2 * score));

describe('how likely a pair near a score is genuine', () => {
  it.each([0, 0.5, 1, 1.5, 2])('is Bayes’ rule for equal priors at %f', (score) => {
    const draws = Array.from({ length: 10 }, (_, seed) => {
      const { genuine, impostor } = drawn(seed);
      return genuineNear(genuine, impostor, score)!;
    });
    for (const { share, interval, pairs } of draws) {
      expect(interval[0]).toBeLessThan(share);
      expect(interval[1]).toBeGreaterThan(share);
      expect(pairs).toBe(1000);
    }
    const mean = draws.reduce((sum, { share }) => sum + share, 0) / draws.length;
    expect(Math.abs(mean - truth(score))).toBeLessThan(0.02);
  });

  it('holds the truth in its interval in about 95 of 100 draws', () => {
    let held = 0;
    for (let seed = 0; seed < 100; seed++) {
      const { genuine, impostor } = drawn(seed);
      const [low, high] = genuineNear(genuine, impostor, 1)!.interval;
      if (low <= 0.5 && 0.5 <= high) held++;
    }
    expect(held).toBeGreaterThanOrEqual(89);
    expect(held).toBeLessThan(100);
  });

  it('is never certain, however far the score', () => {
    const { genuine, impostor } = drawn(2);
    expect(genuineNear(genuine, impostor, 50)!.interval[1]).toBeLessThan(1);
    expect(genuineNear(genuine, impostor, -50)!.interval[0]).toBeGreaterThan(0);
  });

  it('takes a tenth of few pairs, and none of one kind alone', () => {
    expect(genuineNear([1, 2, 3, 4, 5], [0, 0, 0, 0, 0.5], 5)!.pairs).toBe(1);
    expect(genuineNear([], [1], 1)).toBeNull();
    expect(genuineNear([1], [], 1)).toBeNull();
  });
});
