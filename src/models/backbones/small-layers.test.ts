import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startNodeWasm } from '../../cli/node/node-backend';
import { seededRandom } from '../../core/seeded-random';
import { toVariable } from '../heads/variables';
import {
  batchNorm,
  BN_EPSILON,
  conv3x3,
  pointwise,
  prelu,
  spaceToDepth,
  type NormArrays,
} from './small-layers';

beforeAll(startNodeWasm);

function normals(count: number, ...seeds: number[]): Float32Array {
  const random = seededRandom(...seeds);
  return Float32Array.from({ length: count }, () => random.normal());
}

const variable = (seed: number, ...shape: number[]) =>
  toVariable(
    `v${seed}`,
    normals(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
    shape,
  );
const filled = (value: number, channels: number) =>
  toVariable('filled', new Float32Array(channels).fill(value), [channels], false);
const as = <T extends Tensor>(tensor: Tensor) => tensor as T;

/**
 * A weighted sum, so that no two elements have the same gradient; odd powers would hide a wrong
 * sign.
 */
const lossOf = (y: Tensor): Scalar =>
  tf.sum(tf.mul(tf.add(y, tf.square(y)), tf.tensor(normals(y.size, 99), y.shape)));

/**
 * Compares each variable's gradient with central differences in every element; float32 loses some
 * four digits.
 */
function expectGradients(forward: () => Tensor, variables: readonly Variable[]): void {
  const { value, grads } = tf.variableGrads(() => lossOf(forward()), [...variables]);
  value.dispose();
  const step = 1e-2;
  for (const [which, each] of variables.entries()) {
    const found = grads[each.name]!.dataSync();
    const values = each.dataSync().slice();
    const lossAt = (at: number, moved: number) => {
      const copy = values.slice();
      copy[at]! += moved;
      return tf.tidy(() => {
        each.assign(tf.tensor(copy, each.shape));
        return lossOf(forward()).dataSync()[0]!;
      });
    };
    const numeric = values.map((_, at) => (lossAt(at, step) - lossAt(at, -step)) / (2 * step));
    tf.tidy(() => each.assign(tf.tensor(values, each.shape)));
    const size = Math.max(...numeric.map(Math.abs));
    expect(size).toBeGreaterThan(0.1);
    found.forEach((slope, at) =>
      expect(
        Math.abs(slope - numeric[at]!) / size,
        `variable ${which} at ${at}: ${slope} for ${numeric[at]}`,
      ).toBeLessThan(5e-3),
    );
  }
  tf.dispose(grads);
}

describe.each(['wasm', 'cpu'])('layers on %s', (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
    return () => tf.setBackend('wasm');
  });

  it('convolution', () => {
    const [x, filter] = [variable(1, 2, 4, 3, 2), variable(2, 3, 3, 2, 3)];
    expectGradients(() => conv3x3(as<Tensor4D>(x), as<Tensor4D>(filter)), [x, filter]);
    expectGradients(() => conv3x3(as<Tensor4D>(x), as<Tensor4D>(filter), true), [filter]);
    tf.dispose([x, filter]);
  });

  it('convolution as it is defined', () => {
    const [x, filter] = [normals(1 * 3 * 3 * 2, 3), normals(3 * 3 * 2 * 1, 4)];
    const y = conv3x3(tf.tensor4d(x, [1, 3, 3, 2]), tf.tensor4d(filter, [3, 3, 2, 1])).dataSync();
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 3; column++) {
        let sum = 0;
        for (let dy = -1; dy <= 1; dy++) {
          for (let dx = -1; dx <= 1; dx++) {
            if (row + dy < 0 || row + dy > 2 || column + dx < 0 || column + dx > 2) continue;
            for (let c = 0; c < 2; c++)
              sum +=
                x[2 * (3 * (row + dy) + column + dx) + c]! *
                filter[2 * (3 * (dy + 1) + dx + 1) + c]!;
          }
        }
        expect(y[3 * row + column]).toBeCloseTo(sum, 4);
      }
    }
  });

  it('product along the last axis, of rank 2 and 4', () => {
    const [rows, places, weight] = [variable(5, 3, 4), variable(6, 2, 2, 1, 4), variable(7, 4, 2)];
    expectGradients(() => pointwise(as<Tensor2D>(rows), as<Tensor2D>(weight)), [rows, weight]);
    expectGradients(() => pointwise(as<Tensor4D>(places), as<Tensor2D>(weight)), [places, weight]);
    tf.dispose([rows, places, weight]);
  });

  it('BatchNorm in training, and its running statistics', () => {
    const x = variable(8, 3, 2, 2, 2);
    const norm: NormArrays = {
      weight: variable(9, 2),
      bias: variable(10, 2),
      runningMean: filled(0, 2),
      runningVariance: filled(1, 2),
    };
    expectGradients(() => batchNorm(as<Tensor4D>(x), norm, true), [x, norm.weight, norm.bias]);
    // Moving by a tenth each time, the statistics converge to the batch's own; the variance is the
    // unbiased one.
    for (let i = 0; i < 300; i++) tf.tidy(() => batchNorm(as<Tensor4D>(x), norm, true));
    const values = x.dataSync();
    for (const channel of [0, 1]) {
      const own = [...values].filter((_, at) => at % 2 === channel);
      const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
      expect(norm.runningMean.dataSync()[channel]).toBeCloseTo(mean, 4);
      expect(norm.runningVariance.dataSync()[channel]).toBeCloseTo(
        own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (own.length - 1),
        4,
      );
    }
    tf.dispose([x, norm.weight, norm.bias, norm.runningMean, norm.runningVariance]);
  });

  it("BatchNorm gives the same frozen as in training if its statistics are the batch's own", () => {
    const x = variable(11, 6, 3);
    const { mean, variance } = tf.moments(x, 0);
    const [own, spread] = [mean, variance].map((figures) =>
      toVariable('own', figures.dataSync().slice() as Float32Array, [3], false),
    ) as [Variable, Variable];
    const norm: NormArrays = {
      weight: variable(12, 3),
      bias: variable(13, 3),
      runningMean: own,
      runningVariance: spread,
    };
    const frozen = batchNorm(as<Tensor2D>(x), norm, false).dataSync();
    expect(own.dataSync()).toEqual(mean.dataSync());
    const trained = batchNorm(as<Tensor2D>(x), norm, true).dataSync();
    frozen.forEach((value, at) => expect(value).toBeCloseTo(trained[at]!, 4));
    const [plain] = x.dataSync();
    expect(frozen[0]).toBeCloseTo(
      ((plain! - mean.dataSync()[0]!) / Math.sqrt(variance.dataSync()[0]! + BN_EPSILON)) *
        norm.weight.dataSync()[0]! +
        norm.bias.dataSync()[0]!,
      4,
    );
  });

  it('PReLU', () => {
    const [x, slope] = [
      toVariable(
        'x',
        normals(16, 14).map((value) => value + 0.1 * Math.sign(value)),
        [2, 2, 1, 4],
      ),
      variable(15, 4),
    ];
    expectGradients(() => prelu(as<Tensor4D>(x), as<Tensor1D>(slope)), [x, slope]);
    tf.dispose([x, slope]);
  });

  it('spaceToDepth turns squares into channels, and its gradient turns them back', () => {
    const picture = tf.tensor4d([...Array(16).keys()], [1, 4, 4, 1]);
    const squares = spaceToDepth(picture, 2);
    expect(squares.shape).toEqual([1, 2, 2, 4]);
    expect([...squares.dataSync()]).toEqual([0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15]);
    const x = variable(16, 1, 4, 4, 2);
    expectGradients(() => spaceToDepth(as<Tensor4D>(x), 2), [x]);
    x.dispose();
  });
});
