import { expect, it } from 'vitest';
import { seededRandom, type SeededRandom } from '../formats/seeded-random';
import { fitCalibration, type CalibrationPair } from './calibration';

const dimension = 32;

/** A direction of the von Mises–Fisher density about a centre, by Wood's rejection (1994). */
function draw(kappa: number, centre: readonly number[], random: SeededRandom): number[] {
  const m = dimension - 1;
  const b = m / (2 * kappa + Math.sqrt(4 * kappa * kappa + m * m));
  const x = (1 - b) / (1 + b);
  const c = kappa * x + m * Math.log(1 - x * x);
  const squares = () => Array.from({ length: m }, () => random.normal() ** 2).reduce((sum, value) => sum + value, 0);
  for (;;) {
    const [first, second] = [squares(), squares()];
    const beta = first / (first + second);
    const along = (1 - (1 + b) * beta) / (1 - (1 - b) * beta);
    if (kappa * along + m * Math.log(1 - x * along) - c < Math.log(1 - random.next())) continue;
    const across = Array.from({ length: dimension }, () => random.normal());
    const part = across.reduce((sum, value, i) => sum + value * centre[i]!, 0);
    const normal = across.map((value, i) => value - part * centre[i]!);
    const norm = Math.hypot(...normal);
    return normal.map((value, i) => along * centre[i]! + (Math.sqrt(1 - along * along) * value) / norm);
  }
}

function pairs(count: number, told: (kappa: number) => number): CalibrationPair[] {
  const random = seededRandom(42);
  const direction = () => {
    const values = Array.from({ length: dimension }, () => random.normal());
    return values.map((value) => value / Math.hypot(...values));
  };
  return Array.from({ length: count }, (_, i) => {
    const same = i % 2 === 0;
    const [first, second] = [direction(), direction()];
    const [kappa1, kappa2] = [30 * Math.exp(2 * random.next()), 30 * Math.exp(2 * random.next())];
    const [a, b] = [draw(kappa1, first, random), draw(kappa2, same ? first : second, random)];
    return { kappa1: told(kappa1), kappa2: told(kappa2), cosTheta: a.reduce((sum, value, j) => sum + value * b[j]!, 0), same };
  });
}

it('finds κ again from a head that tells it too steep and too large', () => {
  // κ = 0.5 told^(1/1.6): what a head that tells (2κ)^1.6 is to be corrected by.
  const found = fitCalibration(pairs(4000, (kappa) => (2 * kappa) ** 1.6), dimension)!;
  for (const kappa of [40, 100, 200]) expect(Math.abs(Math.log((found.scale * (2 * kappa) ** (1.6 * found.power)) / kappa)), `κ ${kappa}`).toBeLessThan(0.2);
});

it('leaves a κ that is right about as it is, and is the same for the same pairs', () => {
  const found = fitCalibration(pairs(4000, (kappa) => kappa), dimension)!;
  for (const kappa of [40, 100, 200]) expect(Math.abs(Math.log((found.scale * kappa ** found.power) / kappa)), `κ ${kappa}`).toBeLessThan(0.2);
  expect(fitCalibration(pairs(4000, (kappa) => kappa), dimension)).toEqual(found);
});

it('has nothing to fit on pairs of one kind', () => {
  expect(fitCalibration(pairs(100, (kappa) => kappa).filter(({ same }) => same), dimension)).toBeNull();
  expect(fitCalibration([], dimension)).toBeNull();
});
