import type { OriginatedConvention } from '../../engine/input-convention';
import { constantsOf } from '../../engine/onnx/onnx-constants';
import type { OnnxModel } from '../../formats/onnx/onnx';

/** The default backbone: MobileFaceNet trained with ArcFace on MS1M; BGR, (x − 127.5)/128. */
export const MOBILE_FACE_NET = {
  name: 'MobileFaceNet (ArcFace, MS1M)',
  input: { order: 'BGR', mean: 127.5, scale: 1 / 128 },
} as const;

/** SHA-256 of the file that the default backbone comes in. */
export const MOBILE_FACE_NET_HASH =
  '87aacdfe57510db2af90c0251df680e8eec88f122ee94712121d09bcaaaf3581';

/**
 * What a backbone is to be fed, where nobody says: the default backbone's own convention for its
 * file; raw RGB for a model that begins by moving and scaling its pictures itself, brought to 0..1
 * where its numbers are made for that; and (x − 127.5)/127.5 in RGB otherwise, as InsightFace feeds
 * its models.
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

/** What changes no pixel. */
const PASSING: ReadonlySet<string> = new Set(['Identity', 'Cast', 'Transpose']);

/** Numbers of a normalisation: one, or one a channel. */
const MAX_NUMBERS = 16;

/**
 * The range of pictures that the model's first arithmetic is made for: 0..255 or 0..1; null where
 * it has none, or none that tells.
 */
function ownRange(model: OnnxModel): 'bytes' | 'unit' | null {
  const constants = constantsOf(model);
  // What the nodes so far make of a pixel: scale · x + shift.
  let [scale, shift] = [1, 0];
  for (let name = model.inputs[0]?.name ?? ''; ;) {
    const [node, ...others] = model.nodes.filter(({ inputs }) => inputs.includes(name));
    if (!node || others.length > 0) break;
    if (!PASSING.has(node.opType)) {
      const tensor = constants.get(node.inputs[node.inputs[0] === name ? 1 : 0] ?? '');
      if (!tensor || tensor.dims.reduce((product, side) => product * side, 1) > MAX_NUMBERS) break;
      const numbers = [...tensor.data];
      const number = numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
      const fromIt = node.inputs[1] === name;
      if (node.opType === 'Add') shift += number;
      else if (node.opType === 'Sub')
        [scale, shift] = fromIt ? [-scale, number - shift] : [scale, shift - number];
      else if (node.opType === 'Mul') [scale, shift] = [scale * number, shift * number];
      else if (node.opType === 'Div' && !fromIt) [scale, shift] = [scale / number, shift / number];
      else break;
    }
    name = node.outputs[0]!;
  }
  // The pixel that becomes zero lies amid the range: near 127.5, or near 0.5.
  if (shift !== 0) return Math.abs(shift / scale) > 1 ? 'bytes' : 'unit';
  return Math.abs(scale) < 1 / 64 ? 'bytes' : null;
}
