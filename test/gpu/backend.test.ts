import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { bytesAllocated, chooseBackend } from '../../src/engine/backend';
import { unpackOnCpu } from '../../src/engine/unpack-pixels';
import { unpackOnGpu } from '../../src/engine/unpack-pixels-webgpu';
import { seededRandom } from '../../src/formats/seeded-random';
import type { StudioError } from '../../src/formats/studio-error';
import { createHead } from '../../src/models/heads/create-head';
import { HeadTrainer } from '../../src/training/head-trainer';

const wasmPath = '/wasm/';
const faults: StudioError[] = [];
const startWebGpu = () => chooseBackend({ preference: 'webgpu', wasmPath, onFault: (error) => faults.push(error) });
const [BATCH, INPUT] = [8, 1025];

/** Steps of the compact head from fixed features on the current backend. */
async function headSteps(steps: number, at: (step: number, losses: number[]) => void = () => undefined): Promise<number[]> {
  const random = seededRandom(11);
  const rows = Float32Array.from({ length: BATCH * INPUT }, () => random.normal());
  const cosines = Array.from({ length: BATCH }, () => 0.2 + 0.7 * random.next());
  const head = createHead('compact', { convShape: [7, 7, 512], embeddingDim: 512, initialLogKappa: Math.log(600) }, 3, Infinity);
  const trainer = new HeadTrainer(head, { dimension: 512, radius: 64, mode: 'exact' });
  const batch = { input: tf.tensor2d(rows, [BATCH, INPUT]), cosTheta: tf.tensor1d(cosines), mask: tf.ones([BATCH]) as tf.Tensor1D, count: BATCH };
  const losses: number[] = [];
  for (let step = 1; step <= steps; step++) {
    const { loss } = await trainer.step(batch, { learningRate: 1e-3, weightDecay: 5e-4, maxGradClip: 0, maxGradNorm: 0 });
    losses.push(loss);
    at(step, losses);
  }
  tf.dispose([batch.input, batch.cosTheta, batch.mask]);
  trainer.dispose();
  return losses;
}

beforeAll(async () => {
  const report = await startWebGpu();
  expect(report.backend).toBe('webgpu');
  expect(report.selfTest.passed).toBe(true);
});

it('unpacks pixels on the GPU as on the CPU: mirrored, swapped, normalised', async () => {
  const random = seededRandom(5);
  const packed = { size: 2, side: 112, pixels: Uint8Array.from({ length: 2 * 112 * 112 * 3 }, () => random.int(256)), flips: Uint8Array.of(0, 1) };
  for (const order of ['RGB', 'BGR'] as const) {
    const convention = { order, mean: 127.5, scale: 1 / 128 };
    const [gpu, cpu] = [unpackOnGpu(packed, convention), unpackOnCpu(packed, convention)];
    const [found, expected] = [await gpu.data(), await cpu.data()];
    expect(found.length).toBe(expected.length);
    let worst = 0;
    for (let i = 0; i < found.length; i++) worst = Math.max(worst, Math.abs(found[i]! - expected[i]!));
    expect(worst).toBeLessThan(1e-6);
  }
});

it('trains the head to the same losses on webgpu and wasm, in memory that does not grow', async () => {
  const held: { tensors: number; bytes: number }[] = [];
  const webgpu = await headSteps(60, (step) => {
    if (step === 20 || step === 60) held.push({ tensors: tf.memory().numTensors, bytes: bytesAllocated() });
  });
  expect(held[1]).toEqual(held[0]);
  await chooseBackend({ preference: 'wasm', wasmPath, onFault: (error) => faults.push(error) });
  const wasm = await headSteps(60);
  wasm.forEach((loss, step) => expect(Math.abs(webgpu[step]! / loss - 1), `step ${step}`).toBeLessThan(1e-4));
  expect(faults).toEqual([]);
});

it('tells of a lost device, and computes again on a fresh one', async () => {
  await startWebGpu();
  const { device } = tf.backend() as unknown as { device: GPUDevice };
  device.destroy();
  await device.lost;
  await expect.poll(() => faults.map(({ code }) => code)).toContain('device-lost');
  const report = await startWebGpu();
  expect(report.selfTest.passed).toBe(true);
});

it('tells of a shader that the GPU refuses', async () => {
  const { device } = tf.backend() as unknown as { device: GPUDevice };
  faults.length = 0;
  const module = device.createShaderModule({ code: 'this is no shader' });
  device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint: 'main' } });
  await device.queue.onSubmittedWorkDone();
  await expect.poll(() => faults.map(({ code }) => code)).toContain('gpu-error');
});
