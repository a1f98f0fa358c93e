import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { lossConstant, lossAndGradient } from '../../src/confidence/vmf';
import { chooseBackend } from '../../src/engine/backend';
import { compactGradientOnGpu } from '../../src/engine/kernels/compact-gradient';
import { denseReluOnGpu } from '../../src/engine/kernels/dense-relu';
import { flatAdamOnGpu } from '../../src/engine/kernels/flat-adam';
import { vmfRowsOnGpu } from '../../src/engine/kernels/vmf-rows';
import { assignParts } from '../../src/models/heads/variables';
import { seededRandom } from '../../src/core/seeded-random';
import { gradientScale } from '../../src/training/objectives/gradient-scale';
import { PlainAdam } from '../fixtures/plain-adam';

/** Sides that are no multiple of any tile. */
const shapes = [
  { batch: 1, depth: 5, columns: 3 },
  { batch: 19, depth: 67, columns: 34 },
  { batch: 33, depth: 130, columns: 128 },
] as const;

const drawn = (size: number, seed: number) => {
  const random = seededRandom(41, seed);
  return Float32Array.from({ length: size }, () => random.normal());
};

async function valuesOf(tensor: tf.Tensor): Promise<Float32Array> {
  const values = (await tensor.data()) as Float32Array;
  tensor.dispose();
  return values;
}

/** Largest difference over the largest value. */
function difference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(found.length).toBe(expected.length);
  let [worst, size] = [0, 1e-30];
  for (let i = 0; i < expected.length; i++) {
    worst = Math.max(
      worst,
      Number.isFinite(found[i]!) ? Math.abs(found[i]! - expected[i]!) : Infinity,
    );
    size = Math.max(size, Math.abs(expected[i]!));
  }
  return worst / size;
}

describe('kernels on the GPU against float64', () => {
  beforeAll(async () => {
    const onFault = (error: Error) => console.error(error.message);
    expect(
      (await chooseBackend({ preference: 'webgpu', wasmPath: '/wasm/', onFault })).backend,
    ).toBe('webgpu');
  });

  it.each(shapes)(
    'a dense layer with its ReLU: $batch × $depth × $columns',
    async ({ batch, depth, columns }) => {
      const [x, weights] = [drawn(batch * depth, 1), drawn((depth + 1) * columns, 2)];
      const expected = new Float64Array(batch * columns);
      for (let row = 0; row < batch; row++) {
        for (let column = 0; column < columns; column++) {
          let sum = weights[depth * columns + column]!;
          for (let k = 0; k < depth; k++)
            sum += x[row * depth + k]! * weights[k * columns + column]!;
          expected[row * columns + column] = Math.max(0, sum);
        }
      }
      expect(
        difference(
          await valuesOf(
            denseReluOnGpu(tf.tensor2d(x, [batch, depth]), tf.tensor1d(weights), {
              weight: 0,
              bias: depth * columns,
              columns,
            }),
          ),
          expected,
        ),
      ).toBeLessThan(1e-5);
    },
  );

  it.each(shapes)(
    'the gradient of the compact head, the same bits each time: $batch × $depth × $columns',
    async ({ batch, depth, columns }) => {
      const [x, weights, rows] = [
        drawn(batch * depth, 3),
        drawn((depth + 2) * columns + 1, 4),
        drawn(batch * 3, 5),
      ];
      const hidden = drawn(batch * columns, 6).map((value) => Math.max(0, value));
      const expected = new Float64Array((depth + 2) * columns + 1);
      for (let b = 0; b < batch; b++) {
        const slope = rows[3 * b + 2]!;
        expected[(depth + 2) * columns]! += slope;
        for (let column = 0; column < columns; column++) {
          const active = hidden[b * columns + column]!;
          expected[(depth + 1) * columns + column]! += slope * active;
          if (active === 0) continue;
          const through = slope * weights[(depth + 1) * columns + column]!;
          expected[depth * columns + column]! += through;
          for (let k = 0; k < depth; k++)
            expected[k * columns + column]! += through * x[b * depth + k]!;
        }
      }
      const given = [
        tf.tensor2d(x, [batch, depth]),
        tf.tensor2d(hidden, [batch, columns]),
        tf.tensor2d(rows, [batch, 3]),
        tf.tensor1d(weights),
        {
          hiddenWeight: 0,
          hiddenBias: depth * columns,
          outWeight: (depth + 1) * columns,
          outBias: (depth + 2) * columns,
        },
      ] as const;
      const found = await valuesOf(compactGradientOnGpu(...given));
      expect(difference(found, expected)).toBeLessThan(1e-5);
      expect(await valuesOf(compactGradientOnGpu(...given))).toEqual(found);
    },
  );

  it.each(['exact', 'reference'] as const)(
    'the vMF loss and its slope for log kappa from its floor to 25: %s',
    async (mode) => {
      for (const dimension of [16, 128, 512]) {
        // One hidden unit of 1: the layer's output is its weight, given through the bias, row by
        // row.
        const outputs = Array.from({ length: 40 }, (_, i) => -20 + i * 1.15);
        const cosines = outputs.map((_, i) => Math.fround(((i * 37) % 100) / 100));
        const floor = Math.log(1e-6);
        const found = await valuesOf(
          vmfRowsOnGpu(
            tf.tensor2d(Float32Array.from(outputs), [40, 1]),
            tf.tensor1d([1, 0]),
            tf.tensor1d(cosines),
            tf.tensor1d(outputs.map((_, i) => (i === 7 ? 0 : 1))),
            { mode, dimension, count: 39, floor, outWeight: 0, outBias: 1 },
          ),
        );
        outputs.forEach((output, i) => {
          const x = Math.fround(output);
          const kappaOf = found[3 * i]!;
          expect(
            Math.abs(kappaOf - (floor + Math.log1p(Math.exp(x - floor)))),
            `log kappa at ${output}`,
          ).toBeLessThan(2e-6 * Math.max(10, Math.abs(x)));
          const kappa = Math.exp(kappaOf);
          const { loss, gradient } = lossAndGradient(mode, dimension, 1, kappa, cosines[i]!);
          const value = loss - lossConstant(dimension, 1);
          expect(
            Math.abs(found[3 * i + 1]! - value) / Math.max(1, Math.abs(value)),
            `value, d ${dimension}, ${output}`,
          ).toBeLessThan(mode === 'exact' ? 2e-5 : 2e-4);
          // The floor passes the gradient on.
          const slope = i === 7 ? 0 : gradient / 39;
          const size = gradientScale(mode, dimension, kappa, cosines[i]!) / 39;
          expect(
            Math.abs(found[3 * i + 2]! - slope) / Math.max(size, 1e-6),
            `slope, d ${dimension}, ${output}`,
          ).toBeLessThan(1e-4);
        });
      }
    },
  );

  it.each([
    { maxGradClip: 0, maxGradNorm: 0, weightDecay: 0 },
    { maxGradClip: 0.5, maxGradNorm: 0, weightDecay: 0.1 },
    { maxGradClip: 0.5, maxGradNorm: 1, weightDecay: 0.1 },
  ])(
    'Adam in place: clip $maxGradClip, norm $maxGradNorm, decay $weightDecay',
    async (settings) => {
      const size = 300;
      const start = drawn(size, 7);
      const plain = Float64Array.from(start);
      const twin = new PlainAdam([plain]);
      const state = tf.tensor1d(
        Float32Array.from({ length: 3 * size }, (_, i) => (i < size ? start[i]! : 0)),
      );
      for (let step = 1; step <= 5; step++) {
        const gradient = drawn(size, 7 + step);
        twin.step([Float64Array.from(gradient)], { learningRate: 0.01, ...settings });
        const [c1, c2] = [1 - 0.9 ** step, Math.sqrt(1 - 0.999 ** step)];
        const g = tf.tensor1d(gradient);
        flatAdamOnGpu(state, g, {
          clip: settings.maxGradClip,
          maxNorm: settings.maxGradNorm,
          decay: settings.weightDecay,
          beta1: 0.9,
          beta2: 0.999,
          scale: 0.01 * (c2 / c1),
          epsilon: 1e-8 * c2,
        });
        g.dispose();
      }
      const found = (await valuesOf(state)).slice(0, size);
      expect(difference(found, plain)).toBeLessThan(1e-5);
      expect(difference(start, plain)).toBeGreaterThan(1e-3);
    },
  );

  it('an array in parts, each in its place; a copy of the values before stays', async () => {
    // The first part has more elements than there are threads.
    const [rows, columns, first] = [66_001, 256, 66_000];
    const variable = tf.variable(tf.ones([rows, columns]));
    const before = tf.clone(variable);
    const values = Float32Array.from({ length: rows * columns }, (_, i) => i % 8191);
    const parts = async function* () {
      yield values.slice(0, first * columns);
      yield values.slice(first * columns);
    };
    await assignParts(variable, parts());
    const found = await variable.data();
    expect(values.findIndex((value, i) => value !== found[i])).toBe(-1);
    variable.dispose();
    expect((await valuesOf(before)).every((value) => value === 1)).toBe(true);
  });

  it.each([1, 8])('a long product of %i rows', async (rows) => {
    const [depth, columns] = [4000, 192];
    const [a, b] = [drawn(rows * depth, 7), drawn(depth * columns, 8)];
    const expected = new Float64Array(rows * columns);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (let k = 0; k < depth; k++) sum += a[row * depth + k]! * b[k * columns + column]!;
        expected[row * columns + column] = sum;
      }
    }
    const [left, right] = [tf.tensor2d(a, [rows, depth]), tf.tensor2d(b, [depth, columns])];
    const product = await valuesOf(tf.matMul(left, right));
    const fused = await valuesOf(tf.fused.matMul({ a: left, b: right, activation: 'relu' }));
    expect(difference(product, expected)).toBeLessThan(1e-5);
    expect(
      difference(
        fused,
        expected.map((value) => Math.max(0, value)),
      ),
    ).toBeLessThan(1e-5);
  });

  it('adds up a long product from front to back, not in parts', async () => {
    // 2²⁵ swallows each 1 that is added to it; a sum in parts would keep the ones of later parts.
    const [depth, columns] = [4000, 192];
    const a = new Float32Array(depth).fill(1);
    a[0] = 2 ** 25;
    a[depth - 1] = -(2 ** 25);
    const [left, right] = [tf.tensor2d(a, [1, depth]), tf.ones([depth, columns]) as tf.Tensor2D];
    const product = await valuesOf(tf.matMul(left, right));
    const fused = await valuesOf(tf.fused.matMul({ a: left, b: right, activation: 'relu' }));
    expect([...new Set(product)]).toEqual([0]);
    expect([...new Set(fused)]).toEqual([0]);
  });

  it('gives a row of a long product the same bits alone as among others', async () => {
    const [depth, columns] = [4000, 192];
    const [a, b] = [drawn(8 * depth, 7), tf.tensor2d(drawn(depth * columns, 8), [depth, columns])];
    const all = await valuesOf(tf.matMul(tf.tensor2d(a, [8, depth]), b));
    for (const row of [0, 5]) {
      const alone = tf.tensor2d(a.slice(row * depth, (row + 1) * depth), [1, depth]);
      const found = await valuesOf(tf.matMul(alone, b));
      expect(found).toEqual(all.slice(row * columns, (row + 1) * columns));
    }
  });
});
