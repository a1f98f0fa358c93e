import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { OnnxNode } from '../../formats/onnx/onnx';
import { numbers, refused } from './operators/onnx-operator';
import { logicalShape, toChannelsLast, type GraphValue, type HostValue } from './onnx-values';

/** A value as pictures held NHWC. @throws StudioError `unsupported-op` if it isn't 4-D */
export function pictureOf(node: OnnxNode, value: GraphValue): Tensor4D {
  const shape = logicalShape(value);
  if (shape.length !== 4)
    throw refused(node, `pictures [N, C, H, W]; it is given [${shape.join(', ')}]`);
  return toChannelsLast(value) as Tensor4D;
}

/** An index that counts from the end if it is negative. */
export const wrapped = (place: number, length: number): number =>
  place < 0 ? place + length : place;

/** Axes from the input of newer operator sets, or from the attribute of older ones. */
export function axesOf(
  node: OnnxNode,
  given: GraphValue | null | undefined,
): readonly number[] | undefined {
  return given ? hostNumbers(node, given) : numbers(node, 'axes');
}

/** Numbers that don't depend on pictures. @throws StudioError `unsupported-op` for others */
export function hostNumbers(
  node: OnnxNode,
  value: GraphValue | null | undefined,
): readonly number[] {
  if (value?.kind !== 'host')
    throw refused(node, 'shapes, axes and indices that are known without looking at pictures');
  return value.data;
}

/**
 * Returns a list or a single number, to which shape arithmetic is limited.
 * @throws StudioError `unsupported-op` for higher ranks
 */
export function list<T extends HostValue>(node: OnnxNode, value: T): T {
  if (value.dims.length > 1)
    throw refused(node, `shape arithmetic on lists; it is given [${value.dims.join(', ')}]`);
  return value;
}
