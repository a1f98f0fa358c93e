import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { pictureOf } from '../onnx-inputs';
import { attribute, numbers, refused, type OperatorFactory } from './onnx-operator';
import { LOWEST, pairOf, windowOf, type Framing, type Pair, type Window } from './onnx-window';
import { channelsLastValue } from '../onnx-values';

/** MaxPool and AveragePool over a window. */
export const pooling =
  (kind: 'max' | 'avg'): OperatorFactory =>
  (node) => {
    if (!numbers(node, 'kernel_shape')) throw refused(node, 'a pool with kernel_shape');
    const kernel = pairOf(node, 'kernel_shape');
    const window = windowOf(node, kernel);
    if (Math.max(...window.dilations) > 1)
      throw refused(node, `a pool without dilations; it has ${window.dilations.join(' × ')}`);
    const countsPads = attribute(node, 'count_include_pad', 0) !== 0;
    const [size, strides] = [
      [...kernel] as [number, number],
      [...window.strides] as [number, number],
    ];
    return ([x]) => {
      const input = pictureOf(node, x!);
      const framing = window.framing(input.shape[1], input.shape[2]);
      if (kind === 'max') {
        // A maximum ignores what lies outside; padding with the lowest number does the same on
        // every backend.
        return channelsLastValue(
          tf.maxPool(framed(input, framing, LOWEST), size, strides, 'valid'),
        );
      }
      const means = tf.avgPool(framed(input, framing, 0), size, strides, 'valid');
      const shares = sharesOf(input, framing, window, kernel, countsPads);
      return channelsLastValue(shares ? tf.mul(means, shares) : means);
    };
  };

function framed(
  input: Tensor4D,
  { pads: [rows, columns], beyond }: Framing,
  value: number,
): Tensor4D {
  const [down, across] = [
    [rows[0], rows[1] + beyond[0]],
    [columns[0], columns[1] + beyond[1]],
  ] as [[number, number], [number, number]];
  return [...down, ...across].some((side) => side > 0)
    ? tf.pad4d(input, [[0, 0], down, across, [0, 0]], value)
    : input;
}

/**
 * The factor for the mean over whole windows, since each window counts only places in the picture,
 * or in its explicit padding: [1, h, w, 1]. Null if every window is whole.
 */
function sharesOf(
  { shape: [, height, width] }: Tensor4D,
  { pads, out }: Framing,
  { strides }: Window,
  kernel: Pair,
  countsPads: boolean,
): Tensor | null {
  const along = (axis: 0 | 1, side: number) => {
    const [before, after] = pads[axis];
    const [least, most] = countsPads ? [-before, side + after] : [0, side];
    return Array.from({ length: out[axis] }, (_, i) => {
      const first = i * strides[axis] - before;
      return Math.min(first + kernel[axis], most) - Math.max(first, least);
    });
  };
  const [down, across] = [along(0, height), along(1, width)];
  if (down.every((count) => count === kernel[0]) && across.every((count) => count === kernel[1]))
    return null;
  const whole = kernel[0] * kernel[1];
  return tf.tensor4d(
    down.flatMap((rows) => across.map((columns) => whole / (rows * columns))),
    [1, out[0], out[1], 1],
  );
}

/** GlobalAveragePool and GlobalMaxPool. */
export const globalPool =
  (apply: (x: Tensor, axes: number[], keepDims: boolean) => Tensor): OperatorFactory =>
  (node) =>
  ([x]) =>
    channelsLastValue(apply(pictureOf(node, x!), [1, 2], true));
