import * as tf from '@tensorflow/tfjs-core';
import type { OnnxNode } from '../formats/onnx';
import { attribute, numbers, refused, type OperatorFactory } from './onnx-operator';
import { aligned, hostValue, logicalShape, logicalValue, toLogical, type GraphValue } from './onnx-values';

/** Numbers of `TensorProto.DataType` that a Cast may name. */
const FLOAT = 1;
const INT32 = 6;
const INT64 = 7;
const FLOAT16 = 10;
const DOUBLE = 11;
const BFLOAT16 = 16;

/** Elements of a constant that may be held as a list of numbers: more are weights, which belong on the device. */
export const MOST_ON_HOST = 65_536;

const flatten: OperatorFactory = (node) => ([x]) => {
  const axis = attribute(node, 'axis', 1);
  const rows = product(logicalShape(x!).slice(0, axis));
  return logicalValue(tf.reshape(toLogical(x!), [rows, -1]));
};

const reshape: OperatorFactory = (node, context) => {
  const keepsSides = attribute(node, 'allowzero', 0) === 0;
  const carriesBatch = context.fromPictures(node.inputs[0]!);
  return ([x, shape], batch) => {
    const from = logicalShape(x!);
    const target = hostNumbers(node, shape).map((side, axis) => (side === 0 && keepsSides ? (from[axis] ?? 0) : side));
    // Models exported for one picture write the batch as a literal 1, and some have had their input's renamed since; here it
    // is the batch at hand.
    const literalBatch = context.declaredBatch ?? (from[0] === batch ? 1 : null);
    if (carriesBatch && target[0] === literalBatch) target[0] = batch;
    const asked = target.join(', ');
    const free = target.indexOf(-1);
    if (free >= 0) target[free] = product(from) / product(target.filter((_, axis) => axis !== free));
    if (product(target) !== product(from) || !target.every((side) => Number.isInteger(side) && side >= 0)) {
      throw refused(node, `a shape of as many elements as it is given; it is to make [${asked}] of [${from.join(', ')}]`);
    }
    if (x!.kind === 'host') return { ...x!, dims: target };
    return logicalValue(tf.reshape(toLogical(x!), target));
  };
};

const transpose: OperatorFactory = (node) => ([x]) => {
  const permutation = numbers(node, 'perm') ?? [...logicalShape(x!).keys()].reverse();
  if (x!.kind === 'device' && x!.channelsLast && permutation.join() === '0,2,3,1') return logicalValue(x!.tensor);
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
  return { kind: 'device', tensor: tf.concat(tensors, channelsLast ? [0, 3, 1, 2][axis]! : axis), channelsLast };
};

const shape: OperatorFactory = (node) => ([x]) => {
  // Slicing takes negative places and ones beyond the end as ONNX does.
  const sides = logicalShape(x!).slice(attribute(node, 'start', 0), attribute(node, 'end', Infinity));
  return hostValue([sides.length], sides);
};

const gather: OperatorFactory = (node) => ([x, indices]) => {
  const source = logicalShape(x!);
  const axis = wrapped(attribute(node, 'axis', 0), source.length);
  const side = source[axis];
  const chosen = hostNumbers(node, indices).map((index) => wrapped(index, side ?? 0));
  if (side === undefined || chosen.some((index) => index < 0 || index >= side)) {
    throw refused(node, `indices within [${source.join(', ')}]; it asks for [${hostNumbers(node, indices).join(', ')}] of axis ${axis}`);
  }
  const dims = logicalShape(indices!);
  if (x!.kind === 'host') {
    const { data, whole } = list(node, x!);
    return { kind: 'host', dims, data: chosen.map((index) => data[index]!), whole };
  }
  return logicalValue(tf.gather(toLogical(x!), tf.tensor(chosen, [...dims], 'int32'), axis));
};

const unsqueeze: OperatorFactory = (node) => ([x, given]) => {
  const axes = axesOf(node, given) ?? [];
  if (axes.length === 0) throw refused(node, 'axes; it names none');
  const dims = [...logicalShape(x!)];
  const rank = dims.length + axes.length;
  for (const axis of axes.map((value) => wrapped(value, rank)).sort((a, b) => a - b)) dims.splice(axis, 0, 1);
  return reshaped(x!, dims);
};

const squeeze: OperatorFactory = (node) => ([x, given]) => {
  const dims = logicalShape(x!);
  const axes = axesOf(node, given)?.map((axis) => wrapped(axis, dims.length));
  if (axes?.some((axis) => dims[axis] !== 1)) throw refused(node, `axes of length 1; it names ${axes.join(', ')} of [${dims.join(', ')}]`);
  return reshaped(
    x!,
    dims.filter((side, axis) => (axes ? !axes.includes(axis) : side !== 1)),
  );
};

/**
 * What a Cast makes: whole numbers, or floating ones, which stay float32 here whatever their width.
 * @throws StudioError `unsupported-op` for any other type
 */
export function castTo(node: OnnxNode): 'whole' | 'floating' {
  const to = attribute(node, 'to', 0);
  if (to === INT32 || to === INT64) return 'whole';
  if (to === FLOAT || to === FLOAT16 || to === BFLOAT16 || to === DOUBLE) return 'floating';
  throw refused(node, `a cast to float32, float16, bfloat16, float64, int32 or int64; it has data type ${to}`);
}

function converted(node: OnnxNode, x: GraphValue, whole: boolean): GraphValue {
  if (x.kind === 'host') return { ...x, data: whole ? x.data.map(Math.trunc) : x.data, whole };
  if (whole) throw refused(node, 'a cast of pictures to floating point; it makes whole numbers of them');
  return x;
}

const cast: OperatorFactory = (node) => {
  const whole = castTo(node) === 'whole';
  return ([x]) => converted(node, x!, whole);
};

const castLike: OperatorFactory = (node) => ([x, like]) => converted(node, x!, like!.kind === 'host' && like!.whole);

const expand: OperatorFactory = (node) => ([x, sides]) => {
  const [from, to] = [logicalShape(x!), hostNumbers(node, sides)];
  const rank = Math.max(from.length, to.length);
  // Either may have the longer side, and either may have more of them.
  const [ours, theirs] = [from, to].map((dims) => [...Array<number>(rank - dims.length).fill(1), ...dims]) as [number[], number[]];
  const dims = ours.map((side, axis) => (side === 1 ? theirs[axis]! : side));
  if (dims.some((side, axis) => side < 0 || (theirs[axis] !== 1 && theirs[axis] !== side))) {
    throw refused(node, `sides that fit its input's; it is to make [${to.join(', ')}] of [${from.join(', ')}]`);
  }
  if (x!.kind === 'host' && product(dims) === x!.data.length) return { ...x!, dims };
  if (x!.kind === 'host' && x!.data.length === 1 && product(dims) <= MOST_ON_HOST) return { ...x!, dims, data: Array<number>(product(dims)).fill(x!.data[0]!) };
  return logicalValue(tf.broadcastTo(toLogical(x!), dims));
};

const slice: OperatorFactory = (node) => (inputs) => {
  const [x, starts, ends, axes, steps] = inputs;
  const dims = logicalShape(x!);
  const from = starts ? hostNumbers(node, starts) : (numbers(node, 'starts') ?? []);
  const to = ends ? hostNumbers(node, ends) : (numbers(node, 'ends') ?? []);
  const along = (axesOf(node, axes) ?? [...from.keys()]).map((axis) => wrapped(axis, dims.length));
  if (steps && hostNumbers(node, steps).some((step) => step !== 1)) throw refused(node, `steps of 1; it has [${hostNumbers(node, steps).join(', ')}]`);
  if (from.length !== to.length || from.length !== along.length || from.length === 0 || along.some((axis) => dims[axis] === undefined)) {
    throw refused(node, `a start and an end for each axis; it has [${from.join(', ')}], [${to.join(', ')}] for axes [${along.join(', ')}] of [${dims.join(', ')}]`);
  }
  const begin = dims.map(() => 0);
  const size = [...dims];
  along.forEach((axis, i) => {
    const side = dims[axis]!;
    const clamp = (at: number) => Math.min(side, Math.max(0, at < 0 ? at + side : at));
    begin[axis] = clamp(from[i]!);
    size[axis] = Math.max(0, clamp(to[i]!) - begin[axis]!);
  });
  if (x!.kind === 'host') {
    const { data, whole } = list(node, x!);
    return { kind: 'host', dims: [size[0]!], data: data.slice(begin[0]!, begin[0]! + size[0]!), whole };
  }
  return logicalValue(tf.slice(toLogical(x!), begin, size));
};

/** What moves and measures values without computing on them. */
export const shapeOperators = {
  Flatten: flatten,
  Reshape: reshape,
  Transpose: transpose,
  Concat: concat,
  Shape: shape,
  Gather: gather,
  Unsqueeze: unsqueeze,
  Squeeze: squeeze,
  Cast: cast,
  CastLike: castLike,
  Expand: expand,
  Slice: slice,
} as const satisfies Readonly<Record<string, OperatorFactory>>;

const product = (sides: readonly number[]) => sides.reduce((so, side) => so * side, 1);

/** A place counted from the end where it is negative. */
export const wrapped = (place: number, length: number) => (place < 0 ? place + length : place);

function reshaped(value: GraphValue, dims: number[]): GraphValue {
  return value.kind === 'host' ? { ...value, dims } : logicalValue(tf.reshape(toLogical(value), dims));
}

/** Axes from the input of newer operator sets or the attribute of older ones. */
export function axesOf(node: OnnxNode, given: GraphValue | null | undefined): readonly number[] | undefined {
  return given ? hostNumbers(node, given) : numbers(node, 'axes');
}

function hostNumbers(node: OnnxNode, value: GraphValue | null | undefined): readonly number[] {
  if (value?.kind !== 'host') throw refused(node, 'shapes, axes and indices that are known without looking at pictures');
  return value.data;
}

/** Shape arithmetic is done on lists and single numbers alone. */
function list<T extends GraphValue & { kind: 'host' }>(node: OnnxNode, value: T): T {
  if (value.dims.length > 1) throw refused(node, `shape arithmetic on lists; it is given [${value.dims.join(', ')}]`);
  return value;
}
