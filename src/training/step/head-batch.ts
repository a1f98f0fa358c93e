import type { Tensor2D, Tensor1D } from '@tensorflow/tfjs-core';
import type { ObjectiveBatch } from '../objectives/objective';

/** A fixed-shape batch of frozen features on the device. The caller owns the tensors. */
export interface HeadBatch extends ObjectiveBatch {
  /** [B, inputSize] */
  readonly input: Tensor2D;
  /**
   * Pictures in it, the rows that the mask keeps. They come first, except in batches that are
   * grouped by identity.
   */
  readonly count: number;
}

/** The outcome of a step. */
export interface StepOutcome {
  /** The batch's mean loss, whose gradient was taken. */
  readonly loss: number;
  /** [count]: κ or 1/σ²; the geometric mean if a picture has several. */
  readonly kappa: Float32Array;
  readonly cosTheta: Float32Array;
}

/** A step that was started and may still run on a GPU. */
export interface InFlightStep {
  /** Tensors to read back, [n] each; the reader owns them. */
  readonly tensors: readonly Tensor1D[];
  /** The outcome, from the tensors' values one after the other. */
  readonly read: (values: Float32Array) => StepOutcome;
}
