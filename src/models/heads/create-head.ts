import { CompactHead } from './compact-head';
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

/** What of a backbone's output a head takes: heads of one kind learn from the same features. */
export function headInputKind(name: HeadName): 'statistics' | 'map' {
  return name === 'compact' ? 'statistics' : 'map';
}

/** Floats of a head's input row, without making it. */
export function headInputSize(
  name: HeadName,
  [height, width, channels]: readonly [number, number, number],
): number {
  return headInputKind(name) === 'statistics' ? 2 * channels + 1 : height * width * channels;
}

/** Trainable parameters of a head, without making it. */
export function parameterCount(
  name: HeadName,
  convShape: readonly [number, number, number],
): number {
  const [height, width, channels] = convShape;
  const linear = (fanIn: number, fanOut: number) => (fanIn + 1) * fanOut;
  switch (name) {
    case 'compact':
      return linear(2 * channels + 1, 128) + linear(128, 1);
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

/**
 * Bytes that training a head holds at once: weights, gradients and Adam's two moments, all float32.
 */
export function trainingBytes(
  name: HeadName,
  convShape: readonly [number, number, number],
): number {
  return parameterCount(name, convShape) * 4 * 4;
}

/**
 * Arrays of a parameter's size that one update makes: Adam's arithmetic, all alive until the
 * update's end. tfjs keeps their buffers for the next array of the very same size, so each size in
 * the head has this many of its own.
 */
const UPDATE_ARRAYS = 14;

/** What decides how much an update holds besides the head. */
export interface UpdateSettings {
  /** The largest single array that the backend can bind. */
  readonly maxBlockBytes: number;
  readonly maxGradClip: number;
  readonly maxGradNorm: number;
  /** A batch that is differentiated in slices keeps the sum of their gradients beside a slice's. */
  readonly batchSize?: number;
  readonly microBatch?: number;
}

/**
 * tfjs hands its work to the GPU this many kernels at a time; what they no longer need is taken
 * back no sooner.
 */
const KERNELS_AT_ONCE = 15;

/**
 * Bytes that the backend really holds once a head has been trained for a step: {@link
 * trainingBytes} and what an update computes on the way. A bound, up to an eighth above what is
 * found; activations, which grow with the batch, come on top.
 */
export function peakTrainingBytes(
  name: HeadName,
  convShape: readonly [number, number, number],
  settings: UpdateSettings,
): number {
  const [clips, rescales] = [settings.maxGradClip > 0, settings.maxGradNorm > 0];
  const arrays = UPDATE_ARRAYS + (clips ? 2 : 0) + (rescales ? 2 : 0);
  // The global norm squares every gradient, clipped first or not, before it adds them up.
  const wholeCopies = rescales ? (clips ? 2 : 1) : 0;
  const { batchSize = 0, microBatch = 0 } = settings;
  const addsUp = microBatch > 0 && microBatch < batchSize;
  const sizes = weightSizes(name, convShape, settings.maxBlockBytes);
  const temporaries = [...new Set(sizes)].reduce(
    (sum, size) => {
      const count = sizes.filter((each) => each === size).length;
      // A slice's gradients and their sums; what an update takes afterwards is taken out of the
      // same.
      return sum + Math.max(arrays, addsUp ? count + Math.min(count, KERNELS_AT_ONCE) : 0) * size;
    },
    wholeCopies * parameterCount(name, convShape),
  );
  return trainingBytes(name, convShape) + 4 * temporaries;
}

/** Values of each weight matrix of a head; biases weigh nothing beside them. */
function weightSizes(
  name: HeadName,
  [height, width, channels]: readonly [number, number, number],
  maxBlockBytes: number,
): number[] {
  switch (name) {
    case 'compact':
      return [(2 * channels + 1) * 128, 128];
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
