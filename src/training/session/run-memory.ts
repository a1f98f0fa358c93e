import { concentrationSize } from '../../confidence/confidence-method';
import { gibibytes } from '../../engine/gpu-memory-probe';
import { StudioError } from '../../core/studio-error';
import type { Backbone } from '../../models/backbones/backbone';
import { batchBytes } from '../../models/heads/batch-memory';
import { headInputSize, peakTrainingBytes } from '../../models/heads/create-head';
import { recordBytes } from '../data/features/feature-record';
import { isPairwise } from '../objectives/objective';
import type { RunConfig } from '../config/run-config';

/** wasm's heap ends at 4 GiB. */
export const WASM_HEAP = 4 * 2 ** 30;

/** What of a run decides how much its backend holds. */
export type MemorySettings = Pick<
  RunConfig,
  'head' | 'method' | 'zDim' | 'batchSize' | 'microBatch' | 'maxGradClip' | 'maxGradNorm'
>;

/** What of a backbone does. */
export type FeatureShape = Pick<Backbone, 'convShape' | 'embeddingDim'>;

type ConvShape = Pick<FeatureShape, 'convShape'>;

/**
 * Bytes that wasm holds while a run trains: head, gradients, moments, what an update computes on
 * the way, and a batch.
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
 * Bytes that a GPU must have for a run. A batch is cut into slices by itself where it finds no
 * room, so that it counts only where
 * that can't be done: a head with BatchNorm, and a method that learns from pairs, take it whole.
 */
export function gpuMemory(config: MemorySettings, shape: ConvShape, maxBlockBytes: number): number {
  if (config.head === 'tface-conv' || isPairwise(config.method))
    return wasmMemory(config, shape, maxBlockBytes);
  return peakTrainingBytes(config.head, shape.convShape, { ...config, maxBlockBytes });
}

/**
 * Makes sure, before a head is made or a picture read, that wasm can train a run.
 * @throws StudioError `out-of-gpu-memory` with what it needs, what there is, and where it runs
 */
export function requireWasmMemory(
  config: MemorySettings,
  shape: ConvShape,
  maxBlockBytes: number,
): void {
  const needed = wasmMemory(config, shape, maxBlockBytes);
  if (needed <= WASM_HEAP) return;
  const { head, batchSize, microBatch } = config;
  const inSlices = microBatch > 0 && microBatch < batchSize ? ` in slices of ${microBatch}` : '';
  const fits = largestBatch(config, shape, maxBlockBytes);
  const smaller =
    fits > 1 ? `Set "batchSize" to ${fits}, or "head" to "compact"` : 'Set "head" to "compact"';
  throw new StudioError(
    'out-of-gpu-memory',
    `Training the ${head} head on batches of ${batchSize}${inSlices} needs ` +
      `${gibibytes(needed)}; wasm holds at most ${gibibytes(WASM_HEAP)}.`,
    `${smaller}; as it is, it trains in the page on WebGPU with so much memory, or with ` +
      'scale-out/ by torchrun.',
  );
}

/**
 * The largest batch, differentiated whole or in slices as the run has it, that wasm can train; 0
 * where the head alone is too large.
 */
function largestBatch(config: MemorySettings, shape: ConvShape, maxBlockBytes: number): number {
  for (
    let batchSize = 2 ** Math.floor(Math.log2(config.batchSize));
    batchSize > 1;
    batchSize /= 2
  ) {
    if (wasmMemory({ ...config, batchSize }, shape, maxBlockBytes) <= WASM_HEAP) return batchSize;
  }
  return 0;
}

/** What of a run decides how many features it holds. */
export type FeatureSettings = Pick<
  RunConfig,
  'head' | 'features' | 'copies' | 'maxValidationImages'
>;

/** Where features are held, and how many pictures there are. */
export interface HeldFeatures {
  /** null where nobody knows. */
  readonly images: number | null;
  /** They are kept on disk, and little of them in memory. */
  readonly onDisk: boolean;
  /** Bytes of memory that there are in all. */
  readonly memory: number;
}

/**
 * Makes sure, before a picture is read, that the features which a run holds in memory fit there.
 * @throws StudioError `bad-config` with what they need, what there is, and what to set
 */
export function requireFeatureMemory(
  config: FeatureSettings,
  { convShape, embeddingDim }: FeatureShape,
  { images, onDisk, memory }: HeldFeatures,
): void {
  const { head, features, copies, maxValidationImages } = config;
  const isReused = features === 'reuse';
  if (isReused && onDisk) return;
  const count = isReused
    ? images === null
      ? null
      : images * copies
    : Math.min(maxValidationImages, images ?? Infinity);
  if (count === null) return;
  const inputSize = headInputSize(head, convShape);
  // Those of held-out people alone are not packed.
  const needed =
    count * (isReused ? recordBytes({ embeddingDim, inputSize }) : 4 * (embeddingDim + inputSize));
  if (needed <= memory) return;
  throw new StudioError(
    'bad-config',
    `The features of ${count.toLocaleString('en')} pictures for the ${head} head take ` +
      `${gibibytes(needed)} of memory; this machine has ${gibibytes(memory)}.`,
    isReused
      ? 'Keep them on disk with --checkpoints DIR, or set "features" to "stream" or "head" ' +
          'to "compact".'
      : 'Lower "maxValidationImages", or set "head" to "compact".',
  );
}
