import type { Tensor2D, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { plainTfacePass } from '../../../test/fixtures/plain-tface-head';
import { startNodeWasm } from '../../cli/node/node-backend';
import { seededRandom } from '../../core/seeded-random';
import {
  floorLogKappa,
  INITIAL_LOG_KAPPA,
  type ConfidenceHead,
  type HeadName,
} from './confidence-head';
import { assignValues } from './variables';
import { createHead, parameterCount, peakTrainingBytes, trainingBytes } from './create-head';
import { columnBlocks, ReferenceHead, referenceLayers } from './reference-head';
import { TfaceConvHead } from './tface-conv-head';

beforeAll(startNodeWasm);

const names = ['compact', 'tface-conv', 'reference'] as const satisfies readonly HeadName[];
const FULL = [7, 7, 512] as const;
const small = { convShape: [7, 7, 4], embeddingDim: 16, initialLogKappa: null } as const;
const started = { ...small, initialLogKappa: INITIAL_LOG_KAPPA };

const normals = (count: number, seed: number) => {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count }, () => random.normal());
};

/** log κ of `rows` rows of input, of which the first `count` are pictures. */
function logKappaOf(
  head: ConfidenceHead,
  input: Float32Array,
  { training = false, count = input.length / head.inputSize } = {},
): number[] {
  const rows = input.length / head.inputSize;
  return tf.tidy(() => {
    const mask = tf.tensor1d(new Float32Array(rows).fill(1, 0, count));
    return [
      ...head
        .logConcentration(tf.tensor2d(input, [rows, head.inputSize]), mask, training)
        .dataSync(),
    ];
  });
}

const valuesOf = (variables: ReadonlyMap<string, Variable>) =>
  new Map(
    [...variables].map(([name, variable]) => [name, variable.dataSync().slice() as Float32Array]),
  );

/** Gives every parameter normal values, because BatchNorm starts at the special values 1 and 0. */
function randomise(head: ConfidenceHead): void {
  [...head.parameters.values()].forEach((parameter, i) =>
    assignValues(
      parameter,
      normals(parameter.size, 50 + i).map((value) => 0.4 * value + 0.1),
    ),
  );
}

function expectClose(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  within: number,
  what = '',
): void {
  expect(found.length, what).toBe(expected.length);
  for (let i = 0; i < expected.length; i++)
    expect(
      Math.abs(found[i]! - expected[i]!),
      `${what}[${i}]: ${found[i]} for ${expected[i]}`,
    ).toBeLessThan(within);
}

describe('every head', () => {
  it('has the published number of parameters at 7 × 7 × 512', () => {
    expect(parameterCount('compact', FULL)).toBe(1025 * 128 + 128 + 128 + 1);
    expect(parameterCount('tface-conv', FULL)).toBe(7_244_289);
    expect(parameterCount('reference', FULL)).toBe(393_404_929);
    expect(trainingBytes('reference', FULL)).toBe(16 * 393_404_929);
  });

  it('needs more memory for summed gradients of slices, at most one more copy of them', () => {
    const settings = { maxBlockBytes: 2 ** 27, maxGradClip: 0, maxGradNorm: 0, batchSize: 1024 };
    const bytes = (microBatch: number) =>
      peakTrainingBytes('reference', FULL, { ...settings, microBatch });
    const further = bytes(128) - bytes(0);
    expect(further).toBeGreaterThan(2 ** 28);
    expect(further).toBeLessThan(4 * parameterCount('reference', FULL));
    expect(bytes(1024)).toBe(bytes(0));
  });

  it.each(names)('has the stated number of parameters, the same for the same seed: %s', (name) => {
    const [one, same, other] = [1, 1, 2].map((seed) => createHead(name, started, seed, 2 ** 30));
    const count = [...one!.parameters.values()].reduce((sum, { size }) => sum + size, 0);
    expect(count).toBe(parameterCount(name, small.convShape));
    expect(valuesOf(same!.parameters)).toEqual(valuesOf(one!.parameters));
    expect(valuesOf(other!.parameters)).not.toEqual(valuesOf(one!.parameters));
    for (const head of [one, same, other]) head!.dispose();
  });

  it.each(names)('starts near kappa 600 if the shape says so, and near 1 otherwise: %s', (name) => {
    for (const [shape, middle] of [
      [started, 600],
      [small, 1],
    ] as const) {
      const head = createHead(name, shape, 3, 2 ** 30);
      for (const logKappa of logKappaOf(head, normals(8 * head.inputSize, 4)))
        expect(Math.abs(logKappa - Math.log(middle)), String(middle)).toBeLessThan(1);
      head.dispose();
    }
  });

  it.each(names)('frees every tensor: %s', (name) => {
    const before = tf.memory().numTensors;
    const head = createHead(name, started, 3, 2 ** 12);
    expect(tf.memory().numTensors).toBe(before + head.parameters.size + head.buffers.size);
    logKappaOf(head, normals(2 * head.inputSize, 4), { training: true });
    head.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(names)('outside training, a row does not depend on its batch: %s', (name) => {
    const head = createHead(name, started, 3, 2 ** 30);
    const rows = normals(5 * head.inputSize, 4);
    expectClose(
      logKappaOf(head, rows.slice(0, head.inputSize)),
      logKappaOf(head, rows).slice(0, 1),
      1e-5,
    );
    head.dispose();
  });
});

describe('the compact head', () => {
  it('reads channels’ mean and deviation over space, and the embedding’s log norm', () => {
    const head = createHead(
      'compact',
      { convShape: [1, 2, 4], embeddingDim: 2, initialLogKappa: null },
      1,
      Infinity,
    );
    const input = tf.tidy(() =>
      head
        .headInput({
          convFeature: tf.tensor4d([1, 2, 3, 4, 3, 2, -3, 0], [1, 1, 2, 4]),
          embedding: tf.tensor2d([[3, 4]]),
        })
        .dataSync(),
    );
    expectClose(input, [2, 2, 0, 2, 1, 0, 3, 2, Math.log(5)], 1e-6);
    head.dispose();
  });
});

describe('the reference head', () => {
  const shape = { convShape: [2, 2, 4], embeddingDim: 4, initialLogKappa: null } as const;

  it('gives the log kappa of three plain layers, with many column blocks as with one', () => {
    const whole = new ReferenceHead(shape, 1, 2 ** 30);
    // 16 inputs: one column of the first layer (64 bytes), three of the second (96).
    const cut = new ReferenceHead(shape, 2, 100);
    const blocksOf = (layer: number) =>
      [...cut.parameters.keys()].filter(
        (name) => name.startsWith(`_log_kappa.${2 * layer}.`) && name.endsWith('.weight'),
      );
    expect([0, 1, 2].map((layer) => blocksOf(layer).length)).toEqual([8, 2, 1]);
    randomise(cut);
    tf.tidy(() => {
      referenceLayers(16).forEach((_, layer) => {
        const joined = (part: string, axis: number) =>
          tf
            .concat(
              blocksOf(layer).map(
                (name) => cut.parameters.get(name.replace('.weight', part)) as unknown as Tensor2D,
              ),
              axis,
            )
            .dataSync() as Float32Array;
        assignValues(
          whole.parameters.get(`_log_kappa.${2 * layer}.block0.weight`)!,
          joined('.weight', 1),
        );
        assignValues(
          whole.parameters.get(`_log_kappa.${2 * layer}.block0.bias`)!,
          joined('.bias', 0),
        );
      });
    });
    const rows = normals(5 * 16, 4);
    const logKappa = logKappaOf(whole, rows);
    expectClose(logKappaOf(cut, rows), logKappa, 1e-5);
    const values = valuesOf(whole.parameters);
    const plain = [0, 1, 2, 3, 4].map((row) => {
      const out = [0, 1, 2].reduce<number[]>(
        (x, layer) => {
          const [weight, bias] = ['weight', 'bias'].map((part) =>
            values.get(`_log_kappa.${2 * layer}.block0.${part}`)!,
          );
          const sums = Array.from(bias!, (start, o) =>
            x.reduce((sum, value, i) => sum + value * weight![i * bias!.length + o]!, start),
          );
          return layer < 2 ? sums.map((sum) => Math.max(0, sum)) : sums;
        },
        [...rows.subarray(16 * row, 16 * row + 16)],
      );
      return Math.log(1e-6 + Math.exp(out[0]!));
    });
    expectClose(logKappa, plain, 1e-5);
    expect(Math.max(...logKappa) - Math.min(...logKappa)).toBeGreaterThan(0.1);
    whole.dispose();
    cut.dispose();
  });

  it('cuts the published layers into columns that fit into 128 MiB and leave none out', () => {
    const limit = 2 ** 27;
    for (const { fanIn, fanOut } of referenceLayers(25088)) {
      const columns = columnBlocks(fanIn, fanOut, limit);
      expect(columns.reduce((sum, width) => sum + width, 0)).toBe(fanOut);
      for (const width of columns) expect(4 * fanIn * width).toBeLessThanOrEqual(limit);
      expect(Math.max(...columns) - Math.min(...columns)).toBeLessThanOrEqual(1);
    }
  });
});

describe('the tface-conv head', () => {
  const CHANNELS = 8;
  const wide = { ...small, convShape: [7, 7, CHANNELS] } as const;
  const pictures = normals(3 * 49 * CHANNELS, 4);

  it('matches a plain float64 pass in training, and updates running statistics as PyTorch', () => {
    const head = new TfaceConvHead(wide, 1);
    randomise(head);
    const plain = plainTfacePass(valuesOf(head.parameters), pictures, CHANNELS);
    expectClose(logKappaOf(head, pictures, { training: true }), plain.logKappa, 1e-4);
    expect(new Set(plain.logKappa).size, 'log kappa depends on the picture').toBe(3);
    for (const name of ['bn2', 'bn3'] as const) {
      const { mean, variance } = plain.statistics[name];
      // Momentum 0.1, from mean 0 and variance 1; the variance kept is the unbiased one.
      expectClose(
        head.buffers.get(`${name}.runningMean`)!.dataSync(),
        mean.map((value) => 0.1 * value),
        1e-5,
        `${name} mean`,
      );
      expectClose(
        head.buffers.get(`${name}.runningVariance`)!.dataSync(),
        variance.map((value) => 0.9 + 0.1 * value),
        1e-4,
        `${name} variance`,
      );
    }
    head.dispose();
  });

  it('uses the running statistics outside training and does not change them', () => {
    const head = new TfaceConvHead(wide, 1);
    randomise(head);
    const [atFirst, inTraining] = [
      logKappaOf(head, pictures),
      logKappaOf(head, pictures, { training: true }),
    ];
    const moved = valuesOf(head.buffers);
    const afterwards = logKappaOf(head, pictures);
    expect(Math.abs(afterwards[0]! - atFirst[0]!)).toBeGreaterThan(1e-3);
    expect(Math.abs(afterwards[0]! - inTraining[0]!)).toBeGreaterThan(1e-3);
    expect(valuesOf(head.buffers)).toEqual(moved);
    head.dispose();
  });

  it('leaves padding rows out of batch statistics, running statistics and gradients', () => {
    const padded = new Float32Array(pictures.length + 2 * 49 * CHANNELS).fill(7);
    padded.set(pictures);
    const [plain, withPadding] = [pictures, padded].map((input) => {
      const head = new TfaceConvHead(wide, 1);
      randomise(head);
      const gradients = tf.tidy(() => {
        const rows = input.length / head.inputSize;
        const mask = tf.tensor1d(new Float32Array(rows).fill(1, 0, 3));
        const x = tf.tensor2d(input, [rows, head.inputSize]);
        const { grads } = tf.variableGrads(
          () =>
            tf.sum(tf.mul(tf.square(tf.reshape(head.logConcentration(x, mask, true), [-1])), mask)),
          [...head.parameters.values()],
        );
        return [...head.parameters.values()].map((parameter) => [
          ...grads[parameter.name]!.dataSync(),
        ]);
      });
      const buffers = valuesOf(head.buffers);
      const logKappa = logKappaOf(head, input, { training: true, count: 3 }).slice(0, 3);
      head.dispose();
      return { gradients, buffers, logKappa };
    });
    expectClose(withPadding!.logKappa, plain!.logKappa, 1e-5);
    for (const [name, values] of plain!.buffers)
      expectClose(withPadding!.buffers.get(name)!, values, 1e-5, name);
    plain!.gradients.forEach((values, i) => {
      const scale = Math.max(...values.map(Math.abs));
      expect(scale).toBeGreaterThan(0);
      expectClose(withPadding!.gradients[i]!, values, 1e-3 * scale + 1e-6, `gradient ${i}`);
    });
  });
});

describe('the floor under log kappa', () => {
  const points = [-3e38, -1000, -40, -20, -13.8, -10, -1, 0, 6.4, 20, 1000];

  it('is log(1e-6 + e^x) for every finite x', () => {
    const found = tf.tidy(() =>
      floorLogKappa(tf.tensor2d([...points, 3e38], [points.length + 1, 1])).dataSync(),
    );
    points.forEach((x, i) =>
      expect(
        Math.abs(found[i]! - (x > 700 ? x : Math.log(1e-6 + Math.exp(x)))),
        String(x),
      ).toBeLessThan(1e-4),
    );
    expect(found[points.length]! / 3e38).toBeCloseTo(1, 6);
  });

  it('passes gradients on even far below the floor, where κ > 1 the true ones', () => {
    const all = [...points, 3e38];
    const found = tf.tidy(() =>
      tf
        .grad((x) => floorLogKappa(x as Tensor2D))(tf.tensor2d(all, [all.length, 1]))
        .dataSync(),
    );
    expect([...found]).toEqual(all.map(() => 1));
    for (const x of all) if (x > 0) expect(1 / (1 + 1e-6 * Math.exp(-x))).toBeCloseTo(1, 5);
  });
});
