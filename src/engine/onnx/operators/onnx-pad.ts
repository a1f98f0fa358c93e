import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { axesOf, hostNumbers, wrapped } from '../onnx-inputs';
import { attribute, numbers, refused, type OperatorFactory } from './onnx-operator';
import { heldAxis, logicalShape, toLogical, type DeviceValue } from '../onnx-values';

const MODES = ['constant', 'reflect', 'edge', 'wrap'] as const;
type Mode = (typeof MODES)[number];

/**
 * Pad: a frame of one number, of the border, or of the picture mirrored or repeated. A negative pad
 * crops.
 */
export const pad: OperatorFactory = (node) => {
  const named = node.attributes.get('mode') ?? 'constant';
  const mode = MODES.find((each) => each === named);
  if (!mode) throw refused(node, `mode ${MODES.join(', ')}; it has ${String(named)}`);
  return ([x, given, number, along]) => {
    const value: DeviceValue =
      x!.kind === 'host' ? { kind: 'device', tensor: toLogical(x!), channelsLast: false } : x!;
    const dims = logicalShape(value);
    // Older operator sets have them as attributes.
    const pads = given ? hostNumbers(node, given) : (numbers(node, 'pads') ?? []);
    const axes = (along ? hostNumbers(node, along) : (axesOf(node, null) ?? [...dims.keys()])).map(
      (axis) => wrapped(axis, dims.length),
    );
    if (pads.length !== 2 * axes.length || axes.some((axis) => dims[axis] === undefined))
      throw refused(node, `two pads an axis; it has [${pads.join(', ')}] for [${dims.join(', ')}]`);
    const constant = number ? (hostNumbers(node, number)[0] ?? 0) : attribute(node, 'value', 0);
    let { tensor } = value;
    axes.forEach((axis, i) => {
      const [before, after] = [pads[i]!, pads[axes.length + i]!];
      const side = dims[axis]!;
      if (
        side + before + after < 1 ||
        (mode === 'reflect' && Math.max(before, after) >= side) ||
        side === 0
      )
        throw refused(
          node,
          `a frame that fits; it has ${before} and ${after} along a side of ${side}`,
        );
      if (before !== 0 || after !== 0)
        tensor = framed(tensor, heldAxis(value, axis), before, after, mode, constant);
    });
    return { ...value, tensor };
  };
};

function framed(
  x: Tensor,
  axis: number,
  before: number,
  after: number,
  mode: Mode,
  constant: number,
): Tensor {
  const side = x.shape[axis]!;
  if (mode !== 'constant') {
    const places = Array.from({ length: before + side + after }, (_, i) =>
      placeOf(i - before, side, mode),
    );
    return tf.gather(x, tf.tensor1d(places, 'int32'), axis);
  }
  const only = (here: number, otherwise: number) =>
    x.shape.map((_, each) => (each === axis ? here : otherwise));
  const kept = Math.max(0, side + Math.min(0, before) + Math.min(0, after));
  const cropped =
    kept === side
      ? x
      : tf.slice(
          x,
          only(Math.max(0, -before), 0),
          x.shape.map((each, at) => (at === axis ? kept : each)),
        );
  return tf.pad(
    cropped,
    cropped.shape.map((_, each) =>
      each === axis ? [Math.max(0, before), Math.max(0, after)] : [0, 0],
    ),
    constant,
  );
}

/** The place within a side that fills a place before or behind it. */
function placeOf(at: number, side: number, mode: Exclude<Mode, 'constant'>): number {
  switch (mode) {
    case 'edge':
      return Math.min(side - 1, Math.max(0, at));
    case 'wrap':
      return ((at % side) + side) % side;
    case 'reflect':
      if (at < 0) return -at;
      return at >= side ? 2 * (side - 1) - at : at;
    default:
      return mode satisfies never;
  }
}
