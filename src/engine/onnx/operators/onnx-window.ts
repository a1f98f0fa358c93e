import type { OnnxNode } from '../../../formats/onnx/onnx';
import { attribute, numbers, refused } from './onnx-operator';

/** Two numbers, for height and width. */
export type Pair = readonly [number, number];

/** The movement of a window over pictures of one size. */
export interface Framing {
  /** Padding before the first and after the last place, for height and width. */
  readonly pads: readonly [Pair, Pair];
  /** How far the last window reaches beyond that with ceil_mode. */
  readonly beyond: Pair;
  /** Number of the window's positions. */
  readonly out: Pair;
}

/** The lowest float32, ONNX's default for "no lower bound". */
export const LOWEST = -3.4028234663852886e38;

/** A node's window. */
export interface Window {
  readonly strides: Pair;
  readonly dilations: Pair;
  /** For pictures of that height and width. */
  framing(height: number, width: number): Framing;
}

/**
 * Reads a node's window.
 * @param kernel height and width of the window
 * @throws StudioError `unsupported-op` for a window that isn't over height and width, or that crops
 */
export function windowOf(node: OnnxNode, kernel: Pair): Window {
  const mode = node.attributes.get('auto_pad') ?? 'NOTSET';
  if (mode !== 'NOTSET' && mode !== 'VALID' && mode !== 'SAME_UPPER' && mode !== 'SAME_LOWER')
    throw refused(node, `auto_pad NOTSET, VALID, SAME_UPPER or SAME_LOWER; it has ${String(mode)}`);
  const given = (mode === 'NOTSET' ? numbers(node, 'pads') : undefined) ?? [0, 0, 0, 0];
  if (given.length !== 4 || given.some((side) => side < 0))
    throw refused(node, `four pads of 0 and more; it has [${given.join(', ')}]`);
  const [strides, dilations] = [pairOf(node, 'strides'), pairOf(node, 'dilations')];
  const roundsUp = attribute(node, 'ceil_mode', 0) !== 0;
  const reach = ([0, 1] as const).map(
    (axis) => dilations[axis] * (kernel[axis] - 1) + 1,
  ) as unknown as Pair;
  const along = (axis: 0 | 1, side: number): { pads: Pair; beyond: number; out: number } => {
    const [stride, extent] = [strides[axis], reach[axis]];
    if (mode === 'SAME_UPPER' || mode === 'SAME_LOWER') {
      const out = Math.ceil(side / stride);
      const pad = Math.max(0, (out - 1) * stride + extent - side);
      const [less, more] = [Math.floor(pad / 2), Math.ceil(pad / 2)];
      return { pads: mode === 'SAME_UPPER' ? [less, more] : [more, less], beyond: 0, out };
    }
    // ONNX lists [top, left, bottom, right].
    const pads: Pair = [given[axis]!, given[axis + 2]!];
    const travel = side + pads[0] + pads[1] - extent;
    let out = (roundsUp ? Math.ceil(travel / stride) : Math.floor(travel / stride)) + 1;
    // A window that would begin behind the picture doesn't count.
    if (roundsUp && (out - 1) * stride >= side + pads[0]) out--;
    return { pads, beyond: Math.max(0, (out - 1) * stride - travel), out };
  };
  return {
    strides,
    dilations,
    framing: (height, width) => {
      const [down, across] = [along(0, height), along(1, width)];
      if (down.out < 1 || across.out < 1)
        throw refused(
          node,
          `pictures as large as its window of ${reach.join(' × ')}; it is given ${height} ` +
            `× ${width}`,
        );
      return {
        pads: [down.pads, across.pads],
        beyond: [down.beyond, across.beyond],
        out: [down.out, across.out],
      };
    },
  };
}

/**
 * A pair of numbers for height and width; 1 and 1 by default.
 * @throws StudioError `unsupported-op`
 */
export function pairOf(node: OnnxNode, name: string): Pair {
  const values = numbers(node, name) ?? [1, 1];
  if (values.length !== 2)
    throw refused(node, `${name} for height and width; it has [${values.join(', ')}]`);
  return [values[0]!, values[1]!];
}
