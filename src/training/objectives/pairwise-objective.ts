import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { lossConstant } from '../../confidence/vmf';
import { negativeLogNormalizer } from './vmf-objective';

/** A batch grouped by identity, with the same number of rows for each. */
export interface GroupedBatch {
  /** [B, d], unit length. */
  readonly embedding: Tensor2D;
  /** [B]: 1 for a picture, 0 for padding. */
  readonly mask: Tensor1D;
}

/**
 * A loss over the genuine pairs of a batch: from log 1/σ² [B, d] or log κ [B, 1] to minus the mean
 * of their mutual log likelihoods.
 */
export type PairwiseObjective = (logConcentration: Tensor2D, batch: GroupedBatch) => Scalar;

/**
 * PFE's loss: minus the mutual log likelihood of Gaussians, with the ½ and the constant that its
 * code drops, as the mean over genuine pairs. Its float64 twin is `confidence/gaussian`'s pair
 * score.
 * @param perIdentity rows of each identity
 */
export function pfeGaussianObjective(dimension: number, perIdentity: number): PairwiseObjective {
  const constant = (dimension / 2) * Math.log(2 * Math.PI);
  return (logPrecision, { embedding, mask }) => {
    const grouped = (x: Tensor) => tf.reshape(x, [-1, perIdentity, dimension]) as Tensor3D;
    const variance = grouped(tf.exp(tf.neg(logPrecision)));
    const mu = grouped(embedding);
    const both = tf.add(tf.expandDims(variance, 2), tf.expandDims(variance, 1));
    const squares = tf.square(tf.sub(tf.expandDims(mu, 2), tf.expandDims(mu, 1)));
    const rows = tf.sum(tf.add(tf.div(squares, both), tf.log(both)), 3) as Tensor3D;
    return tf.add(tf.mul(0.5, meanOfPairs(rows, mask, perIdentity)), constant) as Scalar;
  };
}

/**
 * The same for von Mises–Fisher densities: minus Eqn (13). Its float64 twin is `confidence/scf`'s
 * mutualLikelihood.
 */
export function pfeSphereObjective(
  dimension: number,
  radius: number,
  perIdentity: number,
): PairwiseObjective {
  const constant = lossConstant(dimension, radius);
  const normalizer = negativeLogNormalizer(dimension);
  return (logKappa, { embedding, mask }) => {
    const single = tf.reshape(normalizer(tf.reshape(logKappa, [-1]) as Tensor1D), [
      -1,
      perIdentity,
    ]);
    const kappa = tf.exp(tf.reshape(logKappa, [-1, perIdentity]));
    const [a, b] = [tf.expandDims(kappa, 2), tf.expandDims(kappa, 1)];
    const mu = tf.reshape(embedding, [-1, perIdentity, dimension]) as Tensor3D;
    const cosTheta = tf.matMul(mu, mu, false, true);
    const square = tf.add(
      tf.square(tf.sub(a, b)),
      tf.mul(tf.mul(tf.mul(2, a), b), tf.add(1, cosTheta)),
    );
    const logTilde = tf.mul(0.5, tf.log(tf.maximum(square, 1e-12)));
    const joint = tf.reshape(normalizer(tf.reshape(logTilde, [-1]) as Tensor1D), logTilde.shape);
    const rows = tf.sub(
      tf.add(tf.expandDims(single, 2), tf.expandDims(single, 1)),
      joint,
    ) as Tensor3D;
    return tf.add(meanOfPairs(rows, mask, perIdentity), constant) as Scalar;
  };
}

/**
 * The mean of [G, m, m] over pairs of two different pictures. Each pair counts twice, which does
 * not change the mean.
 */
function meanOfPairs(rows: Tensor3D, mask: Tensor1D, perIdentity: number): Tensor {
  const kept = tf.reshape(mask, [-1, perIdentity]);
  const pairs = tf.mul(
    tf.mul(tf.expandDims(kept, 2), tf.expandDims(kept, 1)),
    tf.sub(1, tf.eye(perIdentity)),
  );
  return tf.div(tf.sum(tf.mul(rows, pairs)), tf.maximum(tf.sum(pairs), 1));
}
