import type { NamedTensorMap, Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { unpackPixels } from '../../engine/pixels/unpack-pixels';
import { CROP_SIZE } from '../../faces/face-record';
import { seededRandom } from '../../core/seeded-random';
import { StudioError } from '../../core/studio-error';
import { toVariable } from '../../models/heads/variables';
import { SMALL_INPUT } from '../../models/backbones/small-backbone';
import { pointwise } from '../../models/backbones/small-layers';
import { SmallNetwork, type SmallShape } from '../../models/backbones/small-network';
import { Adam } from '../step/adam';
import type { LessonConfig } from './lesson-config';
import type { LessonBatch } from './lesson-data';
import { marginObjective } from '../objectives/margin-objective';

/**
 * Channels at width 1: 363 k parameters with an embedding of 128, and a step of 32 pictures in a
 * third of a second on one core.
 */
const CHANNELS = [16, 32, 128] as const;

/** The shape of a lesson's network. */
function lessonShape({
  embeddingDim,
  width,
}: Pick<LessonConfig, 'embeddingDim' | 'width'>): SmallShape {
  const [first, second, third] = CHANNELS;
  const scaled = (channels: number) => Math.max(1, Math.round(width * channels));
  return { embeddingDim, channels: [scaled(first), scaled(second), scaled(third)] };
}

/** Figures of one step. */
export interface LessonStepFigures {
  /** Mean cross entropy. */
  readonly loss: number;
  /** Share of the batch whose own class is the nearest, without the margin. */
  readonly accuracy: number;
}

/** A small network, its class weights and their optimiser, trained on the current tfjs backend. */
export class LessonTrainer {
  readonly network: SmallNetwork;
  /** [d, C]: one column a class, not normalised. */
  readonly classes: Variable;
  readonly adam: Adam;
  readonly #parameters: ReadonlyMap<string, Variable>;
  readonly #objective: ReturnType<typeof marginObjective>;
  readonly #weightDecay: number;

  /** The same seed gives the same initial weights on every backend. */
  constructor(config: LessonConfig, classCount: number) {
    const { embeddingDim, seed, loss, margin, scale, weightDecay } = config;
    const random = seededRandom(seed, 0x636c6173);
    this.network = new SmallNetwork(lessonShape(config), seed);
    const columns = Float32Array.from(
      { length: embeddingDim * classCount },
      () => random.normal() / Math.sqrt(embeddingDim),
    );
    this.classes = toVariable('classes', columns, [embeddingDim, classCount]);
    this.#parameters = new Map([...this.network.parameters, ['classes', this.classes]]);
    this.adam = new Adam(this.#parameters);
    this.#objective = marginObjective({ kind: loss, margin, scale });
    this.#weightDecay = weightDecay;
  }

  /**
   * Forward pass, gradients and update, with one small readback.
   * @throws StudioError `diverged` when the loss is not finite
   */
  async step({ pictures, classes }: LessonBatch, learningRate: number): Promise<LessonStepFigures> {
    const readback = tf.tidy(() => {
      const pixels = unpackPixels({ ...pictures, side: CROP_SIZE }, SMALL_INPUT);
      const ownClass = oneHot(classes, this.classes.shape[1]!);
      let cosines!: Tensor2D;
      const { value, grads } = tf.variableGrads(() => {
        const directions = unitAlong(this.network.forward(pixels, true).embedding, 1);
        cosines = tf.keep(pointwise(directions, unitAlong(this.classes, 0)));
        return this.#objective(cosines, ownClass);
      }, [...this.#parameters.values()]);
      const gradients: NamedTensorMap = {};
      for (const [name, parameter] of this.#parameters) gradients[name] = grads[parameter.name]!;
      this.adam.step(gradients, {
        learningRate,
        weightDecay: this.#weightDecay,
        maxGradClip: 0,
        maxGradNorm: 0,
      });
      const isNearest = tf.cast(tf.equal(cosines, tf.max(cosines, 1, true)), 'float32');
      const accuracy = tf.div(tf.sum(tf.mul(isNearest, ownClass)), classes.length);
      cosines.dispose();
      return tf.stack([value, accuracy]);
    });
    const [loss, accuracy] = (await readback.data()) as Float32Array;
    readback.dispose();
    if (!Number.isFinite(loss!)) {
      throw new StudioError(
        'diverged',
        `The loss became ${loss} at step ${this.adam.steps}.`,
        'Start again with a lower learning rate, scale or margin.',
      );
    }
    return { loss: loss!, accuracy: accuracy! };
  }

  /** All variables that the next step depends on, by name: the arrays of a checkpoint. */
  get state(): ReadonlyMap<string, Variable> {
    const named = (group: string, variables: ReadonlyMap<string, Variable>) =>
      [...variables].map(([name, variable]): [string, Variable] => [`${group}.${name}`, variable]);
    return new Map([
      ...named('trained', this.#parameters),
      ...named('buffer', this.network.buffers),
      ...named('adam', this.adam.moments),
    ]);
  }

  dispose(): void {
    this.adam.dispose();
    this.classes.dispose();
    this.network.dispose();
  }
}

/** Not `tf.oneHot`: on wasm a float32 result is filled with the bits of integers. */
function oneHot(classes: readonly number[], classCount: number): Tensor2D {
  const rows = new Float32Array(classes.length * classCount);
  classes.forEach((own, row) => (rows[row * classCount + own] = 1));
  return tf.tensor2d(rows, [classes.length, classCount]);
}

/** Scales rows (axis 1) or columns (axis 0) to length one. */
function unitAlong(matrix: Tensor, axis: 0 | 1): Tensor2D {
  const unit: Tensor = tf.div(
    matrix,
    tf.sqrt(tf.add(tf.sum(tf.square(matrix), axis, true), 1e-12)),
  );
  return unit as Tensor2D;
}
