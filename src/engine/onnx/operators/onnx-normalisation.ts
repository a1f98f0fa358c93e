import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OnnxNode } from '../../../formats/onnx/onnx';
import { wrapped } from '../onnx-inputs';
import {
  attribute,
  finite,
  refused,
  required,
  type OperatorContext,
  type OperatorFactory,
} from './onnx-operator';
import {
  channelsLastValue,
  logicalShape,
  logicalValue,
  toChannelsLast,
  toLogical,
} from '../onnx-values';

/**
 * A BatchNormalization as a factor and an offset for each channel. This is a function outside of
 * the operator's closure, which would keep the tensors that are read here in memory.
 */
function normalisation(
  node: OnnxNode,
  context: OperatorContext,
): { factor: Tensor1D; offset: Tensor1D } {
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((index) =>
    finite(required(node, context, index)),
  );
  const epsilon = attribute(node, 'epsilon', 1e-5);
  const factors = Float32Array.from(
    scale!,
    (value, i) => value / Math.sqrt(variance![i]! + epsilon),
  );
  const offsets = Float32Array.from(bias!, (value, i) => value - mean![i]! * factors[i]!);
  return { factor: context.keep(tf.tensor1d(factors)), offset: context.keep(tf.tensor1d(offsets)) };
}

/** BatchNormalization with its running statistics. */
export const batchNormalization: OperatorFactory = (node, context) => {
  if (attribute(node, 'training_mode', 0) !== 0) throw refused(node, 'training_mode 0');
  if (attribute(node, 'spatial', 1) !== 1) throw refused(node, 'spatial 1');
  const { factor, offset } = normalisation(node, context);
  return ([x]) => {
    const shape = logicalShape(x!);
    // Channels are the last axis of [N, C] and of NHWC alike.
    if (shape.length === 2) return logicalValue(tf.add(tf.mul(toLogical(x!), factor), offset));
    if (shape.length !== 4)
      throw refused(node, `[N, C] or [N, C, H, W]; it is given [${shape.join(', ')}]`);
    return channelsLastValue(tf.add(tf.mul(toChannelsLast(x!), factor), offset));
  };
};

/**
 * LayerNormalization over the axes from one on, then a factor and an offset. Only its first output
 * is computed.
 */
export const layerNormalization: OperatorFactory = (node) => {
  const epsilon = attribute(node, 'epsilon', 1e-5);
  return ([x, scale, bias]) => {
    const logical = toLogical(x!);
    const first = wrapped(attribute(node, 'axis', -1), logical.rank);
    const axes = [...logical.shape.keys()].filter((axis) => axis >= first);
    if (first < 0 || axes.length === 0)
      throw refused(
        node,
        `an axis of [${logical.shape.join(', ')}]; it is given ${attribute(node, 'axis', -1)}`,
      );
    const centred = tf.sub(logical, tf.mean(logical, axes, true));
    const spread = tf.sqrt(tf.add(tf.mean(tf.square(centred), axes, true), epsilon));
    const scaled: Tensor = tf.mul(tf.div(centred, spread), toLogical(scale!));
    return logicalValue(bias ? tf.add(scaled, toLogical(bias)) : scaled);
  };
};

/** LpNormalization: along one axis, by the sum of magnitudes or the Euclidean length. */
export const lpNormalization: OperatorFactory = (node) => {
  const p = attribute(node, 'p', 2);
  if (p !== 1 && p !== 2) throw refused(node, `p of 1 or 2; it has ${p}`);
  return ([x]) => {
    const logical = toLogical(x!);
    const axis = wrapped(attribute(node, 'axis', -1), logical.rank);
    if (logical.shape[axis] === undefined)
      throw refused(node, `an axis of [${logical.shape.join(', ')}]; it is given ${axis}`);
    const norm =
      p === 1
        ? tf.sum(tf.abs(logical), axis, true)
        : tf.sqrt(tf.sum(tf.square(logical), axis, true));
    // A row of zeros stays a row of zeros.
    return logicalValue(tf.divNoNan(logical, norm));
  };
};

/** Softmax along an axis; in older operator sets, over all axes from one on. */
export const softmax: OperatorFactory =
  (node, { opset }) =>
  ([x]) => {
    const logical = toLogical(x!);
    const rank = logical.rank;
    const axis = (attribute(node, 'axis', opset < 13 ? 1 : -1) + rank) % rank;
    if (opset < 13) {
      // The older operator takes everything from its axis on as one axis.
      const rows = logical.shape.slice(0, axis).reduce((product, side) => product * side, 1);
      return logicalValue(tf.reshape(tf.softmax(tf.reshape(logical, [rows, -1])), logical.shape));
    }
    if (axis === rank - 1) return logicalValue(tf.softmax(logical));
    // Swaps the axis with the last one; the same permutation swaps them back.
    const exchanged = [...logical.shape.keys()];
    exchanged[axis] = rank - 1;
    exchanged[rank - 1] = axis;
    return logicalValue(tf.transpose(tf.softmax(tf.transpose(logical, exchanged)), exchanged));
  };
