import type { GradSaveFunc, Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { MarginSettings } from '../margin-loss';

/** sin²θ is taken as no less than this in ArcFace's slope, which has a pole at θ = 0. */
const LEAST_SIN_SQUARED = 1e-6;

/**
 * ArcFace or CosFace as a softmax cross entropy: (cosines [B, C], own class [B, C] as one-hot rows) to the mean over the rows that
 * have a class; a row of zeros is padding. With a gradient of its own with respect to the cosines; the classes get none.
 *
 * Past θ + margin = π, where cos(θ + margin) would rise again, ArcFace goes on as cos θ − margin · sin margin, as InsightFace has it.
 */
export function marginObjective(settings: MarginSettings): (cosines: Tensor2D, ownClass: Tensor2D) => Scalar {
  const { scale } = settings;
  const objective = tf.customGrad((...given: (Tensor | GradSaveFunc)[]) => {
    const [cosines, ownClass, save] = given as [Tensor, Tensor, GradSaveFunc];
    const { value, slope } = withMargin(tf.sum(tf.mul(cosines, ownClass), 1, true), settings);
    const others = tf.mul(cosines, tf.sub(1, ownClass));
    const logProbability = tf.logSoftmax(tf.mul(tf.add(others, tf.mul(ownClass, value)), scale));
    // A batch of padding alone has no loss; it must not have a NaN.
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

/** The cosine with the own class as the loss sees it, and its derivative by that cosine. */
function withMargin(cosine: Tensor, { kind, margin }: MarginSettings): { value: Tensor; slope: Tensor } {
  switch (kind) {
    case 'cosface':
      return { value: tf.sub(cosine, margin), slope: tf.onesLike(cosine) };
    case 'arcface': {
      const [cosMargin, sinMargin] = [Math.cos(margin), Math.sin(margin)];
      // Rounding may take a cosine past one.
      const inRange = tf.clipByValue(cosine, -1, 1);
      const sinSquared = tf.sub(1, tf.square(inRange));
      const turned = tf.sub(tf.mul(inRange, cosMargin), tf.mul(tf.sqrt(sinSquared), sinMargin));
      const turnedSlope = tf.add(tf.div(tf.mul(inRange, sinMargin), tf.sqrt(tf.maximum(sinSquared, LEAST_SIN_SQUARED))), cosMargin);
      const isBeforePi = tf.greater(cosine, -cosMargin);
      return {
        value: tf.where(isBeforePi, turned, tf.sub(cosine, margin * sinMargin)),
        slope: tf.where(isBeforePi, turnedSlope, tf.onesLike(cosine)),
      };
    }
    default:
      return kind satisfies never;
  }
}
