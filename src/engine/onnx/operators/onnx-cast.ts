import type { OnnxNode } from '../../../formats/onnx/onnx';
import type { GraphValue } from '../onnx-values';
import { attribute, refused, type OperatorFactory } from './onnx-operator';

/** Numbers of `TensorProto.DataType` that a Cast may name. */
const FLOAT = 1;
const INT32 = 6;
const INT64 = 7;
const FLOAT16 = 10;
const DOUBLE = 11;
const BFLOAT16 = 16;

/**
 * The kind of numbers that a Cast makes: whole, or floating, which are float32 here at any width.
 * @throws StudioError `unsupported-op` for any other type
 */
export function castTo(node: OnnxNode): 'whole' | 'floating' {
  const to = attribute(node, 'to', 0);
  if (to === INT32 || to === INT64) return 'whole';
  if (to === FLOAT || to === FLOAT16 || to === BFLOAT16 || to === DOUBLE) return 'floating';
  throw refused(
    node,
    `a cast to float32, float16, bfloat16, float64, int32 or int64; it has data type ${to}`,
  );
}

function converted(node: OnnxNode, x: GraphValue, whole: boolean): GraphValue {
  if (x.kind === 'host') return { ...x, data: whole ? x.data.map(Math.trunc) : x.data, whole };
  if (whole)
    throw refused(node, 'a cast of pictures to floating point; it makes whole numbers of them');
  return x;
}

/** Cast: to a type that an attribute names. */
export const cast: OperatorFactory = (node) => {
  const whole = castTo(node) === 'whole';
  return ([x]) => converted(node, x!, whole);
};

/** CastLike: to the type of another value. */
export const castLike: OperatorFactory =
  (node) =>
  ([x, like]) =>
    converted(node, x!, like!.kind === 'host' && like!.whole);
