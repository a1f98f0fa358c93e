import { expect, it } from 'vitest';
import { seededRandom } from '../core/seeded-random';
import { operatingPoint } from './roc';
import { rocCurve } from './roc-curve';

const random = seededRandom(3);
const genuine = Array.from({ length: 300 }, () => 1.5 + random.normal());
const impostor = Array.from({ length: 1000 }, () => random.normal());

it('is the operating point at every FAR that the pairs can measure', () => {
  const curve = rocCurve(genuine, impostor, { points: 40, resamples: 0, seed: 1 });
  expect(curve).toHaveLength(40);
  expect(curve[0]!.far).toBe(1 / 1000);
  expect(curve.at(-1)).toEqual({ far: 1, tar: 1 });
  for (const { far, tar } of curve)
    expect(tar).toBeCloseTo(operatingPoint(genuine, impostor, far + 1e-12)!.tar, 12);
  expect(rocCurve(genuine, [], { seed: 1 })).toEqual([]);
});

it('has a band around the curve, of binomial width, reproducible by its seed', () => {
  const curve = rocCurve(genuine, impostor, { points: 10, resamples: 400, seed: 5 });
  for (const { tar, low, high } of curve) {
    expect(low!).toBeLessThanOrEqual(tar);
    expect(high!).toBeGreaterThanOrEqual(tar);
  }
  expect(rocCurve(genuine, impostor, { points: 10, resamples: 400, seed: 5 })).toEqual(curve);
  // At a FAR near 1/5 the threshold hardly varies, so the band is due to the share of 300 genuine
  // pairs.
  const { tar, low, high } = curve.at(-3)!;
  const deviation = Math.sqrt((tar * (1 - tar)) / genuine.length);
  expect((high! - low!) / 2).toBeGreaterThan(1.2 * deviation);
  expect((high! - low!) / 2).toBeLessThan(4 * deviation);
});

it('is quick on a set of six thousand', () => {
  const many = (offset: number) => Array.from({ length: 3000 }, () => offset + random.normal());
  expect(rocCurve(many(3), many(0), { seed: 1 })[30]!.high).toBeGreaterThan(0.8);
}, 4000);
