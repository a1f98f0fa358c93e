import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startNodeWasm } from '../../cli/node/node-backend';
import { seededRandom } from '../../core/seeded-random';
import { InputStandardisation, joinedStatistics, type InputLayout } from './input-standardisation';

beforeAll(startNodeWasm);

/** Two groups with different units, and one input that never varies. */
const layout: InputLayout = { groups: [3, 2], places: 1, squaredLength: 12, centres: true };
const UNITS = [900, 400, 0, 0.01, 0.03];

function rowsOf(count: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count * 5 }, (_, i) => UNITS[i % 5]! * (3 + random.normal()));
}

const applied = (standardisation: InputStandardisation, rows: Float32Array) =>
  tf.tidy(() => [...standardisation.apply(tf.tensor2d(rows, [rows.length / 5, 5])).dataSync()]);

describe('the standardisation of a head’s input', () => {
  it('leaves every bit of the input until it has statistics', () => {
    const rows = rowsOf(4, 1);
    expect(applied(new InputStandardisation(layout), rows)).toEqual([...rows]);
  });

  it('gives inputs mean 0 and groups their share of the length; constant inputs become 0', () => {
    const rows = rowsOf(4000, 1);
    const standardisation = new InputStandardisation(layout);
    standardisation.set(joinedStatistics(null, rows, layout)!);
    const found = applied(standardisation, rows);
    for (const input of [0, 1, 3, 4]) {
      const values = found.filter((_, at) => at % 5 === input);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      expect(Math.abs(mean)).toBeLessThan(1e-4);
      // Six for each group: two for each of three, three for each of two.
      const expected = input < 3 ? 2 : 3;
      expect(variance / expected).toBeGreaterThan(0.9);
      expect(variance / expected).toBeLessThan(1.001);
    }
    expect(found.filter((value, at) => at % 5 === 2 && value !== 0)).toEqual([]);
  });

  it('gives the same rows for an input a hundred times as large or as small', () => {
    const rows = rowsOf(500, 2);
    const plain = new InputStandardisation(layout);
    plain.set(joinedStatistics(null, rows, layout)!);
    const expected = applied(plain, rows);
    for (const factor of [0.01, 100]) {
      const scaled = rows.map((value) => value * factor);
      const standardisation = new InputStandardisation(layout);
      standardisation.set(joinedStatistics(null, scaled, layout)!);
      applied(standardisation, scaled).forEach((value, at) =>
        expect(value).toBeCloseTo(expected[at]!, 3),
      );
    }
  });

  it('joins the statistics of parts to those of the whole, step by step', async () => {
    const rows = rowsOf(300, 3);
    const whole = joinedStatistics(null, rows, layout)!;
    const standardisation = new InputStandardisation(layout);
    for (const [from, to] of [
      [0, 64],
      [64, 65],
      [65, 300],
    ] as const) {
      const before = await standardisation.statistics();
      standardisation.set(joinedStatistics(before, rows.subarray(from * 5, to * 5), layout)!);
    }
    const { count, mean, variance } = (await standardisation.statistics())!;
    expect(count).toBe(300);
    mean.forEach((value, i) =>
      expect(Math.abs(value - whole.mean[i]!)).toBeLessThanOrEqual(1e-5 * Math.abs(whole.mean[i]!)),
    );
    variance.forEach((value, i) =>
      expect(Math.abs(value - whole.variance[i]!)).toBeLessThanOrEqual(1e-4 * whole.variance[i]!),
    );
  });
});
