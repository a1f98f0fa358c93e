import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OnnxNode, OnnxTensor } from '../formats/onnx';
import type { KnownOperator } from './onnx-check';
import { convolution, globalAveragePool, LOWEST, pooling } from './onnx-convolution';
import { attribute, finite, refused, type Operation, type OperatorContext, type OperatorFactory } from './onnx-operator';
import { axesOf, shapeOperators, wrapped } from './onnx-shape-operators';
import { aligned, channelsLastValue, logicalShape, logicalValue, toChannelsLast, toLogical, type GraphValue, type HostValue } from './onnx-values';

type Unary = (x: Tensor) => Tensor;

/** An element-wise operation of one input: any order of axes will do. */
const elementwise =
  (apply: Unary): Operation =>
  ([x]) =>
    x!.kind === 'host' ? logicalValue(apply(toLogical(x!))) : { kind: 'device', tensor: apply(x!.tensor), channelsLast: x!.channelsLast };

const unary = (apply: Unary): OperatorFactory => () => elementwise(apply);

/** A broadcasting operator of two inputs; constants fold on the host. */
const binary =
  (apply: (a: Tensor, b: Tensor) => Tensor, fold: (a: number, b: number) => number): OperatorFactory =>
  (node) =>
  ([a, b]) => {
    if (a!.kind === 'host' && b!.kind === 'host') return folded(node, a!, b!, fold);
    const { tensors, channelsLast } = aligned([a!, b!]);
    return { kind: 'device', tensor: apply(tensors[0]!, tensors[1]!), channelsLast };
  };

function folded(node: OnnxNode, a: HostValue, b: HostValue, fold: (a: number, b: number) => number): HostValue {
  const single = ({ data }: HostValue) => data.length === 1;
  if (!single(a) && !single(b) && a.dims.join() !== b.dims.join()) {
    throw refused(node, `shape arithmetic on equal shapes; it is given [${a.dims.join(', ')}] and [${b.dims.join(', ')}]`);
  }
  // Of two single numbers the higher rank is the result's.
  const wide = single(a) && (!single(b) || b.dims.length > a.dims.length) ? b : a;
  const whole = a.whole && b.whole;
  const data = wide.data.map((_, i) => fold(a.data[single(a) ? 0 : i]!, b.data[single(b) ? 0 : i]!));
  // Whole numbers divide towards zero.
  return { kind: 'host', dims: wide.dims, data: whole ? data.map(Math.trunc) : data, whole };
}

const softmax: OperatorFactory = (node, { opset }) => ([x]) => {
  const logical = toLogical(x!);
  const rank = logical.rank;
  const axis = (attribute(node, 'axis', opset < 13 ? 1 : -1) + rank) % rank;
  if (opset < 13) {
    // The older operator takes everything from its axis on as one axis.
    const rows = logical.shape.slice(0, axis).reduce((product, side) => product * side, 1);
    return logicalValue(tf.reshape(tf.softmax(tf.reshape(logical, [rows, -1])), logical.shape));
  }
  if (axis !== rank - 1) throw refused(node, `softmax over the last axis; it is asked for axis ${axis} of ${rank}`);
  return logicalValue(tf.softmax(logical));
};

const prelu: OperatorFactory = () => (inputs) => {
  const { tensors, channelsLast } = aligned([inputs[0]!, inputs[1]!]);
  const [x, slope] = tensors as [Tensor, Tensor];
  const first = slope.shape.findIndex((side) => side > 1);
  const trailing = first < 0 ? [] : slope.shape.slice(first);
  // The wasm backend repeats the slope along the last axes whatever its shape says: that is right only for these.
  const repeats = trailing.join() === x.shape.slice(x.rank - trailing.length).join();
  const tensor = repeats ? tf.prelu(x, slope) : tf.sub(tf.relu(x), tf.mul(slope, tf.relu(tf.neg(x))));
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

/** A BatchNormalization as factor and offset a channel. Apart from the operator's scope, which outlives the tensors that are read here. */
function normalisation(node: OnnxNode, context: OperatorContext): { factor: Tensor1D; offset: Tensor1D } {
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((index) => finite(required(node, context, index)));
  const epsilon = attribute(node, 'epsilon', 1e-5);
  const factors = Float32Array.from(scale!, (value, i) => value / Math.sqrt(variance![i]! + epsilon));
  const offsets = Float32Array.from(bias!, (value, i) => value - mean![i]! * factors[i]!);
  return { factor: context.keep(tf.tensor1d(factors)), offset: context.keep(tf.tensor1d(offsets)) };
}

const batchNormalization: OperatorFactory = (node, context) => {
  if (attribute(node, 'training_mode', 0) !== 0) throw refused(node, 'training_mode 0');
  if (attribute(node, 'spatial', 1) !== 1) throw refused(node, 'spatial 1');
  const { factor, offset } = normalisation(node, context);
  return ([x]) => {
    const shape = logicalShape(x!);
    // Channels are the last axis of [N, C] and of NHWC alike.
    if (shape.length === 2) return logicalValue(tf.add(tf.mul(toLogical(x!), factor), offset));
    if (shape.length !== 4) throw refused(node, `[N, C] or [N, C, H, W]; it is given [${shape.join(', ')}]`);
    return channelsLastValue(tf.add(tf.mul(toChannelsLast(x!), factor), offset));
  };
};

/** A reduction over axes, which stay as sides of one while it is computed. */
const reduction =
  (apply: (x: Tensor, axes: number[]) => Tensor): OperatorFactory =>
  (node) =>
  ([x, given]) => {
    const shape = logicalShape(x!);
    const named = axesOf(node, given)?.map((axis) => wrapped(axis, shape.length)) ?? [];
    if (named.length === 0 && attribute(node, 'noop_with_empty_axes', 0) !== 0) throw refused(node, 'axes where noop_with_empty_axes is set; it names none');
    const axes = named.length > 0 ? named : [...shape.keys()];
    if (axes.some((axis) => shape[axis] === undefined)) throw refused(node, `axes of [${shape.join(', ')}]; it names ${axes.join(', ')}`);
    const channelsLast = x!.kind === 'device' && x!.channelsLast;
    const kept: GraphValue = { kind: 'device', channelsLast, tensor: apply(channelsLast ? toChannelsLast(x!) : toLogical(x!), channelsLast ? axes.map((axis) => [0, 3, 1, 2][axis]!) : axes) };
    if (attribute(node, 'keepdims', 1) !== 0) return kept;
    return logicalValue(tf.reshape(toLogical(kept), shape.filter((_, axis) => !axes.includes(axis))));
  };

const gemm: OperatorFactory = (node) => {
  const [alpha, beta] = [attribute(node, 'alpha', 1), attribute(node, 'beta', 1)];
  const [transA, transB] = [attribute(node, 'transA', 0) !== 0, attribute(node, 'transB', 0) !== 0];
  return ([a, b, c]) => {
    const [left, right] = [toLogical(a!), toLogical(b!)];
    if (left.rank !== 2 || right.rank !== 2) throw refused(node, `two matrices; it is given [${left.shape.join(', ')}] and [${right.shape.join(', ')}]`);
    const product: Tensor = tf.matMul(left as Tensor2D, right as Tensor2D, transA, transB);
    const scaled = alpha === 1 ? product : tf.mul(product, alpha);
    if (!c) return logicalValue(scaled);
    return logicalValue(tf.add(scaled, beta === 1 ? toLogical(c) : tf.mul(toLogical(c), beta)));
  };
};

const matMul: OperatorFactory = (node) => ([a, b]) => {
  const [left, right] = [toLogical(a!), toLogical(b!)];
  if (left.rank < 2 || right.rank < 2) throw refused(node, `matrices; it is given [${left.shape.join(', ')}] and [${right.shape.join(', ')}]`);
  return logicalValue(tf.matMul(left, right));
};

const dropout: OperatorFactory = (node, context) => {
  if (node.inputs[2] && required(node, context, 2).data[0] !== 0) throw refused(node, 'training_mode false');
  return ([x]) => x!;
};

/** Every operator the importer knows; a Constant is no step, but one of the graph's constants. */
export const operators: Readonly<Record<Exclude<KnownOperator, 'Constant'>, OperatorFactory>> = {
  Conv: convolution,
  MaxPool: pooling('max'),
  AveragePool: pooling('avg'),
  GlobalAveragePool: globalAveragePool,

  Relu: unary(tf.relu),
  Sigmoid: unary(tf.sigmoid),
  Exp: unary(tf.exp),
  Sqrt: unary(tf.sqrt),
  Tanh: unary(tf.tanh),
  Identity: () => ([x]) => x!,
  Dropout: dropout,
  LeakyRelu: (node) => elementwise((x) => tf.leakyRelu(x, attribute(node, 'alpha', 0.01))),
  PRelu: prelu,
  Clip: clip,
  Add: binary(tf.add, (a, b) => a + b),
  Sub: binary(tf.sub, (a, b) => a - b),
  Mul: binary(tf.mul, (a, b) => a * b),
  Div: binary(tf.div, (a, b) => a / b),

  BatchNormalization: batchNormalization,
  Softmax: softmax,
  ReduceMean: reduction((x, axes) => tf.mean(x, axes, true)),
  ReduceSum: reduction((x, axes) => tf.sum(x, axes, true)),
  ReduceL2: reduction((x, axes) => tf.sqrt(tf.sum(tf.square(x), axes, true))),
  Gemm: gemm,
  MatMul: matMul,

  ...shapeOperators,
};

function required(node: OnnxNode, context: OperatorContext, index: number): OnnxTensor {
  const constant = context.constant(node.inputs[index] ?? '');
  if (!constant) throw refused(node, `a constant as its input ${index}; "${node.inputs[index] ?? ''}" is computed`);
  return constant;
}
