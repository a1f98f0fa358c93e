import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { checkpointIn } from '../fixtures/checkpoint-in';
import { MemoryFileStore } from '../../src/formats/bytes/memory-file-store';
import { bytesAllocated, chooseBackend } from '../../src/engine/backend';
import { unpackOnCpu } from '../../src/engine/pixels/unpack-pixels';
import { unpackOnGpu } from '../../src/engine/pixels/unpack-pixels-webgpu';
import { seededRandom } from '../../src/core/seeded-random';
import type { StudioError } from '../../src/core/studio-error';
import { createHead } from '../../src/models/heads/create-head';
import type { Backbone } from '../../src/models/backbones/backbone';
import { HeadTrainer } from '../../src/training/step/head-trainer';
import type { SessionEvent } from '../../src/training/session/run-events';
import { TrainingSession } from '../../src/training/session/training-session';
import { plainCompactSteps, type PlainParameters } from '../fixtures/plain-compact-head';
import { smallBackbone, smallConfig, smallDecoder, smallSource } from '../fixtures/small-run';

const wasmPath = '/wasm/';
const faults: StudioError[] = [];
let onFault: (error: StudioError) => void = () => undefined;
const startWebGpu = () =>
  chooseBackend({
    preference: 'webgpu',
    wasmPath,
    onFault: (error) => {
      faults.push(error);
      onFault(error);
    },
  });
const [BATCH, INPUT] = [8, 1025];
const settings = { learningRate: 1e-3, weightDecay: 5e-4 };

/** The same cached features for every backend. */
function features(): { rows: Float32Array; cosines: number[] } {
  const random = seededRandom(11);
  return {
    rows: Float32Array.from({ length: BATCH * INPUT }, () => random.normal()),
    cosines: Array.from({ length: BATCH }, () => Math.fround(0.2 + 0.7 * random.next())),
  };
}

const compactHead = () =>
  createHead(
    'compact',
    { convShape: [7, 7, 512], embeddingDim: 512, initialLogKappa: Math.log(600) },
    3,
    Infinity,
  );

/** Steps of the compact head from fixed features on the current backend. */
async function headSteps(steps: number): Promise<number[]> {
  const { rows, cosines } = features();
  const trainer = new HeadTrainer(compactHead(), {
    method: 'scf',
    dimension: 512,
    radius: 64,
    mode: 'exact',
  });
  const batch = {
    input: tf.tensor2d(rows, [BATCH, INPUT]),
    cosTheta: tf.tensor1d(cosines),
    mask: tf.ones([BATCH]) as tf.Tensor1D,
    count: BATCH,
  };
  const losses: number[] = [];
  for (let step = 1; step <= steps; step++) {
    const { loss } = await trainer.step(batch, { ...settings, maxGradClip: 0, maxGradNorm: 0 });
    losses.push(loss);
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
  const packed = {
    size: 2,
    side: 112,
    pixels: Uint8Array.from({ length: 2 * 112 * 112 * 3 }, () => random.int(256)),
    flips: Uint8Array.of(0, 1),
  };
  for (const order of ['RGB', 'BGR'] as const) {
    const convention = { order, mean: 127.5, scale: 1 / 128 };
    const [gpu, cpu] = [unpackOnGpu(packed, convention), unpackOnCpu(packed, convention)];
    const [found, expected] = [await gpu.data(), await cpu.data()];
    expect(found.length).toBe(expected.length);
    let worst = 0;
    for (let i = 0; i < found.length; i++)
      worst = Math.max(worst, Math.abs(found[i]! - expected[i]!));
    expect(worst).toBeLessThan(1e-6);
  }
});

it('trains the head to the same losses on webgpu, on wasm and in plain float64', async () => {
  const webgpu = await headSteps(50);
  await chooseBackend({ preference: 'wasm', wasmPath, onFault: (error) => faults.push(error) });
  const wasm = await headSteps(50);
  const head = compactHead();
  const initial = Object.fromEntries(
    [...head.parameters].map(([name, variable]) => [name, variable.dataSync()]),
  ) as unknown as PlainParameters;
  const { rows, cosines } = features();
  const plain = plainCompactSteps(initial, rows, cosines, { steps: 50, ...settings });
  head.dispose();
  plain.forEach((loss, step) => {
    expect(Math.abs(webgpu[step]! / loss - 1), `webgpu, step ${step}`).toBeLessThan(1e-4);
    expect(Math.abs(wasm[step]! / loss - 1), `wasm, step ${step}`).toBeLessThan(1e-4);
  });
  expect(plain[49]!).toBeLessThan(plain[0]!);
  expect(faults).toEqual([]);
});

it(
  'holds as many tensors and GPU bytes after step 1,000 as after step 100',
  { timeout: 400_000 },
  async () => {
    await startWebGpu();
    const shape = { convShape: [7, 7, 8], embeddingDim: 16, initialLogKappa: 3 } as const;
    const trainer = new HeadTrainer(createHead('compact', shape, 3, Infinity), {
      method: 'scf',
      dimension: 16,
      radius: 64,
      mode: 'exact',
    });
    const held: { tensors: number; bytes: number }[] = [];
    for (let step = 1; step <= 1000; step++) {
      const [input, cosTheta, mask] = [
        tf.ones([2, 17]) as tf.Tensor2D,
        tf.tensor1d([0.3, 0.8]),
        tf.ones([2]) as tf.Tensor1D,
      ];
      await trainer.step(
        { input, cosTheta, mask, count: 2 },
        { ...settings, maxGradClip: 0, maxGradNorm: 0 },
      );
      tf.dispose([input, cosTheta, mask]);
      if (step === 100 || step === 1000)
        held.push({ tensors: tf.memory().numTensors, bytes: bytesAllocated() });
    }
    trainer.dispose();
    expect(held[1]).toEqual(held[0]);
  },
);

it('a run whose device dies resumes from its last checkpoint on a fresh device', async () => {
  await startWebGpu();
  faults.length = 0;
  const store = new MemoryFileStore();
  const sessionOf = (post: (event: SessionEvent) => void, backbone: Backbone) =>
    new TrainingSession({
      config: smallConfig(),
      backbone,
      source: smallSource,
      decoder: smallDecoder,
      store,
      post,
      maxBlockBytes: 2 ** 27,
      bytesAllocated,
    });
  let reportSaved: () => void;
  const saved = new Promise<void>((resolve) => {
    reportSaved = resolve;
  });
  const first = sessionOf((event) => {
    if (event.type === 'checkpoint-saved') reportSaved();
  }, smallBackbone());
  onFault = (error) => first.control.stop(error);
  const { device } = tf.backend() as unknown as { device: GPUDevice };
  const enqueueStep = first.trainer.enqueueStep.bind(first.trainer);
  first.trainer.enqueueStep = async (...args) => {
    await enqueueStep(...args);
    if (first.cursor.step !== 6) return;
    // The step is running and its figures have not been read; the checkpoint before it is written.
    await saved;
    device.destroy();
  };
  await expect(first.run()).rejects.toMatchObject({ code: 'device-lost' });
  // The step was taken, perhaps the next one too, but never reported.
  expect(first.cursor.step).toBeGreaterThanOrEqual(6);

  onFault = () => undefined;
  await startWebGpu();
  const steps: number[] = [];
  const second = sessionOf((event) => {
    if (event.type === 'steps') steps.push(...event.metrics.map(({ step }) => step));
  }, smallBackbone());
  await second.restore(await checkpointIn(store));
  expect(first.cursor.step - second.cursor.step).toBeLessThan(smallConfig().checkpointEvery);
  expect(await second.run()).toBe('finished');
  expect(steps[0]).toBe(5);
});

it('reports a lost device, and computes again on a fresh one', async () => {
  await startWebGpu();
  const { device } = tf.backend() as unknown as { device: GPUDevice };
  device.destroy();
  await device.lost;
  await expect.poll(() => faults.map(({ code }) => code)).toContain('device-lost');
  const report = await startWebGpu();
  expect(report.selfTest.passed).toBe(true);
});

it('reports a shader that the GPU refuses', async () => {
  const { device } = tf.backend() as unknown as { device: GPUDevice };
  faults.length = 0;
  const module = device.createShaderModule({ code: 'this is no shader' });
  device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint: 'main' } });
  await device.queue.onSubmittedWorkDone();
  await expect.poll(() => faults.map(({ code }) => code)).toContain('gpu-error');
});
