import type { OriginatedConvention } from '../../engine/input-convention';
import { constantsOf } from '../../engine/onnx/onnx-constants';
import type { OnnxModel } from '../../formats/onnx/onnx';

/** The default backbone: MobileFaceNet trained with ArcFace on MS1M; BGR, (x − 127.5)/128. */
export const MOBILE_FACE_NET = {
  name: 'MobileFaceNet (ArcFace, MS1M)',
  input: { order: 'BGR', mean: 127.5, scale: 1 / 128 },
} as const;

/** SHA-256 of the default backbone's file. */
export const MOBILE_FACE_NET_HASH =
  '87aacdfe57510db2af90c0251df680e8eec88f122ee94712121d09bcaaaf3581';

/**
 * The input convention of an ONNX backbone when nobody gave one:
 * - the default backbone's own, for its file;
 * - raw RGB, for a model whose first nodes shift and scale the picture themselves: 0..255 or 0..1,
 *   as their constants expect;
 * - otherwise RGB, (x − 127.5)/127.5, as InsightFace feeds its models.
 * @param hash SHA-256 of the file
 */
export function conventionOf(model: OnnxModel, hash: string): OriginatedConvention {
  if (hash === MOBILE_FACE_NET_HASH) {
    return { input: MOBILE_FACE_NET.input, origin: { kind: 'file', by: 'this studio' } };
  }
  const range = ownRange(model);
  if (range === null) {
    const input = { order: 'RGB', mean: 127.5, scale: 1 / 127.5 } as const;
    return { input, origin: { kind: 'default', by: 'InsightFace' } };
  }
  const input = { order: 'RGB', mean: 0, scale: range === 'bytes' ? 1 : 1 / 255 } as const;
  return { input, origin: { kind: 'layers' } };
}

/** Operators that change no pixel value. */
const PASS_THROUGH: ReadonlySet<string> = new Set(['Identity', 'Cast', 'Transpose']);

/** A constant of a normalisation has one element, or one a channel; larger ones are weights. */
const MAX_CONSTANT_ELEMENTS = 16;

/**
 * The pixel range that the model's first arithmetic nodes expect: 0..255 or 0..1. Null if it starts
 * without arithmetic, or with some that fits either range.
 */
function ownRange(model: OnnxModel): 'bytes' | 'unit' | null {
  const constants = constantsOf(model);
  // The nodes so far turn a pixel x into scale · x + shift.
  let [scale, shift] = [1, 0];
  for (let name = model.inputs[0]?.name ?? ''; ;) {
    const [node, ...others] = model.nodes.filter(({ inputs }) => inputs.includes(name));
    if (!node || others.length > 0) break;
    if (!PASS_THROUGH.has(node.opType)) {
      const tensor = constants.get(node.inputs[node.inputs[0] === name ? 1 : 0] ?? '');
      if (
        !tensor ||
        tensor.dims.reduce((product, side) => product * side, 1) > MAX_CONSTANT_ELEMENTS
      )
        break;
      const elements = [...tensor.data];
      const constant = elements.reduce((sum, each) => sum + each, 0) / elements.length;
      const isSecondOperand = node.inputs[1] === name;
      if (node.opType === 'Add') {
        shift += constant;
      } else if (node.opType === 'Sub' && isSecondOperand) {
        scale = -scale;
        shift = constant - shift;
      } else if (node.opType === 'Sub') {
        shift -= constant;
      } else if (node.opType === 'Mul') {
        scale *= constant;
        shift *= constant;
      } else if (node.opType === 'Div' && !isSecondOperand) {
        scale /= constant;
        shift /= constant;
      } else {
        break;
      }
    }
    name = node.outputs[0]!;
  }
  // The pixel value that becomes zero lies in the middle of the range: near 127.5, or near 0.5.
  if (shift !== 0) return Math.abs(shift / scale) > 1 ? 'bytes' : 'unit';
  return Math.abs(scale) < 1 / 64 ? 'bytes' : null;
}
