import { COMPACT_HIDDEN, CompactHead } from './compact-head';
import type { ConfidenceHead, HeadName, HeadShape } from './confidence-head';
import { columnBlocks, ReferenceHead, referenceLayers } from './reference-head';
import { TfaceConvHead } from './tface-conv-head';

/**
 * Makes a freshly initialised head; the same seed gives the same weights on every backend.
 * @param maxBlockBytes the largest single array that the backend can bind
 */
export function createHead(
  name: HeadName,
  shape: HeadShape,
  seed: number,
  maxBlockBytes: number,
): ConfidenceHead {
  switch (name) {
    case 'compact':
      return new CompactHead(shape, seed);
    case 'tface-conv':
      return new TfaceConvHead(shape, seed);
    case 'reference':
      return new ReferenceHead(shape, seed, maxBlockBytes);
    default:
      return name satisfies never;
  }
}

/** Which features of a backbone a head takes: heads of the same kind can share kept features. */
export function headInputKind(name: HeadName): 'statistics' | 'map' {
  return name === 'compact' ? 'statistics' : 'map';
}

/** Floats of a head's input row, computed without making the head. */
export function headInputSize(
  name: HeadName,
  [height, width, channels]: readonly [number, number, number],
): number {
  return headInputKind(name) === 'statistics' ? 2 * channels + 1 : height * width * channels;
}

/** Number of a head's trainable parameters, computed without making the head. */
export function parameterCount(
  name: HeadName,
  convShape: readonly [number, number, number],
): number {
  const [height, width, channels] = convShape;
  const linear = (fanIn: number, fanOut: number) => (fanIn + 1) * fanOut;
  switch (name) {
    case 'compact':
      return linear(2 * channels + 1, COMPACT_HIDDEN) + linear(COMPACT_HIDDEN, 1);
    case 'tface-conv':
      return (
        3 * 9 * channels * channels +
        4 * channels +
        linear(channels, channels / 2) +
        linear(channels / 2, channels / 4) +
        linear(channels / 4, 1)
      );
    case 'reference':
      return referenceLayers(height * width * channels).reduce(
        (sum, { fanIn, fanOut }) => sum + linear(fanIn, fanOut),
        0,
      );
    default:
      return name satisfies never;
  }
}

/** Bytes that training a head needs: weights, gradients and Adam's two moments, all float32. */
export function trainingBytes(
  name: HeadName,
  convShape: readonly [number, number, number],
): number {
  return parameterCount(name, convShape) * 4 * 4;
}

/**
 * Arrays of a parameter's size that one update makes in Adam's arithmetic; all live until the
 * update's end. tfjs keeps their buffers for the next array of exactly the same size, so each size
 * in the head has this many of its own.
 */
const UPDATE_ARRAYS = 14;

/** Settings that decide how much memory an update needs besides the head. */
export interface UpdateSettings {
  /** The largest single array that the backend can bind. */
  readonly maxBlockBytes: number;
  readonly maxGradClip: number;
  readonly maxGradNorm: number;
  /** If a batch is differentiated in slices, the sum of their gradients is held as well. */
  readonly batchSize?: number;
  readonly microBatch?: number;
}

/**
 * tfjs submits its work to the GPU this many kernels at a time; buffers that they no longer need
 * become free only then.
 */
const KERNELS_PER_SUBMIT = 15;

/**
 * Bytes that the backend holds once a head has been trained for a step: {@link trainingBytes} and
 * the temporaries of an update. An upper bound, up to an eighth above measurements. Activations,
 * which grow with the batch, are not included.
 */
export function peakTrainingBytes(
  name: HeadName,
  convShape: readonly [number, number, number],
  settings: UpdateSettings,
): number {
  const clips = settings.maxGradClip > 0;
  const rescales = settings.maxGradNorm > 0;
  const arrays = UPDATE_ARRAYS + (clips ? 2 : 0) + (rescales ? 2 : 0);
  // The global norm squares every gradient before it adds them up, and clips it before that.
  const copiesForNorm = clips ? 2 : 1;
  const wholeCopies = rescales ? copiesForNorm : 0;
  const { batchSize = 0, microBatch = 0 } = settings;
  const isSliced = microBatch > 0 && microBatch < batchSize;
  const sizes = weightSizes(name, convShape, settings.maxBlockBytes);
  const temporaries = [...new Set(sizes)].reduce(
    (sum, size) => {
      const count = sizes.filter((each) => each === size).length;
      // A slice's gradients and their sums; the update afterwards reuses the same buffers.
      const slices = isSliced ? count + Math.min(count, KERNELS_PER_SUBMIT) : 0;
      return sum + Math.max(arrays, slices) * size;
    },
    wholeCopies * parameterCount(name, convShape),
  );
  return trainingBytes(name, convShape) + 4 * temporaries;
}

/** Sizes of a head's weight matrices; biases are negligible. */
function weightSizes(
  name: HeadName,
  [height, width, channels]: readonly [number, number, number],
  maxBlockBytes: number,
): number[] {
  switch (name) {
    case 'compact':
      return [(2 * channels + 1) * COMPACT_HIDDEN, COMPACT_HIDDEN];
    case 'tface-conv':
      return [
        9 * channels * channels,
        (channels * channels) / 2,
        (channels * channels) / 8,
        channels / 4,
      ];
    case 'reference':
      return referenceLayers(height * width * channels).flatMap(({ fanIn, fanOut }) =>
        columnBlocks(fanIn, fanOut, maxBlockBytes).map((columns) => fanIn * columns),
      );
    default:
      return name satisfies never;
  }
}
