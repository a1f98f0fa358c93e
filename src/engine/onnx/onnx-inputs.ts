import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { OnnxNode } from '../../formats/onnx/onnx';
import { numbers, refused } from './operators/onnx-operator';
import { logicalShape, toChannelsLast, type GraphValue, type HostValue } from './onnx-values';

/** A value as pictures held NHWC. @throws StudioError `unsupported-op` where it is none */
export function pictureOf(node: OnnxNode, value: GraphValue): Tensor4D {
  const shape = logicalShape(value);
  if (shape.length !== 4)
    throw refused(node, `pictures [N, C, H, W]; it is given [${shape.join(', ')}]`);
  return toChannelsLast(value) as Tensor4D;
}

/** A place counted from the end where it is negative. */
export const wrapped = (place: number, length: number): number =>
  place < 0 ? place + length : place;

/** Axes from the input of newer operator sets or the attribute of older ones. */
export function axesOf(
  node: OnnxNode,
  given: GraphValue | null | undefined,
): readonly number[] | undefined {
  return given ? hostNumbers(node, given) : numbers(node, 'axes');
}

/** Numbers that are known without looking at pictures. @throws StudioError `unsupported-op` */
export function hostNumbers(
  node: OnnxNode,
  value: GraphValue | null | undefined,
): readonly number[] {
  if (value?.kind !== 'host')
    throw refused(node, 'shapes, axes and indices that are known without looking at pictures');
  return value.data;
}

/**
 * Shape arithmetic is done on lists and single numbers alone.
 * @throws StudioError `unsupported-op`
 */
export function list<T extends HostValue>(node: OnnxNode, value: T): T {
  if (value.dims.length > 1)
    throw refused(node, `shape arithmetic on lists; it is given [${value.dims.join(', ')}]`);
  return value;
}
