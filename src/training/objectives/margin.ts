import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** The margin that a classifier of faces puts between a picture and its own class. */
export interface MarginSettings {
  /** `arcface`: cos(θ + m), Deng et al. 2019. `cosface`: cos θ − m, Wang et al. 2018. */
  readonly kind: 'arcface' | 'cosface';
  /** m, in radians or as a cosine. */
  readonly margin: number;
  /** s: factor of the cosines before the softmax. */
  readonly scale: number;
}

/** Lower bound of sin² θ in ArcFace's slope, which has a pole at θ = 0. */
const MIN_SIN_SQUARED = 1e-6;

/**
 * The cosine to a picture's own class with the margin, and its derivative by the cosine; for any
 * shape. Past θ + m = π, where cos(θ + m) would rise again, ArcFace continues as cos θ − m sin m,
 * as in InsightFace.
 */
export function withMargin<T extends Tensor>(
  cosine: T,
  { kind, margin }: MarginSettings,
): { moved: T; slope: T } {
  switch (kind) {
    case 'cosface':
      return { moved: tf.sub(cosine, margin), slope: tf.onesLike(cosine) };
    case 'arcface': {
      const cosMargin = Math.cos(margin);
      const sinMargin = Math.sin(margin);
      // Rounding may take a cosine past one.
      const inRange = tf.clipByValue(cosine, -1, 1);
      const sinSquared = tf.sub(1, tf.square(inRange));
      const turned = tf.sub(tf.mul(inRange, cosMargin), tf.mul(tf.sqrt(sinSquared), sinMargin));
      const turnedSlope = tf.add(
        tf.div(tf.mul(inRange, sinMargin), tf.sqrt(tf.maximum(sinSquared, MIN_SIN_SQUARED))),
        cosMargin,
      );
      const isBeforePi = tf.greater(cosine, -cosMargin);
      return {
        moved: tf.where(isBeforePi, turned, tf.sub(cosine, margin * sinMargin)) as T,
        slope: tf.where(isBeforePi, turnedSlope, tf.onesLike(cosine)) as T,
      };
    }
    default:
      return kind satisfies never;
  }
}
