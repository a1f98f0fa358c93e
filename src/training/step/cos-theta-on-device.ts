import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Centre, CentreMean } from '../../models/centres/centre';
import {
  MIN_MEAN_PAIR_COSINE,
  PRIOR_PAIRS_PER_PERSON,
  MIN_SQUARED_NORM,
} from '../../models/centres/cos-theta';

/** The class centre that a picture of a batch is compared with. */
export interface ComparedPicture {
  readonly centre: Centre;
  /** Whether the picture is a degraded copy of the one in its person's centre. */
  readonly isAugmented: boolean;
}

/** Rounding of a cosine compared with the one that decided whether a picture is in a mean. */
const COSINE_ROUNDING = 1e-3;

/**
 * cos θ of a batch's pictures as `cosThetaTo` computes it, on the device, where their embeddings
 * stay.
 *
 * An original or mirrored picture is treated as the one in its person's mean: their cosine is 1.
 * The cosine of an augmented picture to its original e₀ can't be known without embedding e₀ too.
 * Degrading leaves αe₀ of it and adds noise unrelated to the person, so that its cosine to the
 * centre falls by the same α, from ‖S‖/n for the person's pictures on average. Hence e·e₀ = α is
 * estimated as its cosine to the centre over that average. Mean error on degraded faces of CelebA,
 * by pictures per person: this | with α = 1 | the mean that contains the original.
 *
 *   2 | −.005  −.332  +.076      5 | −.005  −.073  +.028      10 | −.002  −.023  +.015
 * @param along e·w with the unit rows that pictures are compared with; padding at the end
 * @param compared one for each picture, at least one
 */
export function cosThetaOnDevice(along: Tensor1D, compared: readonly ComparedPicture[]): Tensor1D {
  const means = compared.flatMap(({ centre: { mean } }) => (mean ? [mean] : []));
  if (means.length === 0) return along;
  return tf.tidy(() => {
    const column = (of: (mean: CentreMean, row: number) => number) => {
      // Padding repeats the last picture, so that no row divides by zero.
      return tf.tensor1d(
        Float32Array.from({ length: along.shape[0] }, (_, row) =>
          of(means[Math.min(row, means.length - 1)]!, Math.min(row, means.length - 1)),
        ),
      );
    };
    const isAugmented = tf.cast(
      column((_, row) => Number(compared[row]!.isAugmented)),
      'bool',
    );
    const length = column((mean) => mean.length);
    const average = column((mean) => Math.max(1e-3, mean.length / mean.count));
    const ownAlong = tf.where(isAugmented, average, along);
    const ownCosine = tf.where(
      isAugmented,
      tf.clipByValue(tf.div(along, average), -1, 1),
      tf.onesLike(along),
    );
    const part = tf.where(
      tf.greaterEqual(
        ownAlong,
        column((mean) => mean.lowest - COSINE_ROUNDING),
      ),
      column((mean) => mean.share),
      tf.zerosLike(along),
    );
    const others = tf.sub(
      column((mean) => mean.count),
      part,
    );
    const squared = tf.maximum(
      tf.sub(tf.square(length), tf.mul(part, tf.sub(tf.mul(tf.mul(length, ownAlong), 2), 1))),
      MIN_SQUARED_NORM,
    );
    const pairs = tf.div(tf.mul(others, tf.sub(others, 1)), 2);
    const cosines = tf.div(tf.sub(squared, others), 2);
    const prior = column((mean) => PRIOR_PAIRS_PER_PERSON * mean.meanPairCosine);
    const alike = tf.maximum(
      tf.div(tf.add(cosines, prior), tf.add(pairs, PRIOR_PAIRS_PER_PERSON)),
      MIN_MEAN_PAIR_COSINE,
    );
    const certainty = tf.sqrt(
      tf.div(tf.mul(others, alike), tf.add(tf.mul(tf.sub(others, 1), alike), 1)),
    );
    const toOthers = tf.sub(tf.mul(length, along), tf.mul(part, ownCosine));
    return tf.clipByValue(tf.div(toOthers, tf.mul(tf.sqrt(squared), certainty)), -1, 1) as Tensor1D;
  });
}
