import { concentrationSize, isPairwise } from '../../confidence/confidence-method';
import { count } from '../../core/number-words';
import { gibibytes } from '../../engine/gpu-memory-probe';
import { StudioError } from '../../core/studio-error';
import type { Backbone } from '../../models/backbones/backbone';
import { batchBytes } from '../../models/heads/batch-memory';
import { headInputSize, peakTrainingBytes } from '../../models/heads/create-head';
import { recordBytes } from '../data/features/feature-record';
import type { RunConfig } from '../config/run-config';

/** Bytes of wasm's heap, at most. */
export const MAX_WASM_HEAP_BYTES = 4 * 2 ** 30;

/** The settings that decide how much memory a run's backend needs. */
export type MemorySettings = Pick<
  RunConfig,
  'head' | 'method' | 'zDim' | 'batchSize' | 'microBatch' | 'maxGradClip' | 'maxGradNorm'
>;

/** The shapes of a backbone's output. */
export type FeatureShape = Pick<Backbone, 'convShape' | 'embeddingDim'>;

type ConvShape = Pick<FeatureShape, 'convShape'>;

/**
 * Bytes that wasm holds while a run trains: head, gradients, moments, the intermediate arrays of an
 * update, and a batch.
 */
export function wasmMemory(
  config: MemorySettings,
  { convShape }: ConvShape,
  maxBlockBytes: number,
): number {
  const outputSize = concentrationSize(config.method, config.zDim);
  return (
    peakTrainingBytes(config.head, convShape, { ...config, maxBlockBytes }) +
    batchBytes(config.head, convShape, outputSize, config)
  );
}

/**
 * Bytes that a GPU must have for a run. A batch that doesn't fit is cut into slices automatically.
 * So it counts only for a head with BatchNorm and for methods that learn from pairs, which need it
 * whole.
 */
export function gpuMemory(config: MemorySettings, shape: ConvShape, maxBlockBytes: number): number {
  if (config.head === 'tface-conv' || isPairwise(config.method))
    return wasmMemory(config, shape, maxBlockBytes);
  return peakTrainingBytes(config.head, shape.convShape, { ...config, maxBlockBytes });
}

/**
 * Checks, before a head is made or a picture read, that wasm has the memory for a run.
 * @throws StudioError `out-of-gpu-memory` with the bytes needed and available, and a way out
 */
export function requireWasmMemory(
  config: MemorySettings,
  shape: ConvShape,
  maxBlockBytes: number,
): void {
  const needed = wasmMemory(config, shape, maxBlockBytes);
  if (needed <= MAX_WASM_HEAP_BYTES) return;
  const { head, batchSize, microBatch } = config;
  const inSlices = microBatch > 0 && microBatch < batchSize ? ` in slices of ${microBatch}` : '';
  const fits = largestBatch(config, shape, maxBlockBytes);
  const smaller =
    fits > 1 ? `Set "batchSize" to ${fits}, or "head" to "compact"` : 'Set "head" to "compact"';
  throw new StudioError(
    'out-of-gpu-memory',
    `Training the ${head} head on batches of ${batchSize}${inSlices} needs ` +
      `${gibibytes(needed)}; wasm holds at most ${gibibytes(MAX_WASM_HEAP_BYTES)}.`,
    `${smaller}; unchanged, it trains in the page on WebGPU with that much memory, or with ` +
      'scale-out/ by torchrun.',
  );
}

/**
 * The largest batch size, a power of two, that wasm can train with the run's micro-batches; 0 if
 * the head alone is too large.
 */
function largestBatch(config: MemorySettings, shape: ConvShape, maxBlockBytes: number): number {
  let batchSize = 2 ** Math.floor(Math.log2(config.batchSize));
  while (batchSize > 1) {
    if (wasmMemory({ ...config, batchSize }, shape, maxBlockBytes) <= MAX_WASM_HEAP_BYTES)
      return batchSize;
    batchSize /= 2;
  }
  return 0;
}

/** The settings that decide how many features a run holds. */
export type FeatureSettings = Pick<
  RunConfig,
  'head' | 'features' | 'copies' | 'maxValidationImages'
>;

/** Where features are held, and how many pictures there are. */
export interface HeldFeatures {
  /** null if it isn't known. */
  readonly images: number | null;
  /** They are kept on disk, and only few of them in memory. */
  readonly onDisk: boolean;
  /** Total bytes of memory. */
  readonly memory: number;
}

/**
 * Checks, before a picture is read, that the features which a run holds in memory fit there.
 * @throws StudioError `bad-config` with the bytes needed and available, and what to set
 */
export function requireFeatureMemory(
  config: FeatureSettings,
  { convShape, embeddingDim }: FeatureShape,
  { images, onDisk, memory }: HeldFeatures,
): void {
  const { head, features } = config;
  const isReused = features === 'reuse';
  if (isReused && onDisk) return;
  const held = picturesHeld(config, images);
  if (held === null) return;
  const inputSize = headInputSize(head, convShape);
  // Reused features are held as float16 records; those of a stream's held-out people as float32.
  const bytesEach = isReused
    ? recordBytes({ embeddingDim, inputSize })
    : 4 * (embeddingDim + inputSize);
  const needed = held * bytesEach;
  if (needed <= memory) return;
  throw new StudioError(
    'bad-config',
    `The features of ${count(held)} pictures for the ${head} head take ` +
      `${gibibytes(needed)} of memory; this machine has ${gibibytes(memory)}.`,
    isReused
      ? 'Keep them on disk with --checkpoints DIR, or set "features" to "stream" or "head" ' +
          'to "compact".'
      : 'Lower "maxValidationImages", or set "head" to "compact".',
  );
}

/** Pictures whose features a run holds, copies included; null if it isn't known. */
function picturesHeld(
  { features, copies, maxValidationImages }: FeatureSettings,
  images: number | null,
): number | null {
  if (features === 'stream') return Math.min(maxValidationImages, images ?? Infinity);
  return images === null ? null : images * copies;
}
