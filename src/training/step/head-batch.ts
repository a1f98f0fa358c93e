import type { Tensor2D, Tensor1D } from '@tensorflow/tfjs-core';
import type { ObjectiveBatch } from '../objectives/objective';

/** A fixed-shape batch of frozen features on the device. The caller owns the tensors. */
export interface HeadBatch extends ObjectiveBatch {
  /** [B, inputSize] */
  readonly input: Tensor2D;
  /**
   * Pictures in it: those rows that the mask keeps; the first ones, except where they come identity
   * by identity.
   */
  readonly count: number;
}

/** What a step came to. */
export interface StepOutcome {
  /** The batch's mean loss, of which the gradient was taken. */
  readonly loss: number;
  /** [count]: κ or 1/σ², of several dimensions their geometric mean. */
  readonly kappa: Float32Array;
  readonly cosTheta: Float32Array;
}

/** A step that has been begun. */
export interface InFlightStep {
  /** What is read back of it, [n] each; owned by whoever reads them. */
  readonly tensors: readonly Tensor1D[];
  /** Makes sense of their values, one after the other. */
  readonly read: (values: Float32Array) => StepOutcome;
}
