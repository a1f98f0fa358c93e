import type { Scalar, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * SCF-G's loss on tensors: (log 1/σ² [B], cos θ [B], mask [B]) to the mean over the pictures that
 * the mask keeps of L = ‖w − μ‖²/2σ² + (d/2) log σ² + (d/2) log 2π, with ‖w − μ‖² = 2(1 − cos θ)
 * for unit directions. Its float64 twin is `confidence/gaussian`'s {@link gaussianLossParts}.
 */
export function gaussianObjective(
  dimension: number,
): (logPrecision: Tensor1D, cosTheta: Tensor1D, mask: Tensor1D) => Scalar {
  const constant = (dimension / 2) * Math.log(2 * Math.PI);
  return (logPrecision, cosTheta, mask) => {
    const rows = tf.sub(
      tf.mul(tf.exp(logPrecision), tf.sub(1, cosTheta)),
      tf.mul(logPrecision, dimension / 2),
    );
    // A batch of padding alone must have a finite loss, not NaN.
    return tf.add(
      tf.div(tf.sum(tf.mul(rows, mask)), tf.maximum(tf.sum(mask), 1)),
      constant,
    ) as Scalar;
  };
}
