import * as tf from '@tensorflow/tfjs-core';
import { axesOf, hostNumbers, list, wrapped } from '../onnx-inputs';
import { cast, castLike } from './onnx-cast';
import { attribute, numbers, refused, type OperatorFactory } from './onnx-operator';
import {
  aligned,
  channelsLastValue,
  heldAxis,
  hostValue,
  logicalShape,
  logicalValue,
  toLogical,
  type GraphValue,
} from '../onnx-values';

/** Most elements of a constant on the host; larger ones are weights, which belong on the device. */
export const MAX_HOST_ELEMENTS = 65_536;

const flatten: OperatorFactory =
  (node) =>
  ([x]) => {
    const axis = attribute(node, 'axis', 1);
    const rows = product(logicalShape(x!).slice(0, axis));
    return logicalValue(tf.reshape(toLogical(x!), [rows, -1]));
  };

const reshape: OperatorFactory = (node, context) => {
  const keepsSides = attribute(node, 'allowzero', 0) === 0;
  const carriesBatch = context.fromPictures(node.inputs[0]!);
  return ([x, shape], batch) => {
    const from = logicalShape(x!);
    const target = hostNumbers(node, shape).map((side, axis) =>
      side === 0 && keepsSides ? (from[axis] ?? 0) : side,
    );
    // Models exported for one picture have a literal 1 for the batch, and in some the batch of the
    // input was renamed afterwards; here it is the actual batch.
    const literalBatch = context.declaredBatch ?? (from[0] === batch ? 1 : null);
    if (carriesBatch && target[0] === literalBatch) target[0] = batch;
    const requested = target.join(', ');
    const free = target.indexOf(-1);
    if (free >= 0)
      target[free] = product(from) / product(target.filter((_, axis) => axis !== free));
    if (
      product(target) !== product(from) ||
      !target.every((side) => Number.isInteger(side) && side >= 0)
    ) {
      throw refused(
        node,
        `a shape of as many elements as it is given; it is to make [${requested}] of ` +
          `[${from.join(', ')}]`,
      );
    }
    if (x!.kind === 'host') return { ...x!, dims: target };
    return logicalValue(tf.reshape(toLogical(x!), target));
  };
};

const transpose: OperatorFactory =
  (node) =>
  ([x]) => {
    const permutation = numbers(node, 'perm') ?? [...logicalShape(x!).keys()].reverse();
    const order = permutation.join();
    if (x!.kind === 'device' && x!.channelsLast && order === '0,2,3,1')
      return logicalValue(x!.tensor);
    // A logical NHWC tensor has the layout in which the engine holds pictures.
    if (x!.kind === 'device' && !x!.channelsLast && order === '0,3,1,2')
      return channelsLastValue(x!.tensor);
    return logicalValue(tf.transpose(toLogical(x!), [...permutation]));
  };

const concat: OperatorFactory = (node) => (inputs) => {
  const values = inputs as GraphValue[];
  if (values.every((value) => value.kind === 'host')) {
    const data = values.flatMap((value) => list(node, value).data);
    return { kind: 'host', dims: [data.length], data, whole: values.every(({ whole }) => whole) };
  }
  const rank = logicalShape(values[0]!).length;
  const axis = (attribute(node, 'axis', 0) + rank) % rank;
  const { tensors, channelsLast } = aligned(values);
  return {
    kind: 'device',
    tensor: tf.concat(tensors, channelsLast ? [0, 3, 1, 2][axis]! : axis),
    channelsLast,
  };
};

const shape: OperatorFactory =
  (node) =>
  ([x]) => {
    // Array.slice treats negative places and places beyond the end as ONNX does.
    const sides = logicalShape(x!).slice(
      attribute(node, 'start', 0),
      attribute(node, 'end', Infinity),
    );
    return hostValue([sides.length], sides);
  };

/** ConstantOfShape: one number repeated in a known shape. */
const constantOfShape: OperatorFactory = (node) => {
  const value = node.attributes.get('value');
  const given = typeof value === 'object' && 'data' in value ? value : null;
  const [number, whole] = given ? [given.data[0] ?? 0, given.whole] : [0, false];
  return ([sides]) => {
    const dims = [...hostNumbers(node, sides)];
    const size = product(dims);
    if (dims.some((side) => side < 0))
      throw refused(node, `sides of 0 and more; it is given [${dims.join(', ')}]`);
    if (size > MAX_HOST_ELEMENTS) return logicalValue(tf.fill(dims, number));
    return { kind: 'host', dims, data: Array<number>(size).fill(number), whole };
  };
};

/** Where: chooses among known numbers, in lists of the same length or of one number. */
const where: OperatorFactory = (node) => (inputs) => {
  const [chosen, a, b] = inputs.map((value) => ({
    dims: logicalShape(value!),
    data: hostNumbers(node, value),
  }));
  const sides = [chosen!, a!, b!];
  const longest = sides.reduce((a, b) => (b.data.length > a.data.length ? b : a));
  if (sides.some(({ data }) => data.length !== 1 && data.length !== longest.data.length)) {
    throw refused(
      node,
      `lists of one length; it is given ${sides.map(({ data }) => data.length).join(', ')} numbers`,
    );
  }
  const at = ({ data }: { readonly data: readonly number[] }, i: number) =>
    data[data.length === 1 ? 0 : i]!;
  const data = longest.data.map((_, i) => at(at(chosen!, i) !== 0 ? a! : b!, i));
  const whole = [inputs[1], inputs[2]].every((value) => value?.kind === 'host' && value.whole);
  return { kind: 'host', dims: longest.dims, data, whole };
};

const gather: OperatorFactory =
  (node) =>
  ([x, indices]) => {
    const source = logicalShape(x!);
    const axis = wrapped(attribute(node, 'axis', 0), source.length);
    const side = source[axis];
    const chosen = hostNumbers(node, indices).map((index) => wrapped(index, side ?? 0));
    if (side === undefined || chosen.some((index) => index < 0 || index >= side)) {
      throw refused(
        node,
        `indices within [${source.join(', ')}]; it asks for ` +
          `[${hostNumbers(node, indices).join(', ')}] of axis ${axis}`,
      );
    }
    const dims = logicalShape(indices!);
    if (x!.kind === 'host') {
      const { data, whole } = list(node, x!);
      return { kind: 'host', dims, data: chosen.map((index) => data[index]!), whole };
    }
    return logicalValue(tf.gather(toLogical(x!), tf.tensor(chosen, [...dims], 'int32'), axis));
  };

const unsqueeze: OperatorFactory =
  (node) =>
  ([x, given]) => {
    const axes = axesOf(node, given) ?? [];
    if (axes.length === 0) throw refused(node, 'axes; it names none');
    const dims = [...logicalShape(x!)];
    const rank = dims.length + axes.length;
    for (const axis of axes.map((value) => wrapped(value, rank)).sort((a, b) => a - b))
      dims.splice(axis, 0, 1);
    return reshaped(x!, dims);
  };

const squeeze: OperatorFactory =
  (node) =>
  ([x, given]) => {
    const dims = logicalShape(x!);
    const axes = axesOf(node, given)?.map((axis) => wrapped(axis, dims.length));
    if (axes?.some((axis) => dims[axis] !== 1))
      throw refused(node, `axes of length 1; it names ${axes.join(', ')} of [${dims.join(', ')}]`);
    return reshaped(
      x!,
      dims.filter((side, axis) => (axes ? !axes.includes(axis) : side !== 1)),
    );
  };

const expand: OperatorFactory =
  (node) =>
  ([x, sides]) => {
    const [from, to] = [logicalShape(x!), hostNumbers(node, sides)];
    const rank = Math.max(from.length, to.length);
    // Either may have the larger rank, and either may have the longer sides.
    const [ours, theirs] = [from, to].map((dims) => [
      ...Array<number>(rank - dims.length).fill(1),
      ...dims,
    ]) as [number[], number[]];
    const dims = ours.map((side, axis) => (side === 1 ? theirs[axis]! : side));
    if (dims.some((side, axis) => side < 0 || (theirs[axis] !== 1 && theirs[axis] !== side))) {
      throw refused(
        node,
        `sides that fit its input's; it is to make [${to.join(', ')}] of [${from.join(', ')}]`,
      );
    }
    if (x!.kind === 'host' && product(dims) === x!.data.length) return { ...x!, dims };
    if (x!.kind === 'host' && x!.data.length === 1 && product(dims) <= MAX_HOST_ELEMENTS)
      return { ...x!, dims, data: Array<number>(product(dims)).fill(x!.data[0]!) };
    return logicalValue(tf.broadcastTo(toLogical(x!), dims));
  };

/** Split: equal parts along an axis, the last one perhaps smaller, or parts of given sizes. */
const split: OperatorFactory =
  (node) =>
  ([x, given]) => {
    const dims = logicalShape(x!);
    const axis = wrapped(attribute(node, 'axis', 0), dims.length);
    const side = dims[axis] ?? 0;
    const parts = node.outputs.length;
    const part = Math.ceil(side / parts);
    const even = Array.from({ length: parts }, (_, i) =>
      Math.min(part, Math.max(0, side - i * part)),
    );
    const sizes = given ? hostNumbers(node, given) : (numbers(node, 'split') ?? even);
    if (
      sizes.length !== parts ||
      product([...sizes]) <= 0 ||
      sizes.reduce((sum, each) => sum + each, 0) !== side
    ) {
      throw refused(
        node,
        `${parts} parts that make up axis ${axis} of [${dims.join(', ')}]; it has ` +
          `[${sizes.join(', ')}]`,
      );
    }
    if (x!.kind === 'host') {
      const { data, whole } = list(node, x!);
      const ends = sizes.map((_, i) => sizes.slice(0, i + 1).reduce((sum, each) => sum + each, 0));
      return sizes.map((size, i) => ({
        kind: 'host',
        dims: [size],
        data: data.slice(ends[i]! - size, ends[i]!),
        whole,
      }));
    }
    const { channelsLast } = x!;
    return tf
      .split(x!.tensor, [...sizes], heldAxis(x!, axis))
      .map((tensor) => ({ kind: 'device', tensor, channelsLast }));
  };

/** Operators that move or measure values without computing on them. */
export const shapeOperators = {
  Flatten: flatten,
  Reshape: reshape,
  Transpose: transpose,
  Concat: concat,
  Shape: shape,
  ConstantOfShape: constantOfShape,
  Where: where,
  Gather: gather,
  Unsqueeze: unsqueeze,
  Squeeze: squeeze,
  Cast: cast,
  CastLike: castLike,
  Expand: expand,
  Split: split,
} as const satisfies Readonly<Record<string, OperatorFactory>>;

const product = (sides: readonly number[]) => sides.reduce((result, side) => result * side, 1);

function reshaped(value: GraphValue, dims: number[]): GraphValue {
  return value.kind === 'host'
    ? { ...value, dims }
    : logicalValue(tf.reshape(toLogical(value), dims));
}
