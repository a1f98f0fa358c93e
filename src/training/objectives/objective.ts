import type { Scalar, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { TrainedMethodName } from '../../confidence/confidence-method';
import type { ObjectiveMode } from '../../confidence/vmf';
import { gaussianObjective } from './gaussian-objective';
import { pfeGaussianObjective, pfeSphereObjective } from './pairwise-objective';
import { vmfObjective } from './vmf-objective';

/** Settings of the loss that is trained. */
export interface ObjectiveSettings {
  readonly method: TrainedMethodName;
  readonly dimension: number;
  readonly radius: number;
  /** For `scf` only. */
  readonly mode: ObjectiveMode;
  /** For pairwise methods only: consecutive rows of a batch that show the same identity. */
  readonly picturesPerIdentity?: number;
}

/** The inputs of a batch's loss besides the head's output. */
export interface ObjectiveBatch {
  /** [B]: cos θ between each embedding and its class centre. */
  readonly cosTheta: Tensor1D;
  /** [B]: 1 for a picture, 0 for padding. */
  readonly mask: Tensor1D;
  /** [B, d], unit length; for pairwise methods only. */
  readonly embedding?: Tensor2D;
}

/** Computes the mean loss of a batch from log κ or log 1/σ², [B, 1] or [B, d]. */
export type Objective = (logConcentration: Tensor2D, batch: ObjectiveBatch) => Scalar;

/**
 * Makes a method's objective.
 * @throws RangeError for a pairwise method without `picturesPerIdentity`; the objective throws one
 * for a batch without embeddings
 */
export function createObjective(settings: ObjectiveSettings): Objective {
  const { method, dimension, radius } = settings;
  const column = (x: Tensor2D) => tf.reshape(x, [-1]) as Tensor1D;
  switch (method) {
    case 'scf': {
      const loss = vmfObjective(settings);
      return (logKappa, { cosTheta, mask }) => loss(column(logKappa), cosTheta, mask);
    }
    case 'scf-g': {
      const loss = gaussianObjective(dimension);
      return (logPrecision, { cosTheta, mask }) => loss(column(logPrecision), cosTheta, mask);
    }
    case 'pfe-g':
    case 'pfe-v': {
      const perIdentity = settings.picturesPerIdentity ?? 0;
      if (perIdentity < 2)
        throw new RangeError(
          `${method} takes batches of 2 or more pictures per identity; ${perIdentity} were given.`,
        );
      const loss =
        method === 'pfe-g'
          ? pfeGaussianObjective(dimension, perIdentity)
          : pfeSphereObjective(dimension, radius, perIdentity);
      return (logConcentration, { embedding, mask }) => {
        if (!embedding)
          throw new RangeError(`${method} learns from pairs; its batch has no embeddings.`);
        return loss(logConcentration, { embedding, mask });
      };
    }
    default:
      return method satisfies never;
  }
}
