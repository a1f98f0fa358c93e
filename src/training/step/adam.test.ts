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

/** Gradients from tiny to large, so that a limit applies in some steps and not in others. */
const gradientOf = (name: keyof typeof shapes, step: number) =>
  normals(sizeOf(name), 0.05 * 3 ** (step % 4), 2, names.indexOf(name), step);

/** The learning rate of a step: it falls and rises again, as with some schedules. */
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

/**
 * Three steps of a problem with two parameters, by torch.optim.Adam's documented formulas. Made
 * apart from this repository's code, by a script in Python's decimal arithmetic of 50 digits:
 * clip_grad_value_, then g·min(1, maxNorm/(‖g‖ + 1e-6)), then g + λp, m ← .9m + .1g,
 * v ← .999v + .001g², m̂ = m/(1 − .9ᵗ), v̂ = v/(1 − .999ᵗ), p ← p − lr·m̂/(√v̂ + 1e-8).
 */
const golden = {
  start: [1, -2],
  gradients: [
    [3, -4],
    [0.25, 0.125],
    [-1, 2],
  ],
  learningRates: [0.1, 0.1, 0.05],
  cases: [
    {
      title: 'no limit, no decay',
      settings: { weightDecay: 0, maxGradClip: 0, maxGradNorm: 0 },
      parameters: [
        [0.9000000003333334, -1.90000000025],
        [0.8270430692711932, -1.8353523563371086],
        [0.8103637182670358, -1.8272962801176205],
      ],
      m: [0.1655, -0.11275],
      v: [0.0100444465, 0.019983625375],
    },
    {
      title: 'weight decay',
      settings: { weightDecay: 0.1, maxGradClip: 0, maxGradNorm: 0 },
      parameters: [
        [0.9000000003225807, -1.9000000002380952],
        [0.8252771203546714, -1.831850127531143],
        [0.8065959481895034, -1.820368906707397],
      ],
      m: [0.18995277120644993, -0.16436850127745428],
      v: [0.010548029409204789, 0.020909775112887993],
    },
    {
      title: 'weight decay, norm clip',
      settings: { weightDecay: 0.1, maxGradClip: 0, maxGradNorm: 1 },
      parameters: [
        [0.9000000014285716, -1.9000000010000002],
        [0.8072086778993801, -1.8283063108249467],
        [0.7883869209500445, -1.8242260147838214],
      ],
      m: [0.05065073752184815, -0.015690371057242584],
      v: [0.0007388214953002709, 0.0015085905504622311],
    },
    {
      title: 'weight decay, element clip',
      settings: { weightDecay: 0.1, maxGradClip: 0.5, maxGradNorm: 0 },
      parameters: [
        [0.9000000016666666, -1.9000000014285714],
        [0.8050097658613192, -1.826397828726306],
        [0.7902606355059133, -1.8136271561722999],
      ],
      m: [0.037250097673613196, -0.030813978300120202],
      v: [0.000650744190758409, 0.0005939587724336839],
    },
    {
      title: 'weight decay, element clip, then norm clip',
      settings: { weightDecay: 0.1, maxGradClip: 2, maxGradNorm: 1 },
      parameters: [
        [0.9000000012389938, -1.9000000011024063],
        [0.8093532733762809, -1.8278444852838678],
        [0.7893691582381854, -1.8255856716975285],
      ],
      m: [0.059347822221026525, -0.008161394788868367],
      v: [0.0008997627855006697, 0.001331852995858804],
    },
  ],
};

/** Every number within a relative error. */
function expectClose(found: ArrayLike<number>, expected: readonly number[], error: number): void {
  expect(found).toHaveLength(expected.length);
  expected.forEach((value, i) => expect(Math.abs(found[i]! / value - 1)).toBeLessThan(error));
}

describe('Adam', () => {
  beforeAll(startNodeWasm);

  it.each(golden.cases)('gives the golden values: $title', ({ settings, parameters, m, v }) => {
    const p = toVariable('p', Float32Array.from(golden.start), [2]);
    const adam = new Adam(new Map([['p', p]]));
    const twin = new PlainAdam([Float64Array.from(golden.start)]);
    golden.gradients.forEach((gradient, step) => {
      const at = { ...settings, learningRate: golden.learningRates[step]! };
      adam.step({ p: tf.tensor1d(gradient) }, at);
      twin.step([gradient], at);
      expectClose(p.dataSync(), parameters[step]!, 1e-6);
      expectClose(twin.parameters[0]!, parameters[step]!, 1e-12);
    });
    expectClose(adam.moments.get('m.p')!.dataSync(), m, 1e-5);
    expectClose(adam.moments.get('v.p')!.dataSync(), v, 1e-5);
    expectClose(twin.moments[0]!.m, m, 1e-12);
    expectClose(twin.moments[0]!.v, v, 1e-12);
    adam.dispose();
    p.dispose();
  });

  it.each(cases)(
    'follows its float64 twin for thirty steps of changing rates, moments too: $title',
    (settings) => {
      sideBySide(settings, (name, found, expected, step) => {
        // Relative to the array's largest value: where an average passes zero, an error relative to
        // itself means nothing.
        const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        expected.forEach((value, i) =>
          expect(Math.abs(found[i]! - value) / scale, `${name}[${i}], step ${step}`).toBeLessThan(
            1e-5,
          ),
        );
      });
    },
  );

  it('ends elsewhere for each of the settings above', () => {
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
