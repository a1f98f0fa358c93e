import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { withMargin, type MarginSettings } from '../objectives/margin';

/** Gradients of consecutive rows of the class weights. */
export interface RowGradients {
  /** Index of the first row. */
  readonly from: number;
  /** [rows, d] */
  readonly data: Float32Array;
}

/** Loss and gradients of one batch. */
export interface MarginStep {
  /** Mean cross entropy. */
  readonly loss: number;
  /** Pictures whose own class is the nearest of the given rows, without the margin. */
  readonly correct: number;
  /**
   * Gradients of the batch's summed loss, divided by s, with respect to the unit rows. A picture
   * contributes at most about 1 to a row, whatever the scale and the batch size. They still include
   * the part along the row, which a row of unit length can't follow.
   */
  readonly gradients: readonly RowGradients[];
}

/** Class rows in one tensor on the device: 32 MiB at 512 dimensions. */
const ROWS_PER_TENSOR = 16_384;

/**
 * Loss and gradient of a softmax with margin over the given class rows. They are sent to the device
 * in pieces and don't stay there, so that neither the device's memory nor its largest buffer limits
 * the number of classes.
 *
 * Beyond θ = π − m, where cos(θ + m) would rise again, ArcFace continues as cos θ − m sin m, as
 * InsightFace's `ArcMarginProduct` does.
 * @param embeddings [B, d], unit rows
 * @param targets the row of each picture's own class
 * @param weights [S, d], unit rows
 */
export async function marginStep(
  embeddings: Float32Array,
  targets: Int32Array,
  weights: Float32Array,
  dimension: number,
  settings: MarginSettings,
): Promise<MarginStep> {
  const classes = weights.length / dimension;
  const starts = Array.from(
    { length: Math.ceil(classes / ROWS_PER_TENSOR) },
    (_, i) => i * ROWS_PER_TENSOR,
  );
  const { figures, gradients } = tf.tidy(() =>
    differentiate(embeddings, targets, weights, dimension, starts, settings),
  );
  // A pending data() rejects if its tensor is disposed, so all are awaited first.
  const [values, ...rows] = (await Promise.all(
    [figures, ...gradients].map((tensor) => tensor.data()),
  )) as [Float32Array, ...Float32Array[]];
  tf.dispose([figures, ...gradients]);
  return {
    loss: values[0]!,
    correct: values[1]!,
    gradients: rows.map((data, i) => ({ from: starts[i]!, data })),
  };
}

/** These casts are needed because tfjs's types don't know the rank of a result. */
const sumRows = (x: Tensor) => tf.sum(x, 1) as Tensor1D;
const column = (x: Tensor1D) => tf.expandDims(x, 1) as Tensor2D;
const joinedBy = (join: (a: Tensor1D, b: Tensor1D) => Tensor1D, parts: readonly Tensor1D[]) =>
  parts.reduce(join);

function differentiate(
  embeddings: Float32Array,
  targets: Int32Array,
  weights: Float32Array,
  dimension: number,
  starts: readonly number[],
  settings: MarginSettings,
): { figures: Tensor1D; gradients: Tensor2D[] } {
  const { scale } = settings;
  const x = tf.tensor2d(embeddings, [targets.length, dimension]);
  const own = column(tf.tensor1d(Float32Array.from(targets)));
  const pieces = starts.map((from) => {
    const rows = Math.min(ROWS_PER_TENSOR, weights.length / dimension - from);
    const cosines = tf.tidy(() =>
      tf.clipByValue(
        tf.matMul(
          x,
          tf.tensor2d(weights.subarray(from * dimension, (from + rows) * dimension), [
            rows,
            dimension,
          ]),
          false,
          true,
        ),
        -1,
        1,
      ),
    );
    return {
      cosines,
      isOwn: tf.cast(tf.equal(own, tf.reshape(tf.range(from, from + rows), [1, rows])), 'float32'),
    };
  });
  const target = joinedBy(
    tf.add,
    pieces.map(({ cosines, isOwn }) => sumRows(tf.mul(cosines, isOwn))),
  );
  const { moved, slope } = withMargin(target, settings);
  const shift = column(tf.sub(moved, target));
  const logits = pieces.map(({ cosines, isOwn }) =>
    tf.mul(tf.add(cosines, tf.mul(isOwn, shift)), scale),
  );
  const largest = joinedBy(
    tf.maximum,
    logits.map((z) => tf.max(z, 1) as Tensor1D),
  );
  const total = joinedBy(
    tf.add,
    logits.map((z) => sumRows(tf.exp(tf.sub(z, column(largest))))),
  );
  const normaliser = tf.add(largest, tf.log(total)) as Tensor1D;
  const nearest = joinedBy(
    tf.maximum,
    pieces.map(({ cosines }) => tf.max(cosines, 1) as Tensor1D),
  );
  const gradients = pieces.map(({ isOwn }, i) =>
    tf.tidy(() => {
      const probability = tf.exp(tf.sub(logits[i]!, column(normaliser)));
      const slopes = tf.add(1, tf.mul(isOwn, column(tf.sub(slope, 1))));
      return tf.matMul(
        tf.mul(tf.sub(probability, isOwn), slopes) as Tensor2D,
        x,
        true,
        false,
      ) as Tensor2D;
    }),
  );
  const loss = tf.mean(tf.sub(normaliser, tf.mul(moved, scale)));
  const correct = tf.sum(tf.cast(tf.greaterEqual(target, nearest), 'float32'));
  return { figures: tf.stack([loss, correct]) as Tensor1D, gradients };
}
