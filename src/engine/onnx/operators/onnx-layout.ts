import type { OnnxModel } from '../../../formats/onnx/onnx';
import { numbers } from './onnx-operator';

/**
 * The layout of a model's pictures: NCHW in PyTorch exports, NHWC in TensorFlow's.
 */
export type PictureLayout = 'NCHW' | 'NHWC';

/** From channels last to channels first, and back. */
const [TO_FIRST, TO_LAST] = ['0,3,1,2', '0,2,3,1'];

/** Channels that a picture may have. */
const isChannels = (side: number | null | undefined) => side === 1 || side === 3;

/**
 * The layout of a model's input, by its declared sides: the axis with one or three places holds the
 * channels. If it declares neither, by its first nodes: tf2onnx moves the channels forward before
 * anything else.
 */
export function layoutOf(model: OnnxModel): PictureLayout {
  const [input] = model.inputs;
  const dims = input?.dims ?? [];
  if (isChannels(dims[1])) return 'NCHW';
  if (isChannels(dims[3])) return 'NHWC';
  const readers = model.nodes.filter(({ inputs }) => inputs.includes(input?.name ?? ''));
  return readers.length > 0 &&
    readers.every(
      (node) => node.opType === 'Transpose' && numbers(node, 'perm')?.join() === TO_FIRST,
    )
    ? 'NHWC'
    : 'NCHW';
}

/**
 * Names of 4-D values that are logically NHWC, derived from the input and the transpositions; all
 * others are NCHW.
 */
export function channelsLastNames(model: OnnxModel): ReadonlySet<string> {
  const names = new Set(layoutOf(model) === 'NHWC' ? [model.inputs[0]!.name] : []);
  for (const node of model.nodes) {
    const moved = node.opType === 'Transpose' ? numbers(node, 'perm')?.join() : undefined;
    if (moved === TO_FIRST) continue;
    if (moved === TO_LAST || node.inputs.some((name) => names.has(name)))
      for (const name of node.outputs) names.add(name);
  }
  return names;
}
