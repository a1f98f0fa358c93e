import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { PlainAdam } from '../../../test/fixtures/plain-adam';
import { startNodeWasm } from '../../cli/node/node-backend';
import { seededRandom } from '../../core/seeded-random';
import { toVariable } from '../../models/heads/variables';
import { Adam, type AdamStep } from './adam';

const shapes = { weight: [3, 4], bias: [5] };
const names = Object.keys(shapes) as (keyof typeof shapes)[];
const STEPS = 30;

/** Numbers that float32 holds, so that both optimisers see the same. */
function normals(count: number, scale: number, ...seeds: number[]): Float32Array {
  const random = seededRandom(...seeds);
  return Float32Array.from({ length: count }, () => scale * random.normal());
}

const sizeOf = (name: keyof typeof shapes) =>
  shapes[name].reduce((product, side) => product * side, 1);
const initialOf = (name: keyof typeof shapes) => normals(sizeOf(name), 1, 1, names.indexOf(name));

/** Gradients from tiny to large, so that a limit bites in some steps and not in others. */
const gradientOf = (name: keyof typeof shapes, step: number) =>
  normals(sizeOf(name), 0.05 * 3 ** (step % 4), 2, names.indexOf(name), step);

/** The rate of a step: it falls, and rises again, as schedules may have it. */
const rateAt = (step: number) => Math.fround(0.01 * [1, 0.5, 0.1, 2][Math.floor(step / 8)]!);

/** Both optimisers side by side; `compare` sees every array after every step. */
function sideBySide(
  settings: Omit<AdamStep, 'learningRate'>,
  compare: (name: string, found: ArrayLike<number>, expected: Float64Array, step: number) => void,
): void {
  const parameters = new Map(
    names.map((name) => [name as string, toVariable(name, initialOf(name), shapes[name])]),
  );
  const adam = new Adam(parameters);
  const plain = new PlainAdam(names.map((name) => Float64Array.from(initialOf(name))));
  for (let step = 0; step < STEPS; step++) {
    const at = { ...settings, learningRate: rateAt(step) };
    adam.step(
      Object.fromEntries(
        names.map((name) => [name, tf.tensor(gradientOf(name, step), shapes[name])]),
      ),
      at,
    );
    plain.step(
      names.map((name) => gradientOf(name, step)),
      at,
    );
    names.forEach((name, k) => {
      compare(name, parameters.get(name)!.dataSync(), plain.parameters[k]!, step);
      compare(`m.${name}`, adam.moments.get(`m.${name}`)!.dataSync(), plain.moments[k]!.m, step);
      compare(`v.${name}`, adam.moments.get(`v.${name}`)!.dataSync(), plain.moments[k]!.v, step);
    });
  }
  expect(adam.steps).toBe(STEPS);
  adam.dispose();
  for (const parameter of parameters.values()) parameter.dispose();
}

/** The twin's last parameters alone. */
function plainEnd(settings: Omit<AdamStep, 'learningRate'>): number[] {
  const plain = new PlainAdam(names.map((name) => Float64Array.from(initialOf(name))));
  for (let step = 0; step < STEPS; step++)
    plain.step(
      names.map((name) => gradientOf(name, step)),
      { ...settings, learningRate: rateAt(step) },
    );
  return plain.parameters.flatMap((parameter) => [...parameter]);
}

const cases = [
  { title: 'no limit, no decay', weightDecay: 0, maxGradClip: 0, maxGradNorm: 0 },
  { title: 'weight decay', weightDecay: 0.03, maxGradClip: 0, maxGradNorm: 0 },
  { title: 'element clip', weightDecay: 0.03, maxGradClip: 0.5, maxGradNorm: 0 },
  { title: 'norm clip', weightDecay: 0.03, maxGradClip: 0, maxGradNorm: 1 },
  { title: 'element clip, then norm clip', weightDecay: 0.03, maxGradClip: 0.5, maxGradNorm: 1 },
];

describe('Adam', () => {
  beforeAll(async () => void (await startNodeWasm()));

  it.each(cases)(
    "is PyTorch's for thirty steps of changing rates, moments too: $title",
    (settings) => {
      sideBySide(settings, (name, found, expected, step) => {
        // Relative to the array's own size: where an average passes zero, an error relative to it
        // means nothing.
        const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        expected.forEach((value, i) =>
          expect(Math.abs(found[i]! - value) / scale, `${name}[${i}], step ${step}`).toBeLessThan(
            1e-5,
          ),
        );
      });
    },
  );

  it('is told apart by the cases above: each setting moves the parameters by more than the comparison allows', () => {
    const ends = cases.map(plainEnd);
    ends.forEach((end, i) =>
      ends.slice(i + 1).forEach((other, j) => {
        const apart = Math.max(...end.map((value, k) => Math.abs(value - other[k]!)));
        expect(apart, `${cases[i]!.title} and ${cases[i + 1 + j]!.title}`).toBeGreaterThan(1e-3);
      }),
    );
  });

  it('frees the gradients and everything that a step makes', () => {
    const parameters = new Map([['weight', toVariable('weight', Float32Array.of(1, 2), [2])]]);
    const adam = new Adam(parameters);
    const none = tf.memory().numTensors;
    expect(adam.moments.size).toBe(2);
    const before = tf.memory().numTensors;
    expect(before).toBe(none + 2);
    for (let step = 0; step < 3; step++) {
      adam.step(
        { weight: tf.tensor1d([3, -4]) },
        { learningRate: 0.1, weightDecay: 0.1, maxGradClip: 1, maxGradNorm: 1 },
      );
      expect(tf.memory().numTensors).toBe(before);
    }
    adam.dispose();
    expect(tf.memory().numTensors).toBe(before - 2);
    parameters.get('weight')!.dispose();
  });
});
