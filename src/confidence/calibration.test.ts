import { expect, it } from 'vitest';
import { seededRandom, type SeededRandom } from '../core/seeded-random';
import { fitCalibration, type CalibrationPair } from './calibration';
import type { Calibration } from './confidence-method';

const dimension = 32;

/** A draw from the von Mises–Fisher density about a centre, by Wood's rejection (1994). */
function draw(kappa: number, centre: readonly number[], random: SeededRandom): number[] {
  const m = dimension - 1;
  const b = m / (2 * kappa + Math.sqrt(4 * kappa * kappa + m * m));
  const x = (1 - b) / (1 + b);
  const c = kappa * x + m * Math.log(1 - x * x);
  const squares = () =>
    Array.from({ length: m }, () => random.normal() ** 2).reduce((sum, value) => sum + value, 0);
  for (;;) {
    const [first, second] = [squares(), squares()];
    const beta = first / (first + second);
    const along = (1 - (1 + b) * beta) / (1 - (1 - b) * beta);
    if (kappa * along + m * Math.log(1 - x * along) - c < Math.log(1 - random.next())) continue;
    const across = Array.from({ length: dimension }, () => random.normal());
    const part = across.reduce((sum, value, i) => sum + value * centre[i]!, 0);
    const normal = across.map((value, i) => value - part * centre[i]!);
    const norm = Math.hypot(...normal);
    return normal.map(
      (value, i) => along * centre[i]! + (Math.sqrt(1 - along * along) * value) / norm,
    );
  }
}

function pairs(count: number, reported: (kappa: number) => number): CalibrationPair[] {
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
    return {
      kappa1: reported(kappa1),
      kappa2: reported(kappa2),
      cosTheta: a.reduce((sum, value, j) => sum + value * b[j]!, 0),
      same,
    };
  });
}

it('keeps a correct κ, and finds the same κ′ for a head whose κ is too steep and too large', () => {
  const [right, steep] = [(kappa: number) => kappa, (kappa: number) => (2 * kappa) ** 1.6];
  const [first, second] = [right, steep].map((reported) =>
    fitCalibration(pairs(2000, reported), dimension)!,
  ) as [Calibration, Calibration];
  for (const kappa of [40, 100, 200]) {
    const [found, again] = [
      first.scale * right(kappa) ** first.power,
      second.scale * steep(kappa) ** second.power,
    ];
    // The slope that is fitted too leaves some play with so few pairs.
    expect(Math.abs(Math.log(found / kappa)), `κ ${kappa}`).toBeLessThan(0.4);
    expect(Math.abs(Math.log(again / found)), `κ ${kappa}`).toBeLessThan(0.01);
  }
});

it('is the same for the same pairs', () => {
  const few = pairs(200, (kappa) => kappa);
  expect(fitCalibration(few, dimension)).toEqual(fitCalibration(few, dimension));
});

it('returns null for pairs of one kind', () => {
  expect(
    fitCalibration(
      pairs(100, (kappa) => kappa).filter(({ same }) => same),
      dimension,
    ),
  ).toBeNull();
  expect(fitCalibration([], dimension)).toBeNull();
});
