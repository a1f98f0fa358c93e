import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { PreparedOperator } from '../onnx-check';
import { convolution } from './onnx-convolution';
import {
  binary,
  elementwise,
  elu,
  equal,
  gelu,
  hardSigmoid,
  hardSwish,
  power,
  unary,
  variadic,
} from './onnx-elementwise';
import {
  batchNormalization,
  layerNormalization,
  lpNormalization,
  softmax,
} from './onnx-normalisation';
import { axesOf, wrapped } from '../onnx-inputs';
import { attribute, refused, required, type OperatorFactory } from './onnx-operator';
import { pad } from './onnx-pad';
import { globalPool, pooling } from './onnx-pooling';
import { shapeOperators } from './onnx-shape-operators';
import { slice } from './onnx-slice';
import { LOWEST } from './onnx-window';
import {
  aligned,
  logicalShape,
  logicalValue,
  toChannelsLast,
  toLogical,
  type GraphValue,
} from '../onnx-values';

const prelu: OperatorFactory = () => (inputs) => {
  const { tensors, channelsLast } = aligned([inputs[0]!, inputs[1]!]);
  const [x, slope] = tensors as [Tensor, Tensor];
  const first = slope.shape.findIndex((side) => side > 1);
  const trailing = first < 0 ? [] : slope.shape.slice(first);
  // The wasm backend repeats the slope along the last axes, whatever its shape; that is correct
  // only for these shapes.
  const repeats = trailing.join() === x.shape.slice(x.rank - trailing.length).join();
  const tensor = repeats
    ? tf.prelu(x, slope)
    : tf.sub(tf.relu(x), tf.mul(slope, tf.relu(tf.neg(x))));
  return { kind: 'device', tensor, channelsLast };
};

const clip: OperatorFactory = (node, context) => {
  const bound = (index: number, name: string, open: number) => {
    if (!node.inputs[index]) return attribute(node, name, open);
    return required(node, context, index).data[0] ?? open;
  };
  const [low, high] = [bound(1, 'min', LOWEST), bound(2, 'max', -LOWEST)];
  return elementwise((x) => tf.clipByValue(x, low, high));
};

/** A reduction over axes, which are kept with length one while it is computed. */
const reduction =
  (apply: (x: Tensor, axes: number[]) => Tensor): OperatorFactory =>
  (node) =>
  ([x, given]) => {
    const shape = logicalShape(x!);
    const named = axesOf(node, given)?.map((axis) => wrapped(axis, shape.length)) ?? [];
    if (named.length === 0 && attribute(node, 'noop_with_empty_axes', 0) !== 0)
      throw refused(node, 'axes where noop_with_empty_axes is set; it names none');
    const axes = named.length > 0 ? named : [...shape.keys()];
    if (axes.some((axis) => shape[axis] === undefined))
      throw refused(node, `axes of [${shape.join(', ')}]; it names ${axes.join(', ')}`);
    const channelsLast = x!.kind === 'device' && x!.channelsLast;
    const kept: GraphValue = {
      kind: 'device',
      channelsLast,
      tensor: apply(
        channelsLast ? toChannelsLast(x!) : toLogical(x!),
        channelsLast ? axes.map((axis) => [0, 3, 1, 2][axis]!) : axes,
      ),
    };
    if (attribute(node, 'keepdims', 1) !== 0) return kept;
    return logicalValue(
      tf.reshape(
        toLogical(kept),
        shape.filter((_, axis) => !axes.includes(axis)),
      ),
    );
  };

const gemm: OperatorFactory = (node) => {
  const [alpha, beta] = [attribute(node, 'alpha', 1), attribute(node, 'beta', 1)];
  const [transA, transB] = [attribute(node, 'transA', 0) !== 0, attribute(node, 'transB', 0) !== 0];
  return ([a, b, c]) => {
    const [left, right] = [toLogical(a!), toLogical(b!)];
    if (left.rank !== 2 || right.rank !== 2)
      throw refused(
        node,
        `two matrices; it is given [${left.shape.join(', ')}] and [${right.shape.join(', ')}]`,
      );
    const product: Tensor = tf.matMul(left as Tensor2D, right as Tensor2D, transA, transB);
    const scaled = alpha === 1 ? product : tf.mul(product, alpha);
    if (!c) return logicalValue(scaled);
    return logicalValue(tf.add(scaled, beta === 1 ? toLogical(c) : tf.mul(toLogical(c), beta)));
  };
};

const matMul: OperatorFactory =
  (node) =>
  ([a, b]) => {
    const [left, right] = [toLogical(a!), toLogical(b!)];
    if (left.rank < 2 || right.rank < 2)
      throw refused(
        node,
        `matrices; it is given [${left.shape.join(', ')}] and [${right.shape.join(', ')}]`,
      );
    return logicalValue(tf.matMul(left, right));
  };

const dropout: OperatorFactory = (node, context) => {
  if (node.inputs[2] && required(node, context, 2).data[0] !== 0)
    throw refused(node, 'training_mode false');
  return ([x]) => x!;
};

/** Every operator that the importer knows, except those that make constants. */
export const operators: Readonly<Record<PreparedOperator, OperatorFactory>> = {
  Conv: convolution,
  MaxPool: pooling('max'),
  AveragePool: pooling('avg'),
  GlobalAveragePool: globalPool(tf.mean),
  GlobalMaxPool: globalPool(tf.max),
  Pad: pad,

  Relu: unary(tf.relu),
  Sigmoid: unary(tf.sigmoid),
  Exp: unary(tf.exp),
  Sqrt: unary(tf.sqrt),
  Tanh: unary(tf.tanh),
  Abs: unary(tf.abs, Math.abs),
  Neg: unary(tf.neg, (x) => -x),
  Floor: unary(tf.floor, Math.floor),
  Ceil: unary(tf.ceil, Math.ceil),
  Log: unary(tf.log),
  Erf: unary(tf.erf),
  Softplus: unary(tf.softplus),
  Mish: unary((x) => tf.mul(x, tf.tanh(tf.softplus(x)))),
  Reciprocal: unary(tf.reciprocal),
  Elu: elu,
  Gelu: gelu,
  HardSigmoid: hardSigmoid,
  HardSwish: hardSwish,
  Identity:
    () =>
    ([x]) =>
      x!,
  Dropout: dropout,
  LeakyRelu: (node) => elementwise((x) => tf.leakyRelu(x, attribute(node, 'alpha', 0.01))),
  PRelu: prelu,
  Clip: clip,
  Add: binary(tf.add, (a, b) => a + b),
  Sub: binary(tf.sub, (a, b) => a - b),
  Mul: binary(tf.mul, (a, b) => a * b),
  Div: binary(tf.div, (a, b) => a / b),
  Pow: power,
  Equal: equal,
  Min: variadic(tf.minimum, Math.min),
  Max: variadic(tf.maximum, Math.max),
  Sum: variadic(tf.add, (a, b) => a + b),

  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  LpNormalization: lpNormalization,
  Softmax: softmax,
  ReduceMean: reduction((x, axes) => tf.mean(x, axes, true)),
  ReduceMax: reduction((x, axes) => tf.max(x, axes, true)),
  ReduceMin: reduction((x, axes) => tf.min(x, axes, true)),
  ReduceSumSquare: reduction((x, axes) => tf.sum(tf.square(x), axes, true)),
  ReduceL1: reduction((x, axes) => tf.sum(tf.abs(x), axes, true)),
  ReduceSum: reduction((x, axes) => tf.sum(x, axes, true)),
  ReduceL2: reduction((x, axes) => tf.sqrt(tf.sum(tf.square(x), axes, true))),
  Gemm: gemm,
  MatMul: matMul,

  ...shapeOperators,
  Slice: slice,
};
