import type { GradSaveFunc, Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { BackboneOutput } from '../backbones/backbone';
import type { InputStandardisation } from './input-standardisation';

/** The heads by name, smallest first. */
export const headNames = ['compact', 'tface-conv', 'reference'] as const;
export type HeadName = (typeof headNames)[number];

/**
 * An array that a head carries along untrained: its input's statistics, BatchNorm's running
 * figures.
 */
export type HeadBuffer = Variable;

/**
 * A confidence head: frozen backbone features to the log of a method's concentration, which is κ or
 * 1/σ². Owns its variables; {@link dispose} frees them.
 *
 * The work is cut in two at the only place where it may be: {@link headInput} depends on the frozen
 * backbone alone, so its rows can be kept between epochs; {@link logConcentration} is what training
 * changes.
 */
export interface ConfidenceHead {
  readonly name: HeadName;
  /** [h, w, c] of the conv feature that it was made for. */
  readonly convShape: readonly [number, number, number];
  /** Numbers a picture: 1, or one for each dimension of the embedding. */
  readonly outputSize: number;
  /**
   * In training a picture's output depends on the others of its batch, so that a batch can't be
   * differentiated in slices.
   */
  readonly hasBatchStatistics: boolean;
  /** Floats of one row of the head's input. */
  readonly inputSize: number;
  /** Trainable arrays by name, in a fixed order. */
  readonly parameters: ReadonlyMap<string, Variable>;
  /** Carried but not trained, by name. */
  readonly buffers: ReadonlyMap<string, HeadBuffer>;
  /** What {@link logConcentration} does to its input first; its arrays are among the buffers. */
  readonly standardisation: InputStandardisation;
  /** The last layer's bias [outputSize]: where log κ, or log 1/σ², starts. */
  readonly lastBias: Variable;
  /** Backbone output to [B, inputSize]. No gradient flows through it. */
  headInput(output: BackboneOutput): Tensor;
  /**
   * [B, inputSize] to log κ or log 1/σ², [B, outputSize].
   * @param mask [B], 1 for a picture and 0 for padding: padding must not move batch statistics
   * @param training batch statistics and their running update, where the head has any
   */
  logConcentration(input: Tensor, mask: Tensor1D, training: boolean): Tensor2D;
  dispose(): void;
}

/** What a head needs to know of the backbone it stands on, and where its last bias starts. */
export interface HeadShape {
  /** [h, w, c] of the conv feature. */
  readonly convShape: readonly [number, number, number];
  readonly embeddingDim: number;
  /** As {@link ConfidenceHead.outputSize}; 1 where nothing is said. */
  readonly outputSize?: number;
  /**
   * log κ (or log 1/σ²) at the start, set through the last bias; null keeps the published code's
   * random start. At κ ≈ 1 the exact objective has almost no gradient with respect to log κ, so it
   * needs a start in κ's working range.
   */
  readonly initialLogKappa: number | null;
}

/**
 * ln 600: the middle of the κ that published configurations start from; 1/σ² of usual faces lies
 * there too.
 */
export const INITIAL_LOG_KAPPA = Math.log(600);

/** ln 1e-6: no head gives a log κ below it. */
export const LOG_KAPPA_FLOOR = Math.log(1e-6);

/**
 * log(1e-6 + eˣ), the published heads' last line, written so that no finite x overflows. Its
 * gradient is taken to be 1 everywhere: the true one, sigmoid(x − ln 1e-6), is that to 1e-6
 * wherever κ > 1, and vanishes below the floor, where no head would ever come up again.
 */
export function floorLogKappa(x: Tensor2D): Tensor2D {
  const floored = tf.customGrad((given: Tensor | GradSaveFunc) => ({
    value: tf.add(tf.softplus(tf.sub(given as Tensor, LOG_KAPPA_FLOOR)), LOG_KAPPA_FLOOR),
    gradFunc: (dy: Tensor) => dy,
  }));
  return tf.tidy(() => floored(x) as Tensor2D);
}
