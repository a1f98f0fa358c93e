import type { Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { SeededRandom } from '../../formats/seeded-random';
import type { BackboneOutput } from '../backbone';
import type { HeadName } from './create-head';

/** A non-trained array that a head carries along: BatchNorm's running figures. */
export type HeadBuffer = Variable;

/**
 * A confidence head: frozen backbone features to the log of a method's concentration, which is κ or 1/σ². Owns its
 * variables; {@link dispose} frees them.
 *
 * The work is cut in two at the only place where it may be: {@link headInput} depends on the frozen backbone alone, so
 * its rows can be kept between epochs; {@link logConcentration} is what training changes.
 */
export interface ConfidenceHead {
  readonly name: HeadName;
  /** [h, w, c] of the conv feature that it was made for. */
  readonly convShape: readonly [number, number, number];
  /** Numbers a picture: 1, or one for each dimension of the embedding. */
  readonly outputSize: number;
  /** In training a picture's output depends on the others of its batch, so that a batch can't be differentiated in slices. */
  readonly hasBatchStatistics: boolean;
  /** Floats of one row of the head's input. */
  readonly inputSize: number;
  /** Trainable arrays by name, in a fixed order. */
  readonly parameters: ReadonlyMap<string, Variable>;
  /** Carried but not trained, by name. */
  readonly buffers: ReadonlyMap<string, HeadBuffer>;
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
   * log κ (or log 1/σ²) at the start, set through the last bias; null keeps the published code's random start. At κ ≈ 1 the exact
   * objective has almost no gradient with respect to log κ, so it needs a start in κ's working range.
   */
  readonly initialLogKappa: number | null;
}

/** ln 600: the middle of the κ that published configurations start from; 1/σ² of usual faces lies there too. */
export const INITIAL_LOG_KAPPA = Math.log(600);

/** ln 1e-6: no head gives a log κ below it. */
export const LOG_KAPPA_FLOOR = Math.log(1e-6);

/** log(1e-6 + eˣ), the published heads' last line, written so that no finite x overflows. Gradient: sigmoid(x − ln 1e-6). */
export function floorLogKappa(x: Tensor2D): Tensor2D {
  return tf.tidy(() => tf.add(tf.softplus(tf.sub(x, LOG_KAPPA_FLOOR)), LOG_KAPPA_FLOOR) as Tensor2D);
}

/** Weight [fanIn, fanOut] and bias [fanOut] drawn as PyTorch's Linear does: uniform in ±1/√fanIn. */
export function linearParameters(name: string, fanIn: number, fanOut: number, random: SeededRandom): [string, Variable][] {
  return [
    [`${name}.weight`, uniformVariable(`${name}.weight`, [fanIn, fanOut], fanIn, random)],
    [`${name}.bias`, uniformVariable(`${name}.bias`, [fanOut], fanIn, random)],
  ];
}

/** A trainable array drawn uniformly from ±1/√fanIn. */
export function uniformVariable(name: string, shape: number[], fanIn: number, random: SeededRandom): Variable {
  const bound = 1 / Math.sqrt(fanIn);
  const values = new Float32Array(shape.reduce((product, side) => product * side, 1));
  for (let i = 0; i < values.length; i++) values[i] = (2 * random.next() - 1) * bound;
  return toVariable(name, values, shape);
}

/** A variable holding `values`. The array is handed over: callers don't write to it again. */
export function toVariable(name: string, values: Float32Array, shape: number[], trainable = true): Variable {
  const initial = tf.tensor(values, shape, 'float32');
  const variable = tf.variable(initial, trainable, `${name}#${variableCount++}`);
  initial.dispose();
  return variable;
}

/** Replaces what a variable holds by a copy of `values`. */
export function assignValues(variable: Variable, values: Float32Array): void {
  const value = tf.tensor(values.slice(), variable.shape, 'float32');
  variable.assign(value);
  // The variable now holds the same data; the tensor around it would stay for good.
  value.dispose();
}

/** tfjs wants variable names unique for the life of the page. */
let variableCount = 0;

/** Frees every array of a head. */
export function disposeAll(...groups: ReadonlyMap<string, Variable>[]): void {
  for (const group of groups) for (const variable of group.values()) variable.dispose();
}
