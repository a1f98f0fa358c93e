import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { bytesAllocated, chooseBackend } from '../../src/engine/backend';
import { probeGpuMemory, requireGpuMemory } from '../../src/engine/gpu-memory-probe';
import type { StudioError } from '../../src/core/studio-error';
import { createHead, peakTrainingBytes } from '../../src/models/heads/create-head';
import { HeadTrainer } from '../../src/training/step/head-trainer';

const MIB = 2 ** 20;
const ABSURD = 10 * 2 ** 40;
const faults: StudioError[] = [];
const startWebGpu = () =>
  chooseBackend({
    preference: 'webgpu',
    wasmPath: '/wasm/',
    onFault: (error) => faults.push(error),
  });
const currentDevice = () => (tf.backend() as unknown as { device: GPUDevice }).device;

/** Buffers made and not destroyed since the test began. */
let alive: Set<GPUBuffer>;
let made = 0;

beforeAll(async () => {
  await startWebGpu();
});

beforeEach(() => {
  alive = new Set();
  made = 0;
  const device = currentDevice();
  const createBuffer = device.createBuffer.bind(device);
  vi.spyOn(device, 'createBuffer').mockImplementation((descriptor) => {
    const buffer = createBuffer(descriptor);
    made++;
    alive.add(buffer);
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = () => {
      alive.delete(buffer);
      return destroy();
    };
    return buffer;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  expect(alive.size).toBe(0);
  expect(faults).toEqual([]);
});

describe('the memory probe', () => {
  it('accepts a small request and frees everything', async () => {
    const before = bytesAllocated();
    await requireGpuMemory('The head', 48 * MIB + 2, { chunkBytes: 16 * MIB });
    expect(made).toBe(4);
    expect(bytesAllocated()).toBe(before);
  });

  it('refuses ten tebibytes with the bytes needed and found, and a next step', async () => {
    const refusal = requireGpuMemory('The head', ABSURD, { maxBuffers: 2, chunkBytes: 32 * MIB });
    await expect(refusal).rejects.toMatchObject({
      code: 'out-of-gpu-memory',
      message: 'The head needs 10240.0 GiB on the GPU; 0.1 GiB could be had.',
    });
    await expect(refusal).rejects.toHaveProperty(
      'nextStep',
      expect.stringContaining('smaller head'),
    );
    expect(made).toBe(2);
  });

  it('makes no buffer if more is needed than the limit allows', async () => {
    await expect(
      requireGpuMemory('The head', 65 * MIB, { limitBytes: 64 * MIB }),
    ).rejects.toMatchObject({ code: 'out-of-gpu-memory' });
    expect(made).toBe(0);
    expect(
      await probeGpuMemory(currentDevice(), 65 * MIB, {
        limitBytes: 64 * MIB,
        chunkBytes: 32 * MIB,
      }),
    ).toBe(64 * MIB);
  });

  it('ends at the first refused buffer, whose error reaches no listener', async () => {
    // SwiftShader, which these tests run on, refuses buffers of the size that it declares as its
    // limit.
    const largest = currentDevice().limits.maxBufferSize;
    const found = await probeGpuMemory(currentDevice(), ABSURD, {
      chunkBytes: largest,
      limitBytes: Math.min(largest, 1024 * MIB),
    });
    expect(found).toBe(0);
    expect(made).toBe(1);
    expect(await probeGpuMemory(currentDevice(), MIB)).toBe(MIB);
  });

  it('returns what it allocated before memory ran out', async () => {
    const device = currentDevice();
    const popErrorScope = device.popErrorScope.bind(device);
    vi.spyOn(device, 'popErrorScope').mockImplementation(async () => {
      const error = await popErrorScope();
      return made > 3 ? new GPUOutOfMemoryError('no more') : error;
    });
    expect(await probeGpuMemory(device, ABSURD, { chunkBytes: 8 * MIB })).toBe(24 * MIB);
    expect(made).toBe(4);
  });

  it('makes at most maxBuffers buffers', async () => {
    expect(await probeGpuMemory(currentDevice(), ABSURD, { chunkBytes: MIB, maxBuffers: 8 })).toBe(
      8 * MIB,
    );
    expect(made).toBe(8);
  });
});

describe('the predicted memory of a head', () => {
  const shape = { convShape: [2, 2, 256], embeddingDim: 16, initialLogKappa: 3 } as const;

  it.each([
    { blocks: 'whole', maxBlockBytes: 2 ** 28, maxGradClip: 0, maxGradNorm: 0 },
    { blocks: 'of unequal widths', maxBlockBytes: 400_000, maxGradClip: 0, maxGradNorm: 0 },
    { blocks: 'whole, clipped', maxBlockBytes: 2 ** 28, maxGradClip: 1, maxGradNorm: 0 },
    { blocks: 'whole, rescaled', maxBlockBytes: 2 ** 28, maxGradClip: 0, maxGradNorm: 1 },
  ])(
    'is what tfjs holds after some steps, or a little more: blocks $blocks',
    async ({ maxBlockBytes, maxGradClip, maxGradNorm }) => {
      // A fresh device, because the old one's pool keeps buffers of the same sizes.
      await startWebGpu();
      const before = bytesAllocated();
      const trainer = new HeadTrainer(createHead('reference', shape, 3, maxBlockBytes), {
        method: 'scf',
        dimension: 16,
        radius: 64,
        mode: 'exact',
      });
      const [input, cosTheta, mask] = [
        tf.ones([4, 1024]) as tf.Tensor2D,
        tf.tensor1d([0.2, 0.4, 0.6, 0.8]),
        tf.ones([4]) as tf.Tensor1D,
      ];
      for (let step = 0; step < 3; step++) {
        await trainer.step(
          { input, cosTheta, mask, count: 4 },
          { learningRate: 1e-3, weightDecay: 1e-3, maxGradClip, maxGradNorm },
        );
      }
      const found = bytesAllocated() - before;
      const predicted = peakTrainingBytes('reference', shape.convShape, {
        maxBlockBytes,
        maxGradClip,
        maxGradNorm,
      });
      expect(predicted / found).toBeGreaterThan(0.98);
      expect(predicted / found).toBeLessThan(1.2);
      tf.dispose([input, cosTheta, mask]);
      trainer.dispose();
      await startWebGpu();
    },
  );
});
