import { describe, expect, it } from 'vitest';
import { presets, type RunConfig } from '../config/run-config';
import {
  gpuMemory,
  requireFeatureMemory,
  requireWasmMemory,
  MAX_WASM_HEAP_BYTES,
  wasmMemory,
} from './run-memory';

const shape = { convShape: [7, 7, 512], embeddingDim: 512 } as const;
const MAX_BLOCK = 2 ** 30;
const MIB = 2 ** 20;
const run = (part: Partial<RunConfig>): RunConfig => ({
  ...presets.published,
  microBatch: 0,
  ...part,
});

describe('the wasm memory of a run', () => {
  it.each<[RunConfig['head'], Partial<RunConfig>, boolean]>([
    ['compact', { batchSize: 1024 }, true],
    ['compact', { batchSize: 4096 }, true],
    ['compact', { batchSize: 4096, method: 'pfe-g' }, true],
    ['tface-conv', { batchSize: 64 }, true],
    ['tface-conv', { batchSize: 512 }, true],
    ['tface-conv', { batchSize: 1024 }, false],
    ['tface-conv', { batchSize: 4096 }, false],
    ['reference', { batchSize: 2 }, false],
    ['reference', { batchSize: 1024, microBatch: 128 }, false],
  ])('fits, or is refused before the first picture: %s, %j', (head, part, fits) => {
    const check = () => requireWasmMemory(run({ head, ...part }), shape, MAX_BLOCK);
    if (fits) expect(check).not.toThrow();
    else expect(check).toThrow(/needs \d+\.\d GiB; wasm holds at most 4\.0 GiB/);
  });

  it('is an upper bound of the heap after two steps, as measured in Node', () => {
    // Windows of a convolution grow with rows × channels only, so that a test with few channels
    // is representative.
    const narrow = { convShape: [7, 7, 32] } as const;
    for (const [rows, found] of [
      [4096, 1448],
      [8192, 2807],
      [11000, 3724],
    ] as const) {
      const bound =
        wasmMemory(run({ head: 'tface-conv', batchSize: rows }), narrow, MAX_BLOCK) / MIB;
      // The heap grows in large increments, beyond what is needed.
      expect(bound / found, `${rows} rows`).toBeGreaterThan(0.99);
      expect(bound / found, `${rows} rows`).toBeLessThan(1.1);
    }
    const small = { convShape: [7, 7, 64] } as const;
    for (const [batchSize, microBatch, found] of [
      [64, 0, 391],
      [1024, 0, 474],
      [1024, 128, 423],
      [4096, 0, 591],
    ] as const) {
      const bound =
        wasmMemory(run({ head: 'reference', batchSize, microBatch }), small, MAX_BLOCK) / MIB;
      expect(bound / found, `${batchSize} in ${microBatch}`).toBeGreaterThan(1);
      expect(bound / found, `${batchSize} in ${microBatch}`).toBeLessThan(1.35);
    }
  });

  it('is refused with what would fit, and where the run could train unchanged', () => {
    const refusal = (config: RunConfig) => {
      try {
        requireWasmMemory(config, shape, MAX_BLOCK);
      } catch (thrown) {
        return thrown;
      }
    };
    expect(refusal(presets.published)).toMatchObject({
      code: 'out-of-gpu-memory',
      message: expect.stringContaining('the reference head on batches of 1024 in slices of 128'),
      nextStep: expect.stringMatching(/^Set "head" to "compact"; .*WebGPU.*torchrun/),
    });
    expect(refusal(run({ head: 'tface-conv' }))).toMatchObject({
      nextStep: expect.stringMatching(/^Set "batchSize" to 512, or/),
    });
  });
});

describe('the GPU memory of a run', () => {
  it('counts a batch only if it can’t be cut into slices', () => {
    const bytes = (part: Partial<RunConfig>) => gpuMemory(run(part), shape, MAX_BLOCK);
    expect(bytes({ head: 'reference', batchSize: 4096 })).toBe(
      bytes({ head: 'reference', batchSize: 2 }),
    );
    expect(bytes({ head: 'tface-conv', batchSize: 1024 })).toBeGreaterThan(MAX_WASM_HEAP_BYTES);
    expect(bytes({ head: 'compact', method: 'pfe-v', batchSize: 4096 })).toBeGreaterThan(
      bytes({ head: 'compact', method: 'pfe-v', batchSize: 64 }),
    );
  });
});

describe('features that are held in memory', () => {
  const GIB = 2 ** 30;
  it.each<[Partial<RunConfig>, { images: number | null; onDisk?: boolean }, RegExp | null]>([
    [{ head: 'compact', features: 'reuse', copies: 4 }, { images: 5000 }, null],
    [
      { head: 'compact', features: 'reuse', copies: 1 },
      { images: 5_000_000 },
      /5,000,000 pictures .* 14\.4 GiB of memory; this machine has 8\.0 GiB/,
    ],
    [{ head: 'compact', features: 'reuse', copies: 1 }, { images: 5_000_000, onDisk: true }, null],
    [{ head: 'compact', features: 'reuse', copies: 1 }, { images: null }, null],
    [
      { head: 'tface-conv', features: 'reuse', copies: 1 },
      { images: 500_000 },
      /tface-conv head take 23\.9 GiB/,
    ],
    [
      { head: 'tface-conv', features: 'stream', maxValidationImages: 4000 },
      { images: 5_000_000 },
      null,
    ],
    [
      { head: 'tface-conv', features: 'stream', maxValidationImages: 100_000 },
      { images: 5_000_000 },
      /100,000 pictures/,
    ],
    [
      { head: 'tface-conv', features: 'stream', maxValidationImages: 100_000 },
      { images: 2000 },
      null,
    ],
  ])(
    'fit, or are refused before the first picture: %j of %j',
    (part, { images, onDisk = false }, message) => {
      const check = () =>
        requireFeatureMemory(run(part), shape, { images, onDisk, memory: 8 * GIB });
      if (message) expect(check).toThrow(message);
      else expect(check).not.toThrow();
    },
  );
});
