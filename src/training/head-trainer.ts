import type { NamedTensorMap, Scalar, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { lossParts } from '../confidence/vmf';
import { StudioError } from '../formats/studio-error';
import type { ConfidenceHead } from '../models/heads/confidence-head';
import { Adam, type AdamStep } from './adam';
import { vmfObjective } from './objectives/vmf-objective';
import type { ObjectiveMode } from './run-config';

/** A fixed-shape batch of frozen features on the device. The caller owns the tensors. */
export interface HeadBatch {
  /** [B, inputSize] */
  readonly input: Tensor2D;
  /** [B]: cos θ between each embedding and its class centre. */
  readonly cosTheta: Tensor1D;
  /** [B]: 1 for a picture, 0 for padding. */
  readonly mask: Tensor1D;
  /** Pictures in it: the first `count` rows. */
  readonly count: number;
}

/** What one step did. */
export interface StepFigures {
  /** The tensor objective's batch mean, float32: what was differentiated. */
  readonly loss: number;
  /** Its parts, from κ and cos θ in float64; they add up to `loss` within float32's rounding. */
  readonly parts: { readonly alignment: number; readonly normalizer: number; readonly constant: number };
  /** [count] */
  readonly kappa: Float32Array;
  readonly cosTheta: Float32Array;
}

/** The loss that is trained. */
export interface ObjectiveSettings {
  readonly dimension: number;
  readonly radius: number;
  readonly mode: ObjectiveMode;
}

/** A head, its objective and its optimiser: one training step at a time on whichever backend is current. */
export class HeadTrainer {
  readonly adam: Adam;
  readonly #objective: (logKappa: Tensor1D, cosTheta: Tensor1D, mask: Tensor1D) => Scalar;

  constructor(
    readonly head: ConfidenceHead,
    readonly settings: ObjectiveSettings,
  ) {
    this.adam = new Adam(head.parameters);
    this.#objective = vmfObjective(settings);
  }

  /**
   * Forward, gradient and update, with one small readback.
   * @throws StudioError `diverged` when the loss is not finite
   */
  async step(batch: HeadBatch, adamStep: AdamStep): Promise<StepFigures> {
    const readback = tf.tidy(() => {
      let logKappa!: Tensor1D;
      const { value, grads } = tf.variableGrads(() => {
        logKappa = tf.keep(this.head.logKappa(batch.input, batch.mask, true));
        return this.#objective(logKappa, batch.cosTheta, batch.mask);
      }, [...this.head.parameters.values()]);
      const gradients: NamedTensorMap = {};
      for (const [name, parameter] of this.head.parameters) gradients[name] = grads[parameter.name]!;
      this.adam.step(gradients, adamStep);
      const vector = tf.concat([tf.reshape(value, [1]), logKappa, batch.cosTheta]);
      logKappa.dispose();
      return vector;
    });
    const values = (await readback.data()) as Float32Array;
    readback.dispose();
    const rows = (values.length - 1) / 2;
    const kappa = values.slice(1, 1 + batch.count).map(Math.exp);
    const cosTheta = values.slice(1 + rows, 1 + rows + batch.count);
    const loss = values[0]!;
    if (!Number.isFinite(loss)) {
      throw new StudioError(
        'diverged',
        `The loss became ${loss} at step ${this.adam.steps}.`,
        'Start again with a lower learning rate, or set maxGradNorm.',
      );
    }
    return { loss, parts: meanLossParts(kappa, cosTheta, this.settings), kappa, cosTheta };
  }

  /** log κ of frozen features, without training: [B, inputSize] to [count]. */
  async kappa(input: Tensor2D, count: number): Promise<Float32Array> {
    const logKappa = tf.tidy(() => this.head.logKappa(input, tf.ones([input.shape[0]]) as Tensor1D, false));
    const values = (await logKappa.data()) as Float32Array;
    logKappa.dispose();
    return values.slice(0, count).map(Math.exp);
  }

  dispose(): void {
    this.adam.dispose();
    this.head.dispose();
  }
}

/** Means of the loss's three parts over pictures, float64. */
export function meanLossParts(kappa: Float32Array, cosTheta: Float32Array, { mode, dimension, radius }: ObjectiveSettings): StepFigures['parts'] {
  const sum = { alignment: 0, normalizer: 0, constant: 0 };
  for (let i = 0; i < kappa.length; i++) {
    const parts = lossParts(mode, dimension, radius, kappa[i]!, cosTheta[i]!);
    sum.alignment += parts.alignment / kappa.length;
    sum.normalizer += parts.normalizer / kappa.length;
    sum.constant += parts.constant / kappa.length;
  }
  return sum;
}
