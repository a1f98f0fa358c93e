import type { GradSaveFunc, Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { BackboneOutput } from '../backbones/backbone';
import type { InputStandardisation } from './input-standardisation';

/** The heads by name, smallest first. */
export const headNames = ['compact', 'tface-conv', 'reference'] as const;
export type HeadName = (typeof headNames)[number];

/**
 * An array of a head that is not trained: its input's statistics, BatchNorm's running statistics.
 */
export type HeadBuffer = Variable;

/**
 * A confidence head: frozen backbone features to the log of a method's concentration, which is κ or
 * 1/σ². Owns its variables; {@link dispose} frees them.
 *
 * The work has two halves: {@link headInput} depends only on the frozen backbone, so its rows can
 * be kept between epochs; {@link logConcentration} is what training changes.
 */
export interface ConfidenceHead {
  readonly name: HeadName;
  /** [h, w, c] of the conv feature that the head takes. */
  readonly convShape: readonly [number, number, number];
  /** Numbers for each picture: 1, or one for each dimension of the embedding. */
  readonly outputSize: number;
  /**
   * Whether a picture's output depends on the rest of its batch in training, so that a batch can't
   * be differentiated in slices.
   */
  readonly hasBatchStatistics: boolean;
  /** Floats of one row of the head's input. */
  readonly inputSize: number;
  /** Trainable arrays by name, in a fixed order. */
  readonly parameters: ReadonlyMap<string, Variable>;
  /** Arrays that are saved but not trained, by name. */
  readonly buffers: ReadonlyMap<string, HeadBuffer>;
  /** The first step of {@link logConcentration}; its arrays are among the buffers. */
  readonly standardisation: InputStandardisation;
  /** The last layer's bias [outputSize]: where log κ, or log 1/σ², starts. */
  readonly lastBias: Variable;
  /** Backbone output to [B, inputSize]. No gradient flows through it. */
  headInput(output: BackboneOutput): Tensor;
  /**
   * [B, inputSize] to log κ or log 1/σ², [B, outputSize].
   * @param mask [B], 1 for a picture and 0 for padding: padding must not move batch statistics
   * @param training uses batch statistics and updates the running ones, if the head has any
   */
  logConcentration(input: Tensor, mask: Tensor1D, training: boolean): Tensor2D;
  dispose(): void;
}

/** Shapes of the backbone's output that a head is made for, and where its last bias starts. */
export interface HeadShape {
  /** [h, w, c] of the conv feature. */
  readonly convShape: readonly [number, number, number];
  readonly embeddingDim: number;
  /** As {@link ConfidenceHead.outputSize}; 1 by default. */
  readonly outputSize?: number;
  /**
   * log κ (or log 1/σ²) at the start, set through the last bias; null keeps the published code's
   * random start. At κ ≈ 1 the exact objective has almost no gradient with respect to log κ, so it
   * needs a start in κ's working range.
   */
  readonly initialLogKappa: number | null;
}

/**
 * ln 600: the middle of the κ that published configurations start from; typical 1/σ² is near it.
 */
export const INITIAL_LOG_KAPPA = Math.log(600);

/** ln 1e-6: a head's log κ is never below it. */
export const LOG_KAPPA_FLOOR = Math.log(1e-6);

/**
 * log(1e-6 + eˣ), the published heads' last line, written so that no finite x overflows. Its
 * gradient is taken to be 1 everywhere: the true one, sigmoid(x − ln 1e-6), equals 1 within 1e-6
 * wherever κ > 1, and vanishes below the floor, from where no head would ever recover.
 */
export function floorLogKappa(x: Tensor2D): Tensor2D {
  const floored = tf.customGrad((given: Tensor | GradSaveFunc) => ({
    value: tf.add(tf.softplus(tf.sub(given as Tensor, LOG_KAPPA_FLOOR)), LOG_KAPPA_FLOOR),
    gradFunc: (dy: Tensor) => dy,
  }));
  return tf.tidy(() => floored(x) as Tensor2D);
}
