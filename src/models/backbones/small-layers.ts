import type {
  GradSaveFunc,
  Tensor,
  Tensor1D,
  Tensor2D,
  Tensor4D,
  Variable,
} from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/*
 * Layers for a network that is trained in full, on any backend. Their gradients are written by
 * hand, because those of tfjs are missing on wasm (a convolution's filter) or slow there: a product
 * with a transposed factor, and a sum over the leading axes, run ten times slower than the same sum
 * written as a product with a row of ones.
 */

export const BN_EPSILON = 1e-5;
const BN_MOMENTUM = 0.1;

/** Padding by one pixel. The number 1 won't do: tfjs then assumes that the filter is square. */
const PAD_BY_ONE: [[number, number], [number, number], [number, number], [number, number]] = [
  [0, 0],
  [1, 1],
  [1, 1],
  [0, 0],
];

/** A BatchNorm's arrays, [c] each; the running statistics are not trained. */
export interface NormArrays {
  readonly weight: Variable;
  readonly bias: Variable;
  readonly runningMean: Variable;
  readonly runningVariance: Variable;
}

/**
 * 3×3 convolution, stride 1, padded by one.
 * @param x [B, h, w, c]
 * @param filter [3, 3, c, k]
 * @param isFirst true if no layer before it is trained: its input needs no gradient
 * @returns [B, h, w, k]
 */
export function conv3x3(x: Tensor4D, filter: Tensor4D, isFirst = false): Tensor4D {
  return withGradients<Tensor4D, [Tensor4D, Tensor4D]>(
    isFirst ? [filter] : [filter, x],
    (keep) => {
      keep([filter, x]);
      return tf.conv2d(x, filter, 1, 'same');
    },
    (dy, [filter, x]) => {
      // dW is itself a convolution: pictures and channels change places, and the gradient dy acts
      // as one large filter.
      const gradient = tf.conv2d(
        tf.transpose(x, [3, 1, 2, 0]),
        tf.transpose(dy, [1, 2, 0, 3]),
        1,
        PAD_BY_ONE,
      );
      const filterGradient = tf.transpose(gradient, [1, 2, 0, 3]);
      if (isFirst) return [filterGradient];
      return [
        filterGradient,
        tf.conv2d(dy, tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]), 1, 'same'),
      ];
    },
  );
}

/**
 * A product along the last axis: a 1×1 convolution, or a fully connected layer.
 * @param x [..., c]
 * @param weight [c, k]
 * @returns [..., k]
 */
export function pointwise<T extends Tensor2D | Tensor4D>(x: T, weight: Tensor2D): T {
  const [fanIn, fanOut] = weight.shape;
  const rows = (tensor: Tensor, columns: number): Tensor2D => tf.reshape(tensor, [-1, columns]);
  const shaped = (tensor: Tensor, columns: number): T => {
    const result: Tensor = tf.reshape(tensor, [...x.shape.slice(0, -1), columns]);
    return result as T;
  };
  return withGradients<T, [T, Tensor2D]>(
    [x, weight],
    (keep) => {
      keep([x, weight]);
      return shaped(tf.matMul(rows(x, fanIn), weight), fanOut);
    },
    (dy, [x, weight]) => [
      shaped(tf.matMul(rows(dy, fanOut), tf.transpose(weight)), fanIn),
      tf.matMul(tf.transpose(rows(x, fanIn)), rows(dy, fanOut)),
    ],
  );
}

/**
 * PyTorch's BatchNorm over all axes but the last. In training it normalises by the batch's own
 * statistics and updates the running ones; otherwise it normalises by the running ones.
 * @param x [..., c]
 */
export function batchNorm<T extends Tensor2D | Tensor4D>(
  x: T,
  norm: NormArrays,
  training: boolean,
): T {
  if (!training) {
    return tf.tidy(() => {
      const scale = tf.div(norm.weight, tf.sqrt(tf.add(norm.runningVariance, BN_EPSILON)));
      return tf.add(tf.mul(x, scale), tf.sub(norm.bias, tf.mul(norm.runningMean, scale))) as T;
    });
  }
  const count = x.size / x.shape.at(-1)!;
  return withGradients<T, [Tensor, Tensor, Tensor]>(
    [x, norm.weight, norm.bias],
    (keep) => {
      const mean = tf.div(sumOfRows(x), count);
      const centred = tf.sub(x, mean);
      const variance = tf.div(sumOfRows(tf.square(centred)), count);
      const inverse = tf.rsqrt(tf.add(variance, BN_EPSILON));
      updateRunning(norm.runningMean, mean);
      // PyTorch's running variance is the unbiased one.
      updateRunning(norm.runningVariance, tf.mul(variance, count / Math.max(count - 1, 1)));
      const scale = tf.mul(norm.weight, inverse);
      keep([centred, inverse, scale]);
      return tf.add(tf.mul(centred, scale), norm.bias) as T;
    },
    (dy, [centred, inverse, scale]) => {
      const total = sumOfRows(dy);
      const along = sumOfRows(tf.mul(dy, centred));
      // scale · (dy − mean dy − centred · inverse² · mean(dy · centred)), arranged so that it
      // passes over the large arrays as few times as possible.
      const slope = tf.div(tf.mul(tf.mul(scale, tf.square(inverse)), along), count);
      const flat = tf.sub(tf.mul(dy, scale), tf.div(tf.mul(scale, total), count));
      return [tf.sub(flat, tf.mul(centred, slope)), tf.mul(along, inverse), total];
    },
  );
}

/**
 * x where it is above zero, slope · x below.
 * @param x [..., c]
 * @param slope [c]
 */
export function prelu<T extends Tensor2D | Tensor4D>(x: T, slope: Tensor1D): T {
  return withGradients<T, [Tensor, Tensor1D]>(
    [x, slope],
    (keep) => {
      keep([x, slope]);
      return tf.prelu<Tensor>(x, slope) as T;
    },
    (dy, [x, slope]) => {
      const above = tf.step(x);
      const below = tf.mul(dy, tf.sub(1, above));
      return [tf.add(tf.mul(dy, above), tf.mul(below, slope)), sumOfRows(tf.mul(below, x))];
    },
  );
}

/**
 * Squares of `side` pixels become channels: [B, h, w, c] to [B, h/side, w/side, side²·c], rows of
 * the square first.
 */
export function spaceToDepth(x: Tensor4D, side: number): Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const [down, across] = [height / side, width / side];
  const squares = tf.transpose(
    tf.reshape(x, [batch, down, side, across, side * channels]),
    [0, 1, 3, 2, 4],
  );
  return tf.reshape(squares, [batch, down, across, side * side * channels]);
}

/** Sums [..., c] over all axes but the last, to [c]. */
function sumOfRows(x: Tensor): Tensor1D {
  return tf.tidy(() => {
    const rows = tf.reshape(x, [-1, x.shape.at(-1)!]);
    return tf.reshape(tf.matMul(tf.ones([1, rows.shape[0]!]), rows), [-1]) as Tensor1D;
  });
}

function updateRunning(running: Variable, batch: Tensor): void {
  running.assign(tf.add(tf.mul(running, 1 - BN_MOMENTUM), tf.mul(batch, BN_MOMENTUM)));
}

/**
 * An operation with a custom gradient.
 * @param inputs the tensors it is differentiated with respect to
 * @param value computes the output; it passes the tensors that `gradients` needs to `keep`, as no
 * others outlive it
 * @param gradients from the output's gradient dy and the kept tensors, the gradients of `inputs` in
 * their order
 */
function withGradients<T extends Tensor, K extends Tensor[]>(
  inputs: readonly Tensor[],
  value: (keep: (tensors: K) => void) => T,
  gradients: (dy: T, kept: K) => Tensor[],
): T {
  const operation = tf.customGrad((...given: (Tensor | GradSaveFunc)[]) => {
    const result = value(given.at(-1) as GradSaveFunc);
    return {
      value: result,
      gradFunc: (dy: Tensor, kept: Tensor[]) => tf.tidy(() => gradients(dy as T, kept as K)),
    };
  });
  return operation(...inputs) as T;
}
