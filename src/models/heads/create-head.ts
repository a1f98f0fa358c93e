import { CompactHead } from './compact-head';
import type { ConfidenceHead, HeadShape } from './confidence-head';
import { ReferenceHead, referenceLayers } from './reference-head';
import { TfaceConvHead } from './tface-conv-head';

/** The heads by name. */
export type HeadName = 'compact' | 'tface-conv' | 'reference';

/**
 * Makes a freshly initialised head; the same seed gives the same weights on every backend.
 * @param maxBlockBytes the largest single array that the backend can bind
 */
export function createHead(name: HeadName, shape: HeadShape, seed: number, maxBlockBytes: number): ConfidenceHead {
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

/** Trainable parameters of a head, without making it. */
export function parameterCount(name: HeadName, convShape: readonly [number, number, number]): number {
  const [height, width, channels] = convShape;
  const linear = (fanIn: number, fanOut: number) => (fanIn + 1) * fanOut;
  switch (name) {
    case 'compact':
      return linear(2 * channels + 1, 128) + linear(128, 1);
    case 'tface-conv':
      return 3 * 9 * channels * channels + 4 * channels + linear(channels, channels / 2) + linear(channels / 2, channels / 4) + linear(channels / 4, 1);
    case 'reference':
      return referenceLayers(height * width * channels).reduce((sum, { fanIn, fanOut }) => sum + linear(fanIn, fanOut), 0);
    default:
      return name satisfies never;
  }
}

/** Bytes that training a head holds at once: weights, gradients and Adam's two moments, all float32. */
export function trainingBytes(name: HeadName, convShape: readonly [number, number, number]): number {
  return parameterCount(name, convShape) * 4 * 4;
}
