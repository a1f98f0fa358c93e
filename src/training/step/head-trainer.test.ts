import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startNodeWasm } from '../../cli/node/node-backend';
import { seededRandom } from '../../core/seeded-random';
import { createHead } from '../../models/heads/create-head';
import type { HeadName } from '../../models/heads/confidence-head';
import { HeadTrainer, type StepFigures } from './head-trainer';
import type { HeadBatch } from './head-batch';

const shape = { convShape: [7, 7, 4], embeddingDim: 16, initialLogKappa: 3 } as const;
const adamStep = { learningRate: 0.01, weightDecay: 0.02, maxGradClip: 0, maxGradNorm: 0 };
const ROWS = 8;

function batchOf(inputSize: number, count: number, step: number): HeadBatch {
  const random = seededRandom(9, step);
  const values = Float32Array.from({ length: ROWS * inputSize }, () => random.normal());
  // The values of padding must not matter.
  return {
    input: tf.tensor2d(values, [ROWS, inputSize]),
    cosTheta: tf.tensor1d(Float32Array.from({ length: ROWS }, () => random.next())),
    mask: tf.tensor1d(new Float32Array(ROWS).fill(1, 0, count)),
    count,
  };
}

/** Five steps: their figures, and the arrays afterwards. */
async function fiveSteps(
  name: HeadName,
  microBatch: number,
  count: number,
  watch: (trainer: HeadTrainer) => void = () => undefined,
) {
  const trainer = new HeadTrainer(createHead(name, shape, 5, 2 ** 12), {
    method: 'scf',
    dimension: 16,
    radius: 64,
    mode: 'exact',
  });
  watch(trainer);
  const figures: StepFigures[] = [];
  for (let step = 0; step < 5; step++) {
    const batch = batchOf(trainer.head.inputSize, count, step);
    figures.push(await trainer.step(batch, adamStep, microBatch));
    tf.dispose([batch.input, batch.cosTheta, batch.mask]);
  }
  const arrays = [...trainer.head.parameters, ...trainer.adam.moments].map(
    ([name, variable]) => [name, variable.dataSync().slice() as Float32Array] as const,
  );
  trainer.dispose();
  return { figures, arrays };
}

/** Relative to the array's largest value. */
function expectNear(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  within: number,
  what: string,
): void {
  expect(found.length, what).toBe(expected.length);
  const size = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let i = 0; i < expected.length; i++)
    expect(Math.abs(found[i]! - expected[i]!) / (size || 1), `${what}[${i}]`).toBeLessThan(within);
}

beforeAll(startNodeWasm);
afterEach(async () => {
  await tf.setBackend('wasm');
});

describe('micro-batches', () => {
  const cases = (['cpu', 'wasm'] as const).flatMap((backend) =>
    (['compact', 'reference'] as const).flatMap((name) =>
      [8, 5].map((count) => ({ backend, name, count })),
    ),
  );

  it.each(cases)(
    'give the weights, moments and losses of whole batches: $name, $count of 8 pictures, ' +
      'on $backend',
    async ({ backend, name, count }) => {
      await tf.setBackend(backend);
      const whole = await fiveSteps(name, 0, count);
      for (const microBatch of [3, 8]) {
        const cut = await fiveSteps(name, microBatch, count);
        cut.figures.forEach(({ loss, kappa, cosTheta, parts }, step) => {
          const expected = whole.figures[step]!;
          expectNear([loss], [expected.loss], 1e-6, `loss of step ${step}`);
          expectNear(kappa, expected.kappa, 1e-5, `kappa of step ${step}`);
          expect(cosTheta).toEqual(expected.cosTheta);
          expectNear([parts.alignment], [expected.parts.alignment], 1e-5, 'alignment');
        });
        cut.arrays.forEach(([variable, values], i) =>
          expectNear(
            values,
            whole.arrays[i]![1],
            2e-5,
            `${variable}, micro-batches of ${microBatch}`,
          ),
        );
      }
      const moved = whole.figures[4]!.loss - whole.figures[0]!.loss;
      expect(Math.abs(moved), 'the steps change the loss').toBeGreaterThan(1e-3);
    },
  );

  it('give the same bits as whole batches if nothing is sliced', async () => {
    expect(await fiveSteps('compact', 8, 5)).toEqual(await fiveSteps('compact', 0, 5));
    expect(await fiveSteps('compact', 100, 5)).toEqual(await fiveSteps('compact', 0, 5));
  });

  it('hold one slice’s activations, skip padding, and read back once a step', async () => {
    const seen: number[][] = [];
    const readbacks = vi.spyOn(tf.Tensor.prototype, 'data');
    await fiveSteps('compact', 2, 5, ({ head }) => {
      const logConcentration = head.logConcentration.bind(head);
      let held = Infinity;
      head.logConcentration = (input, mask, training) => {
        // Between two slices only their sums are held, so the number of arrays stays the same.
        const before = tf.memory().numTensors;
        seen.push([input.shape[0]!, before - held]);
        held = before;
        return logConcentration(input, mask, training);
      };
    });
    expect(readbacks).toHaveBeenCalledTimes(5);
    readbacks.mockRestore();
    expect(seen.map(([rows]) => rows)).toEqual(Array(5).fill([2, 2, 2]).flat());
    // From a step's second slice to its third, only one more row of log kappa and the loss so far
    // are kept.
    for (let step = 0; step < 5; step++) expect(seen[3 * step + 2]![1]).toBeLessThanOrEqual(3);
  });

  it('leave no tensor behind', async () => {
    const before = tf.memory().numTensors;
    for (const microBatch of [0, 3]) {
      await fiveSteps('reference', microBatch, 5);
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it('are refused for a head with BatchNorm, unlike a whole batch', async () => {
    const trainer = new HeadTrainer(createHead('tface-conv', shape, 5, 2 ** 30), {
      method: 'scf',
      dimension: 16,
      radius: 64,
      mode: 'exact',
    });
    const batch = batchOf(trainer.head.inputSize, 8, 0);
    const before = trainer.head.parameters.get('conv1')!.dataSync().slice();
    await expect(trainer.step(batch, adamStep, 3)).rejects.toEqual(
      expect.objectContaining({
        code: 'bad-config',
        message: expect.stringContaining('BatchNorm'),
        nextStep: expect.stringContaining('"microBatch" to 0'),
      }),
    );
    expect(trainer.head.parameters.get('conv1')!.dataSync()).toEqual(before);
    expect(trainer.adam.steps).toBe(0);
    for (const microBatch of [0, 8])
      expect((await trainer.step(batch, adamStep, microBatch)).kappa.length).toBe(8);
    tf.dispose([batch.input, batch.cosTheta, batch.mask]);
    trainer.dispose();
  });
});
