import type { Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { seededRandom } from '../../core/seeded-random';
import type { BackboneOutput } from '../backbones/backbone';
import { floorLogKappa, type ConfidenceHead, type HeadShape } from './confidence-head';
import { InputStandardisation } from './input-standardisation';
import { assignValues, disposeAll, linearParameters } from './variables';

/** Width of the hidden layer. */
export const COMPACT_HIDDEN = 128;

/** One array of a compact head whose parameters are kept in one piece. */
export interface CompactArray {
  /** Its name among the head's parameters. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Floats in it. */
  readonly size: number;
  /** Its first float. */
  readonly offset: number;
}

/**
 * Where the parameters of a compact head with one output lie when they are kept in one piece, in
 * floats: W, b, w and the last bias, one after the other. Steps and kernels take their offsets from
 * here.
 */
export interface CompactLayout {
  /** W [inputs, hidden] */
  readonly hiddenWeight: CompactArray;
  /** b [hidden] */
  readonly hiddenBias: CompactArray;
  /** w [hidden, 1] */
  readonly outWeight: CompactArray;
  /** The last bias, [1] */
  readonly outBias: CompactArray;
  /** All four, in the order in which they lie. */
  readonly arrays: readonly CompactArray[];
  /** Floats in all. */
  readonly size: number;
}

/**
 * @param inputs floats of an input row
 * @param hidden width of the hidden layer
 * @param paddedInputs rows that are kept free for W: `inputs`, or more, of zeros behind them
 */
export function compactLayout(
  inputs: number,
  hidden: number,
  paddedInputs: number = inputs,
): CompactLayout {
  const arrayAt = (offset: number, name: string, shape: readonly number[]): CompactArray => ({
    name,
    shape,
    size: shape.reduce((product, side) => product * side, 1),
    offset,
  });
  const hiddenWeight = arrayAt(0, 'hidden.weight', [inputs, hidden]);
  const hiddenBias = arrayAt(paddedInputs * hidden, 'hidden.bias', [hidden]);
  const outWeight = arrayAt(hiddenBias.offset + hidden, 'out.weight', [hidden, 1]);
  const outBias = arrayAt(outWeight.offset + hidden, 'out.bias', [1]);
  return {
    hiddenWeight,
    hiddenBias,
    outWeight,
    outBias,
    arrays: [hiddenWeight, hiddenBias, outWeight, outBias],
    size: outBias.offset + 1,
  };
}

/**
 * Makes sure that a head's parameters are those of a layout, by name and shape.
 * @throws RangeError with what was found and what was expected
 */
export function requireCompactLayout(
  parameters: ReadonlyMap<string, Variable>,
  layout: CompactLayout,
): void {
  const words = (name: string, shape: readonly number[]) => `${name} [${shape.join(', ')}]`;
  const found = [...parameters].map(([name, { shape }]) => words(name, shape));
  const expected = layout.arrays.map(({ name, shape }) => words(name, shape));
  if (found.toSorted().join() === expected.toSorted().join()) return;
  throw new RangeError(
    `The compact step takes a head with the parameters ${expected.join(', ')}; ` +
      `this head has ${found.join(', ')}.`,
  );
}

/**
 * The studio's default head, 131 k parameters at 512 channels: mean and standard deviation of each
 * conv-feature channel over space, and log‖embedding‖ → 128 → ReLU → 1, or as many outputs as the
 * method asks for. A degraded picture shows in the spread of its features and in the embedding's
 * norm, so this small head is enough to learn κ in minutes.
 */
export class CompactHead implements ConfidenceHead {
  readonly name = 'compact';
  readonly convShape: HeadShape['convShape'];
  readonly outputSize: number;
  readonly hasBatchStatistics = false;
  readonly inputSize: number;
  readonly parameters: ReadonlyMap<string, Variable>;
  readonly buffers: ReadonlyMap<string, Variable>;
  readonly standardisation: InputStandardisation;
  readonly lastBias: Variable;

  constructor(shape: HeadShape, seed: number) {
    const channels = shape.convShape[2];
    this.convShape = shape.convShape;
    this.outputSize = shape.outputSize ?? 1;
    this.inputSize = 2 * channels + 1;
    // About the length of the raw inputs from the studio's own backbone, with which the preset's
    // learning rate was found.
    this.standardisation = new InputStandardisation({
      groups: [channels, channels, 1],
      places: 1,
      squaredLength: 0.1,
      centres: true,
    });
    this.buffers = this.standardisation.variables;
    const random = seededRandom(seed, 0x68656164);
    this.parameters = new Map([
      ...linearParameters('hidden', this.inputSize, COMPACT_HIDDEN, random),
      ...linearParameters('out', COMPACT_HIDDEN, this.outputSize, random),
    ]);
    this.lastBias = this.parameters.get('out.bias')!;
    if (shape.initialLogKappa !== null)
      assignValues(this.lastBias, new Float32Array(this.outputSize).fill(shape.initialLogKappa));
  }

  headInput({ convFeature, embedding }: BackboneOutput): Tensor2D {
    return tf.tidy(() => {
      const [batch, , , channels] = convFeature.shape;
      const mean = tf.mean(convFeature, [1, 2], true);
      const deviation = tf.sqrt(tf.mean(tf.square(tf.sub(convFeature, mean)), [1, 2]));
      const logNorm = tf.mul(0.5, tf.log(tf.add(tf.sum(tf.square(embedding), 1, true), 1e-12)));
      return tf.concat(
        [tf.reshape(mean, [batch, channels]), tf.reshape(deviation, [batch, channels]), logNorm],
        1,
      ) as Tensor2D;
    });
  }

  logConcentration(input: Tensor): Tensor2D {
    return tf.tidy(() => {
      const rows = this.standardisation.apply(input);
      const hidden = tf.relu(
        tf.add(tf.matMul(rows, this.#at('hidden.weight')), this.parameters.get('hidden.bias')!),
      );
      const out = tf.add(
        tf.matMul(hidden as Tensor2D, this.#at('out.weight')),
        this.parameters.get('out.bias')!,
      );
      return floorLogKappa(out as Tensor2D);
    });
  }

  dispose(): void {
    disposeAll(this.parameters, this.buffers);
  }

  #at(name: string): Tensor2D {
    return this.parameters.get(name) as unknown as Tensor2D;
  }
}
