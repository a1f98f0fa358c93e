import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/seeded-random';
import { axisEnds, axisPlace, axisTicks, marginHistogram, marginOf, marginScale } from './margin';
import type { HeldScore } from './verdict';

const random = seededRandom(5);
const normal = (n: number, mean: number, deviation: number) =>
  Float32Array.from({ length: n }, () => {
    const [u, v] = [1 - random.next(), random.next()];
    return mean + deviation * Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
  });

const genuine = normal(4000, 0.7, 0.1);
const impostor = normal(4000, 0, 0.1);
const cosine: HeldScore = {
  method: 'cosine',
  score: 0.5,
  among: { method: 'cosine', step: 1, policy: 'full', genuine, impostor },
};
/** The same scores in another unit, as another method might give them. */
const scf: HeldScore = {
  method: 'scf',
  score: 0.5 * 300 - 1200,
  among: {
    ...cosine.among,
    method: 'scf',
    genuine: genuine.map((score) => 300 * score - 1200),
    impostor: impostor.map((score) => 300 * score - 1200),
  },
};

describe('the margin to the threshold', () => {
  it('is the same for two methods whose scores differ only in their unit', () => {
    const margins = [cosine, scf].map((held) => marginOf(held.score, marginScale(held, 0.01)!));
    expect(margins[0]).toBeCloseTo(margins[1]!, 3);
    // The threshold of 1 in 100 is 2.33 deviations above the impostors' mean.
    expect(margins[0]).toBeCloseTo((0.5 - 0.233) / 0.1, 0);
  });

  it('is 0 at the threshold, positive where the pair is accepted', () => {
    const scale = marginScale(cosine, 0.01)!;
    expect(marginOf(scale.threshold, scale)).toBe(0);
    expect(marginOf(0.9, scale)).toBeGreaterThan(0);
    expect(marginScale(cosine, 0.0001)).toBeNull();
  });

  it('has a histogram of shares, and an axis that holds every marker', () => {
    const bins = marginHistogram(cosine, marginScale(cosine, 0.01)!, 40);
    expect(bins.reduce((sum, bin) => sum + bin.genuine, 0)).toBeCloseTo(1, 6);
    expect(bins.reduce((sum, bin) => sum + bin.impostor, 0)).toBeCloseTo(1, 6);
    const [low, high] = axisEnds(bins, [-20, 3]);
    expect(low).toBeLessThan(axisPlace(-20));
    expect(high).toBeGreaterThan(bins.at(-1)!.to);
  });

  it('has an axis that keeps order and sign, straight around the threshold', () => {
    expect(axisPlace(0)).toBe(0);
    expect(axisPlace(-1)).toBe(-axisPlace(1));
    expect(axisPlace(0.1) / axisPlace(0.05)).toBeCloseTo(2, 1);
    expect(axisTicks([axisPlace(-3), axisPlace(1.2)])).toEqual([-2, -1, -0.5, 0, 0.5, 1]);
  });
});
