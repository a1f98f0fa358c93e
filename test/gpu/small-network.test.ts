import type { Scalar, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { chooseBackend } from '../../src/engine/backend';
import { CROP_BYTES, packBatch } from '../../src/faces/decode/packed-batch';
import { seededRandom } from '../../src/core/seeded-random';
import { SmallNetwork } from '../../src/models/backbones/small-network';
import { LessonTrainer } from '../../src/training/lesson/lesson-trainer';
import { toyConfig } from '../fixtures/small-lesson';

const start = (preference: 'webgpu' | 'wasm') =>
  chooseBackend({
    preference,
    wasmPath: '/wasm/',
    onFault: (error) => {
      throw error;
    },
  });

/** Every gradient of a small network, and its conv feature. */
async function gradients(): Promise<Map<string, Float32Array>> {
  const random = seededRandom(3);
  const pixels = tf.tensor4d(
    Float32Array.from({ length: 4 * CROP_BYTES }, () => random.normal()),
    [4, 112, 112, 3],
  );
  const weights = tf.tensor2d(
    Float32Array.from({ length: 24 }, () => random.normal()),
    [4, 6],
  );
  const network = new SmallNetwork({ embeddingDim: 6, channels: [3, 4, 5] }, 1);
  const { value, grads } = tf.variableGrads(
    () => tf.sum(tf.mul(network.forward(pixels, true).embedding, weights)) as Scalar,
    [...network.parameters.values()],
  );
  const found = new Map<string, Float32Array>();
  for (const [name, parameter] of network.parameters)
    found.set(name, (await grads[parameter.name]!.data()) as Float32Array);
  const convFeature = tf.tidy(() => network.forward(pixels, false).convFeature as Tensor4D);
  found.set('conv feature', (await convFeature.data()) as Float32Array);
  tf.dispose([value, grads, pixels, weights, convFeature]);
  network.dispose();
  return found;
}

/** Losses and accuracies of steps on one batch of noise. */
async function steps(): Promise<number[]> {
  const random = seededRandom(4);
  const pictures = packBatch(
    Array.from({ length: 4 }, () => Uint8Array.from({ length: CROP_BYTES }, () => random.int(256))),
    4,
    [false, true, false, true],
  );
  const trainer = new LessonTrainer(toyConfig(), 3);
  const found: number[] = [];
  for (let step = 0; step < 4; step++) {
    const { loss, accuracy } = await trainer.step({ pictures, classes: [0, 1, 2, 1] }, 1e-3);
    found.push(loss, accuracy);
  }
  trainer.dispose();
  return found;
}

it('trains a small network on webgpu as on wasm', async () => {
  await start('webgpu');
  const [onGpu, stepsOnGpu] = [await gradients(), await steps()];
  await start('wasm');
  const [onWasm, stepsOnWasm] = [await gradients(), await steps()];
  for (const [name, expected] of onWasm) {
    const found = onGpu.get(name)!;
    const size = Math.max(...expected.map(Math.abs));
    // The last BatchNorm cancels what this bias adds to all pictures, so its gradient is rounding.
    const bound = name === 'pool.norm.bias' ? 1 : 1e-3;
    expect(found.length).toBe(expected.length);
    found.forEach((value, at) =>
      expect(
        Math.abs(value - expected[at]!) / Math.max(size, 1e-4),
        `${name} at ${at}: ${value} for ${expected[at]}`,
      ).toBeLessThan(bound),
    );
  }
  stepsOnGpu.forEach((value, at) =>
    expect(
      Math.abs(value - stepsOnWasm[at]!),
      `figure ${at}: ${value} for ${stepsOnWasm[at]}`,
    ).toBeLessThan(2e-2 * (1 + Math.abs(value))),
  );
  expect(stepsOnGpu.at(-2)).toBeLessThan(stepsOnGpu[0]!);
});
