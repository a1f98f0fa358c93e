import { headInputSize } from './create-head';
import type { HeadName } from './confidence-head';
import { COMPACT_HIDDEN } from './compact-head';
import { referenceLayers } from './reference-head';

/** Settings that decide how much memory a batch needs besides the head. */
export interface BatchSettings {
  readonly batchSize: number;
  /** Rows that are differentiated together; 0 means the whole batch. */
  readonly microBatch: number;
}

/** Arrays of a linear layer's output in a step: product, bias, ReLU, and a gradient of each. */
const LAYER_ARRAYS = 6;

/**
 * Arrays of a convolution's gathered windows that a step of {@link TfaceConvHead} holds: the nine
 * slices and their concatenation, the gradients of both, and the slices put back in their places
 * and added up. Measured with wasm: 8.9.
 */
const WINDOW_ARRAYS = 9;

/**
 * Bytes of a batch in a step on wasm: its rows of input, and what the head computes from the rows
 * that are differentiated together. An upper bound, up to a quarter above measurements.
 */
export function batchBytes(
  name: HeadName,
  convShape: readonly [number, number, number],
  outputSize: number,
  { batchSize, microBatch }: BatchSettings,
): number {
  const input = headInputSize(name, convShape);
  const isCut = microBatch > 0 && microBatch < batchSize;
  const rows = isCut ? microBatch : batchSize;
  // A slice is a copy of its rows. Standardising makes another, and one more where it subtracts the
  // mean.
  const copies = (isCut ? 1 : 0) + (name === 'tface-conv' ? 1 : 2);
  return (
    4 * (input * (batchSize + copies * rows) + rows * floatsOfRow(name, convShape, outputSize))
  );
}

function floatsOfRow(
  name: HeadName,
  [height, width, channels]: readonly [number, number, number],
  outputSize: number,
): number {
  switch (name) {
    case 'compact':
      return LAYER_ARRAYS * (COMPACT_HIDDEN + outputSize);
    case 'tface-conv': {
      const places = [2, 4, 6].reduce(
        (sum, border) => sum + (height - border) * (width - border),
        0,
      );
      return WINDOW_ARRAYS * places * 9 * channels;
    }
    case 'reference':
      return (
        LAYER_ARRAYS *
        referenceLayers(height * width * channels).reduce((sum, { fanOut }) => sum + fanOut, 0)
      );
    default:
      return name satisfies never;
  }
}
