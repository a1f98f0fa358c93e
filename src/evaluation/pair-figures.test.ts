import { expect, it } from 'vitest';
import { seededRandom } from '../core/seeded-random';
import { areaUnderCurve, bestAccuracy } from './pair-figures';
import { operatingPoint } from './roc';

/** Scores with few different values, so that many are equal. */
function drawn(seed: number, count: number, shift: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => Math.round(4 * (random.normal() + shift)) / 4);
}

it('gives the area that counting every pair of pairs gives', () => {
  for (const seed of [1, 2, 3, 4]) {
    const [genuine, impostor] = [drawn(seed, 83, 0.7), drawn(seed + 100, 61, 0)];
    let wins = 0;
    for (const a of genuine) {
      for (const b of impostor) {
        if (a > b) wins += 1;
        else if (a === b) wins += 0.5;
      }
    }
    expect(areaUnderCurve(genuine, impostor)).toBeCloseTo(wins / (83 * 61), 12);
  }
  expect(areaUnderCurve([1, 2], [-1, 0])).toBe(1);
  expect(areaUnderCurve([-1], [1])).toBe(0);
  expect(areaUnderCurve([5, 5], [5])).toBe(0.5);
});

it('finds the best of all thresholds, and its accuracy', () => {
  for (const seed of [5, 6, 7, 8]) {
    const [genuine, impostor] = [drawn(seed, 40, 0.5), drawn(seed + 100, 55, 0)];
    const accuracyAt = (threshold: number) =>
      (genuine.filter((score) => score >= threshold).length +
        impostor.filter((score) => score < threshold).length) /
      95;
    const best = bestAccuracy(genuine, impostor)!;
    expect(accuracyAt(best.threshold)).toBeCloseTo(best.accuracy, 12);
    expect(best.accuracy).toBeCloseTo(
      Math.max(...[...genuine, ...impostor, Infinity].map(accuracyAt)),
      12,
    );
  }
});

it('refuses everything if that is most accurate', () => {
  expect(bestAccuracy([-1], [1, 1])).toEqual({ threshold: Infinity, accuracy: 2 / 3 });
  expect(bestAccuracy([2], [1])).toEqual({ threshold: 1.5, accuracy: 1 });
});

it('measures no rate that needs more pairs', () => {
  const [genuine, impostor] = [drawn(1, 50, 3), drawn(2, 150, 0)];
  const points = [0.1, 0.01, 0.001].map((far) => operatingPoint(genuine, impostor, far));
  expect(points.map((point) => point !== undefined)).toEqual([true, true, false]);
  expect(points[0]!.far).toBeLessThanOrEqual(0.1);
  expect([
    areaUnderCurve(genuine, impostor)! > 0.9,
    bestAccuracy(genuine, impostor) !== undefined,
  ]).toEqual([true, true]);
  expect([areaUnderCurve([], [1]), operatingPoint([], [1], 1), bestAccuracy([], [1])]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
