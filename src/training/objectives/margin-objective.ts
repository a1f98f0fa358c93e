import type { GradSaveFunc, Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { withMargin, type MarginSettings } from './margin';

/**
 * ArcFace or CosFace as a softmax cross entropy: (cosines [B, C], own class [B, C] as one-hot rows)
 * to the mean over the rows that have a class; a row of zeros is padding. It has a custom gradient
 * for the cosines; the classes get none.
 */
export function marginObjective(
  settings: MarginSettings,
): (cosines: Tensor2D, ownClass: Tensor2D) => Scalar {
  const { scale } = settings;
  const objective = tf.customGrad((...given: (Tensor | GradSaveFunc)[]) => {
    const [cosines, ownClass, save] = given as [Tensor, Tensor, GradSaveFunc];
    const { moved: value, slope } = withMargin(
      tf.sum(tf.mul(cosines, ownClass), 1, true),
      settings,
    );
    const others = tf.mul(cosines, tf.sub(1, ownClass));
    const logProbability = tf.logSoftmax(tf.mul(tf.add(others, tf.mul(ownClass, value)), scale));
    // A batch of padding alone must have the loss 0, not NaN.
    const count = tf.maximum(tf.sum(ownClass), 1);
    const error = tf.sub(tf.mul(tf.exp(logProbability), tf.sum(ownClass, 1, true)), ownClass);
    const alongCosine = tf.add(tf.mul(ownClass, tf.sub(slope, 1)), 1);
    const gradient = tf.mul(tf.div(tf.mul(error, scale), count), alongCosine);
    save([gradient]);
    return {
      value: tf.neg(tf.div(tf.sum(tf.mul(logProbability, ownClass)), count)),
      gradFunc: (dy: Tensor, kept: Tensor[]) => [tf.mul(kept[0]!, dy), tf.zerosLike(kept[0]!)],
    };
  });
  return (cosines, ownClass) => objective(cosines, ownClass) as Scalar;
}
