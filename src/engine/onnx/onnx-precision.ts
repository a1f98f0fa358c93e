import type { OnnxModel, OnnxNode, OnnxTensor } from '../../formats/onnx/onnx';
import { StudioError } from '../../core/studio-error';
import { attribute, refused } from './operators/onnx-operator';

/**
 * Operators that compute on whole numbers of 8 bits, or make them from computed values, in the
 * domains of ONNX and Microsoft.
 */
const QUANTISED = new RegExp(
  '^(com\\.microsoft\\.)?(QLinear\\w+|QGemm|QAttention|QEmbedLayerNormalization|QOrdered\\w+|' +
    'ConvInteger|MatMulInteger\\w*|DynamicQuantize\\w+|QuantizeLinear|DequantizeLinear)$',
);

/** Microsoft's operators on weights of fewer bits; their number is an attribute. */
const FEWER_BITS = /^com\.microsoft\.(MatMulNBits|MatMulBnb4|GatherBlockQuantized)$/;

/**
 * Refuses a network that computes on numbers of 8 bits or fewer. A network that only stores its
 * weights in them is accepted: {@link dequantised} makes them float again.
 * @throws StudioError `unsupported-op`
 */
export function checkPrecision(model: OnnxModel): void {
  const constant = new Set(model.initialisers.keys());
  for (const node of model.nodes) {
    const isConstant = node.inputs.every((name) => name === '' || constant.has(name));
    if (isConstant) for (const name of node.outputs) constant.add(name);
    const isFewer = FEWER_BITS.test(node.opType);
    const isFolded = node.opType === 'DequantizeLinear' && isConstant;
    if (isFolded || !(isFewer || QUANTISED.test(node.opType))) continue;
    const bits = isFewer ? attribute(node, 'bits', 4) : 8;
    throw new StudioError(
      'unsupported-op',
      `This network is quantised to ${bits} bits: its node "${node.name}" (${node.opType}) ` +
        'computes on such numbers.',
      'Take the float model, from which this one was made.',
    );
  }
}

/**
 * The float weights that a DequantizeLinear makes from whole numbers: (x − zero point) · scale,
 * with one scale and zero point for all, for each place of an axis, or for each block along it.
 * They are computed at each access to `data`.
 * @throws StudioError `unsupported-op` if scale or zero point have another shape
 */
export function dequantised(
  node: OnnxNode,
  x: OnnxTensor,
  scale: OnnxTensor,
  zero: OnnxTensor | undefined,
): OnnxTensor {
  const rank = x.dims.length;
  const given = attribute(node, 'axis', 1);
  const axis = given < 0 ? given + rank : given;
  const block = attribute(node, 'block_size', 0);
  const size = sizeOf(scale.dims);
  const side = x.dims[axis] ?? 1;
  const isOne = size === 1;
  const isBlocked =
    block > 0 &&
    scale.dims.length === rank &&
    x.dims.every((each, at) => scale.dims[at] === (at === axis ? Math.ceil(each / block) : each));
  if (!isOne && !isBlocked && (scale.dims.length !== 1 || size !== side))
    throw refused(
      node,
      `one scale, or one for each of the ${side} places of axis ${axis}; it has ` +
        `[${scale.dims.join(', ')}]`,
    );
  if (zero && sizeOf(zero.dims) !== size)
    throw refused(node, `as many zero points as scales; it has ${sizeOf(zero.dims)} and ${size}`);
  const inner = sizeOf(x.dims.slice(axis + 1));
  const blocks = isBlocked ? Math.ceil(side / block) : 0;
  const place = (i: number) => {
    if (isOne) return 0;
    const along = Math.floor(i / inner) % side;
    if (!isBlocked) return along;
    const outer = Math.floor(i / (inner * side));
    return (outer * blocks + Math.floor(along / block)) * inner + (i % inner);
  };
  return {
    name: node.outputs[0]!,
    dims: x.dims,
    whole: false,
    get data() {
      const [scales, zeros] = [scale.data, zero?.data];
      return Float32Array.from(
        x.data,
        (value, i) => (value - (zeros?.[place(i)] ?? 0)) * scales[place(i)]!,
      );
    },
  };
}

const sizeOf = (dims: readonly number[]) => dims.reduce((product, side) => product * side, 1);
