import type { Tensor, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OnnxNode } from '../formats/onnx';
import { StudioError } from '../formats/studio-error';
import { convolution, pooling } from './onnx-convolution';
import { attribute, numbers, type OperatorContext, type OperatorFactory } from './onnx-operator';
import { aligned, channelsLastValue, logicalShape, logicalValue, toChannelsLast, toLogical, type GraphValue } from './onnx-values';

type Unary = (x: Tensor) => Tensor;

/** An element-wise operator of one input: any order of axes will do. */
const unary = (apply: Unary): OperatorFactory => () => ([x]) => {
  if (x!.kind === 'host') return logicalValue(apply(toLogical(x!)));
  return { kind: 'device', tensor: apply(x!.tensor), channelsLast: x!.channelsLast };
};

/** A broadcasting operator of two inputs; constants fold on the host. */
const binary =
  (apply: (a: Tensor, b: Tensor) => Tensor, fold: (a: number, b: number) => number): OperatorFactory =>
  () =>
  ([a, b]) => {
    if (a!.kind === 'host' && b!.kind === 'host' && (a!.data.length === b!.data.length || b!.data.length === 1)) {
      const right = b!.data;
      return { kind: 'host', dims: a!.dims, data: a!.data.map((value, i) => fold(value, right[right.length === 1 ? 0 : i]!)) };
    }
    const { tensors, channelsLast } = aligned([a!, b!]);
    return { kind: 'device', tensor: apply(tensors[0]!, tensors[1]!), channelsLast };
  };

/** Every operator the importer knows. */
export const operators: Readonly<Record<string, OperatorFactory>> = {
  Conv: convolution,
  MaxPool: pooling('max'),
  AveragePool: pooling('avg'),

  Relu: unary(tf.relu),
  Sigmoid: unary(tf.sigmoid),
  Exp: unary(tf.exp),
  Sqrt: unary(tf.sqrt),
  Tanh: unary(tf.tanh),
  Identity: () => ([x]) => x!,
  Dropout: () => ([x]) => x!,
  LeakyRelu: (node) => unary((x) => tf.leakyRelu(x, attribute(node, 'alpha', 0.01)))(node, null as never),
  Add: binary(tf.add, (a, b) => a + b),
  Sub: binary(tf.sub, (a, b) => a - b),
  Mul: binary(tf.mul, (a, b) => a * b),
  Div: binary(tf.div, (a, b) => a / b),

  PRelu: () => (inputs) => {
    const { tensors, channelsLast } = aligned([inputs[0]!, inputs[1]!]);
    return { kind: 'device', tensor: tf.prelu(tensors[0]!, tensors[1]!), channelsLast };
  },

  Clip: (node, context) => {
    const bound = (index: number, name: string, open: number) =>
      node.inputs[index] ? (context.constant(node.inputs[index])?.data[0] ?? open) : attribute(node, name, open);
    const [low, high] = [bound(1, 'min', -3.4e38), bound(2, 'max', 3.4e38)];
    return unary((x) => tf.clipByValue(x, low, high))(node, context);
  },

  BatchNormalization: (node, context) => {
    const [scale, bias, mean, variance] = [1, 2, 3, 4].map((index) => required(node, context, index).data);
    const epsilon = attribute(node, 'epsilon', 1e-5);
    const factors = Float32Array.from(scale!, (value, i) => value / Math.sqrt(variance![i]! + epsilon));
    const factor = context.keep(tf.tensor1d(factors));
    const offset = context.keep(tf.tensor1d(Float32Array.from(bias!, (value, i) => value - mean![i]! * factors[i]!)));
    return ([x]) => {
      // Channels are the last axis of [N, C] and of NHWC alike.
      if (logicalShape(x!).length === 2) return logicalValue(tf.add(tf.mul(toLogical(x!), factor), offset));
      return channelsLastValue(tf.add(tf.mul(toChannelsLast(x!), factor), offset));
    };
  },

  GlobalAveragePool: () => ([x]) => channelsLastValue(tf.mean(toChannelsLast(x!), [1, 2], true)),

  Flatten: (node) => ([x]) => {
    const axis = attribute(node, 'axis', 1);
    const shape = logicalShape(x!);
    const rows = shape.slice(0, axis).reduce((product, side) => product * side, 1);
    return logicalValue(tf.reshape(toLogical(x!), [rows, -1]));
  },

  Reshape: (node, context) => ([x, shape]) => {
    const from = logicalShape(x!);
    const target = hostNumbers(node, shape).map((side, axis) => (side === 0 ? from[axis]! : side));
    // Models exported for one picture write the batch as a literal 1; here it is the batch at hand.
    if (context.declaredBatch === 1 && target[0] === 1) target[0] = from[0]!;
    if (x!.kind === 'host') return { kind: 'host', dims: target, data: x!.data };
    return logicalValue(tf.reshape(toLogical(x!), target));
  },

  Transpose: (node) => ([x]) => {
    const rank = logicalShape(x!).length;
    const permutation = numbers(node, 'perm') ?? [...Array(rank).keys()].reverse();
    if (x!.kind === 'device' && x!.channelsLast && permutation.join() === '0,2,3,1') return logicalValue(x!.tensor);
    return logicalValue(tf.transpose(toLogical(x!), [...permutation]));
  },

  Concat: (node) => (inputs) => {
    const values = inputs as GraphValue[];
    if (values.every((value) => value.kind === 'host')) {
      const data = values.flatMap((value) => value.data);
      return { kind: 'host', dims: [data.length], data };
    }
    const rank = logicalShape(values[0]!).length;
    const axis = (attribute(node, 'axis', 0) + rank) % rank;
    const { tensors, channelsLast } = aligned(values);
    return { kind: 'device', tensor: tf.concat(tensors, channelsLast ? [0, 3, 1, 2][axis]! : axis), channelsLast };
  },

  Softmax: (node) => ([x]) => {
    const logical = toLogical(x!);
    const axis = (attribute(node, 'axis', -1) + logical.rank) % logical.rank;
    if (axis !== logical.rank - 1) throw unsupported(node, `softmax over axis ${axis} of ${logical.rank}`);
    return logicalValue(tf.softmax(logical));
  },

  Gemm: (node, context) => {
    const [alpha, beta] = [attribute(node, 'alpha', 1), attribute(node, 'beta', 1)];
    const [transA, transB] = [attribute(node, 'transA', 0) === 1, attribute(node, 'transB', 0) === 1];
    void context;
    return ([a, b, c]) => {
      const product = tf.matMul(toLogical(a!) as Tensor3D, toLogical(b!) as Tensor3D, transA, transB) as Tensor;
      const scaled = alpha === 1 ? product : tf.mul(product, alpha);
      if (!c) return logicalValue(scaled);
      return logicalValue(tf.add(scaled, beta === 1 ? toLogical(c) : tf.mul(toLogical(c), beta)));
    };
  },
  MatMul: () => ([a, b]) => logicalValue(tf.matMul(toLogical(a!) as Tensor4D, toLogical(b!) as Tensor4D) as Tensor),

  Constant: (node) => {
    const value = node.attributes.get('value');
    if (typeof value !== 'object' || !('data' in value)) throw unsupported(node, 'a constant that is no tensor');
    // Float scalars and tensors go to the device when they are used; kept here, they also serve shape arithmetic.
    const host: GraphValue = { kind: 'host', dims: value.dims, data: [...value.data] };
    return () => host;
  },
  Shape: () => ([x]) => {
    const shape = logicalShape(x!);
    return { kind: 'host', dims: [shape.length], data: shape };
  },
  Gather: (node) => ([x, indices]) => {
    const chosen = hostNumbers(node, indices);
    if (x!.kind === 'host') {
      const values = x!.data;
      return { kind: 'host', dims: logicalShape(indices!), data: chosen.map((index) => values.at(index)!) };
    }
    const axis = attribute(node, 'axis', 0);
    return logicalValue(tf.gather(toLogical(x!), tf.tensor(chosen, [...logicalShape(indices!)], 'int32'), axis));
  },
  Unsqueeze: (node) => ([x, given]) => {
    const axes = given ? hostNumbers(node, given) : (numbers(node, 'axes') ?? []);
    const shape = [...logicalShape(x!)];
    const rank = shape.length + axes.length;
    for (const axis of axes.map((value) => (value + rank) % rank).sort((a, b) => a - b)) shape.splice(axis, 0, 1);
    return x!.kind === 'host' ? { ...x!, dims: shape } : logicalValue(tf.reshape(toLogical(x!), shape));
  },
  Squeeze: (node) => ([x, given]) => {
    const shape = logicalShape(x!);
    const axes = (given ? hostNumbers(node, given) : (numbers(node, 'axes') ?? [])).map((axis) => (axis + shape.length) % shape.length);
    const kept = shape.filter((side, axis) => (axes.length > 0 ? !axes.includes(axis) : side !== 1));
    return x!.kind === 'host' ? { ...x!, dims: kept } : logicalValue(tf.reshape(toLogical(x!), kept));
  },
  Cast: () => ([x]) => x!,

  Slice: (node) => (inputs) => {
    const [x, starts, ends, axes, steps] = inputs;
    const shape = logicalShape(x!);
    const from = starts ? hostNumbers(node, starts) : (numbers(node, 'starts') ?? []);
    const to = ends ? hostNumbers(node, ends) : (numbers(node, 'ends') ?? []);
    const along = axes ? hostNumbers(node, axes) : (numbers(node, 'axes') ?? from.map((_, axis) => axis));
    if (steps && hostNumbers(node, steps).some((step) => step !== 1)) throw unsupported(node, 'a slice with steps');
    const begin = shape.map(() => 0);
    const size = [...shape];
    along.forEach((value, i) => {
      const axis = (value + shape.length) % shape.length;
      const side = shape[axis]!;
      const clamp = (at: number) => Math.min(side, Math.max(0, at < 0 ? at + side : at));
      begin[axis] = clamp(from[i]!);
      size[axis] = Math.max(0, clamp(to[i]!) - begin[axis]!);
    });
    if (x!.kind === 'host') return { kind: 'host', dims: [size[0]!], data: x!.data.slice(begin[0]!, begin[0]! + size[0]!) };
    return logicalValue(tf.slice(toLogical(x!), begin, size));
  },
};

function hostNumbers(node: OnnxNode, value: GraphValue | null | undefined): number[] {
  if (value?.kind !== 'host') throw unsupported(node, 'a shape or an index that is computed on pictures');
  return [...value.data];
}

function required(node: OnnxNode, context: OperatorContext, index: number) {
  const constant = context.constant(node.inputs[index] ?? '');
  if (!constant) throw unsupported(node, `an input ${index} that is not a constant`);
  return constant;
}

function unsupported(node: OnnxNode, what: string): StudioError {
  return new StudioError('unsupported-op', `The node "${node.name}" (${node.opType}) asks for ${what}, which the importer can't do.`, 'Export the model without it.');
}
