import type { Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { seededRandom } from '../../core/seeded-random';
import type { BackboneOutput } from '../backbones/backbone';
import { floorLogKappa, type ConfidenceHead, type HeadShape } from './confidence-head';
import { InputStandardisation } from './input-standardisation';
import { assignValues, disposeAll, linearParameters } from './variables';

/** Width of the hidden layer. */
export const COMPACT_HIDDEN = 128;

/**
 * The studio's default head, 131 k parameters at 512 channels: mean and standard deviation of each
 * conv-feature channel over space, and log‖embedding‖ → 128 → ReLU → 1, or as many as the method
 * asks for. What a picture lost shows in how its features spread and in the embedding's norm, so
 * this little is enough to learn κ in minutes.
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
    // About as long as the studio's own backbone gives them raw: the preset's learning rate was
    // found with those.
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
