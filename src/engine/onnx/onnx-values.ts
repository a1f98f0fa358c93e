import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OnnxTensor } from '../../formats/onnx/onnx';

/**
 * A value on an edge of a graph: a tensor on the device, or a small constant on the host (shapes,
 * indices).
 *
 * In ONNX a 4-D tensor is NCHW; the engine holds pictures NHWC, in which tfjs computes.
 * `channelsLast` marks a 4-D tensor that is held NHWC: its logical shape is [N, C, H, W] = shape[0,
 * 3, 1, 2].
 */
export type GraphValue = DeviceValue | HostValue;

export interface DeviceValue {
  readonly kind: 'device';
  readonly tensor: Tensor;
  readonly channelsLast: boolean;
}

export interface HostValue {
  readonly kind: 'host';
  readonly dims: readonly number[];
  readonly data: readonly number[];
  /** Whether ONNX's type is an integer type, whose division drops the remainder. */
  readonly whole: boolean;
}

/** A tensor in ONNX's order of axes. */
export const logicalValue = (tensor: Tensor): GraphValue => ({
  kind: 'device',
  tensor,
  channelsLast: false,
});

/** A 4-D tensor held NHWC. */
export const channelsLastValue = (tensor: Tensor): GraphValue => ({
  kind: 'device',
  tensor,
  channelsLast: true,
});

/** Whole numbers on the host. */
export const hostValue = (dims: readonly number[], data: readonly number[]): GraphValue => ({
  kind: 'host',
  dims,
  data,
  whole: true,
});

/** The value's shape in ONNX's order. */
export function logicalShape(value: GraphValue): readonly number[] {
  if (value.kind === 'host') return value.dims;
  const shape = value.tensor.shape;
  return value.channelsLast ? [shape[0]!, shape[3]!, shape[1]!, shape[2]!] : shape;
}

/** The value as a tensor in ONNX's order. */
export function toLogical(value: GraphValue): Tensor {
  if (value.kind === 'host') return tf.tensor([...value.data], [...value.dims], 'float32');
  if (!value.channelsLast) return value.tensor;
  const [batch, height, width, channels] = value.tensor.shape as [number, number, number, number];
  // Moving an axis past axes of length one moves no data.
  if (height * width === 1 || channels === 1)
    return tf.reshape(value.tensor, [batch, channels, height, width]);
  return tf.transpose(value.tensor, [0, 3, 1, 2]);
}

/** A 4-D value as a tensor held NHWC. */
export function toChannelsLast(value: GraphValue): Tensor {
  if (value.kind === 'device' && value.channelsLast) return value.tensor;
  const tensor = toLogical(value);
  const [batch, channels, height, width] = tensor.shape as [number, number, number, number];
  if (height * width === 1 || channels === 1)
    return tf.reshape(tensor, [batch, height, width, channels]);
  return tf.transpose(tensor, [0, 2, 3, 1]);
}

/** The axis of a value's tensor that holds an axis of its logical shape. */
export const heldAxis = (value: GraphValue, axis: number): number =>
  value.kind === 'device' && value.channelsLast ? [0, 3, 1, 2][axis]! : axis;

/**
 * Aligns operands for a broadcasting operator: NHWC if any of them is, ONNX's order otherwise.
 */
export function aligned(values: readonly GraphValue[]): {
  tensors: Tensor[];
  channelsLast: boolean;
} {
  const ranks = values.map((value) => logicalShape(value).length);
  // A tensor of rank above four is never NHWC, and neither is a result computed from it.
  const channelsLast =
    values.some((value) => value.kind === 'device' && value.channelsLast) &&
    ranks.every((rank) => rank <= 4);
  if (!channelsLast) return { tensors: values.map(toLogical), channelsLast };
  const tensors = values.map((value) => {
    const shape = logicalShape(value);
    if (shape.length === 4) return toChannelsLast(value);
    // A lower rank is broadcast from the right: [C, 1, 1] means [1, C, 1, 1].
    const padded = [...Array<number>(4 - shape.length).fill(1), ...shape];
    return toChannelsLast(logicalValue(tf.reshape(toLogical(value), padded)));
  });
  return { tensors, channelsLast };
}

/**
 * A constant of the graph: integers and single numbers stay on the host, where shape arithmetic is
 * done.
 */
export function constantValue(tensor: OnnxTensor): GraphValue {
  const size = tensor.dims.reduce((product, side) => product * side, 1);
  if (tensor.whole || size <= 1)
    return { kind: 'host', dims: tensor.dims, data: [...tensor.data], whole: tensor.whole };
  // A copy, because a backend may keep the array, which may be a view of the whole file.
  return logicalValue(tf.tensor(new Float32Array(tensor.data), [...tensor.dims], 'float32'));
}
