import * as tf from '@tensorflow/tfjs-core';
import { axesOf, hostNumbers, list, wrapped } from '../onnx-inputs';
import { numbers, refused, type OperatorFactory } from './onnx-operator';
import { heldAxis, logicalShape } from '../onnx-values';

/** Slice: a range along each of some axes, forwards or backwards, in steps. */
export const slice: OperatorFactory = (node) => (inputs) => {
  const [x, starts, ends, axes, steps] = inputs;
  const dims = logicalShape(x!);
  const from = starts ? hostNumbers(node, starts) : (numbers(node, 'starts') ?? []);
  const to = ends ? hostNumbers(node, ends) : (numbers(node, 'ends') ?? []);
  const along = (axesOf(node, axes) ?? [...from.keys()]).map((axis) => wrapped(axis, dims.length));
  const by = steps ? hostNumbers(node, steps) : from.map(() => 1);
  if (
    [to, along, by].some(({ length }) => length !== from.length) ||
    from.length === 0 ||
    along.some((axis) => dims[axis] === undefined)
  ) {
    throw refused(
      node,
      `a start, an end and a step for each axis; it has [${from.join(', ')}], ` +
        `[${to.join(', ')}], [${by.join(', ')}] for axes [${along.join(', ')}] of ` +
        `[${dims.join(', ')}]`,
    );
  }
  if (by.some((step) => step === 0))
    throw refused(node, `steps other than 0; it has [${by.join(', ')}]`);
  const places = along.map((axis, i) => placesOf(dims[axis]!, from[i]!, to[i]!, by[i]!));
  if (x!.kind === 'host') {
    const { data, whole } = list(node, x!);
    return {
      kind: 'host',
      dims: [places[0]!.length],
      data: places[0]!.map((place) => data[place]!),
      whole,
    };
  }
  let { tensor } = x!;
  along.forEach((axis, i) => {
    const held = heldAxis(x!, axis);
    const chosen = places[i]!;
    if (chosen.length === tensor.shape[held] && by[i]! > 0) return;
    if (by[i] === 1 || chosen.length === 0) {
      const size = tensor.shape.map((side, each) => (each === held ? chosen.length : side));
      tensor = tf.slice(
        tensor,
        tensor.shape.map((_, each) => (each === held ? (chosen[0] ?? 0) : 0)),
        size,
      );
    } else tensor = tf.gather(tensor, tf.tensor1d(chosen, 'int32'), held);
  });
  return { ...x!, tensor };
};

/** The places of a range. As in ONNX, an index beyond an end means that end. */
function placesOf(side: number, start: number, end: number, step: number): number[] {
  // Backwards, a range may end before the first place.
  const [least, most] = step > 0 ? [0, side] : [-1, side - 1];
  const clamp = (at: number, low: number) => Math.min(most, Math.max(low, at < 0 ? at + side : at));
  const [first, last] = [clamp(start, Math.max(least, 0)), clamp(end, least)];
  const count = Math.max(0, Math.ceil((last - first) / step));
  return Array.from({ length: count }, (_, i) => first + i * step);
}
