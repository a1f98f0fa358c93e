import * as tf from '@tensorflow/tfjs-core';
import type { OnnxModel, OnnxNode, OnnxTensor } from '../../formats/onnx/onnx';
import { refused, type OperatorContext } from './operators/onnx-operator';
import { dequantised } from './onnx-precision';
import { castTo } from './operators/onnx-cast';
import { MAX_HOST_ELEMENTS, shapeOperators } from './operators/onnx-shape-operators';
import type { GraphValue, HostValue } from './onnx-values';

/**
 * Operators that are computed when the graph is made if all their inputs are constants: exporters
 * leave them between a filter, slope or bias and its node.
 */
const folded = ['Reshape', 'Unsqueeze', 'Squeeze', 'Expand', 'Shape'] as const;

/**
 * Most numbers that are made this way: more than any network's slopes and biases, and few enough
 * for memory.
 */
const MAX_FOLDED_ELEMENTS = 2 ** 22;

/**
 * The graph's constants: its initialisers, those of Constant nodes, and those that follow from them
 * without arithmetic.
 */
export function constantsOf(model: OnnxModel): ReadonlyMap<string, OnnxTensor> {
  const constants = new Map(model.initialisers);
  const context: OperatorContext = {
    opset: model.opset,
    declaredBatch: null,
    constant: (name) => constants.get(name),
    keep: (tensor) => tensor,
    fromPictures: () => false,
    activation: null,
  };
  let elementsLeft = MAX_FOLDED_ELEMENTS;
  for (const node of model.nodes) {
    let value = unfolded(node, constants);
    if (!value && elementsLeft > 0) {
      value = moved(node, constants, context);
      if (value) elementsLeft -= sizeOf(value.dims);
    }
    if (value) constants.set(node.outputs[0]!, value);
  }
  return constants;
}

/** A constant that a node gives without making new elements, or makes from weights of few bits. */
function unfolded(node: OnnxNode, constants: ReadonlyMap<string, OnnxTensor>): OnnxTensor | null {
  if (node.opType === 'Constant') return constantOf(node);
  if (node.opType === 'DequantizeLinear') return floated(node, constants);
  return passedOn(node, constants);
}

function constantOf(node: OnnxNode): OnnxTensor {
  for (const [key, value] of node.attributes) {
    if (typeof value === 'object' && 'data' in value) return value;
    if (typeof value === 'string') break;
    const [dims, list] = typeof value === 'number' ? [[], [value]] : [[value.length], [...value]];
    const whole = key.startsWith('value_int');
    return {
      name: node.outputs[0]!,
      dims,
      data: whole ? Float64Array.from(list) : Float32Array.from(list),
      whole,
    };
  }
  throw refused(node, 'a constant that is a tensor or numbers');
}

/** Float weights from weights that are stored in few bits. */
function floated(node: OnnxNode, constants: ReadonlyMap<string, OnnxTensor>): OnnxTensor | null {
  const [x, scale, zero] = node.inputs.map((name) => constants.get(name));
  return x && scale ? dequantised(node, x, scale, zero) : null;
}

/**
 * A constant whose elements stay the same: weights in half precision pass through a Cast, shared
 * weights through an Identity.
 */
function passedOn(node: OnnxNode, constants: ReadonlyMap<string, OnnxTensor>): OnnxTensor | null {
  const tensor = constants.get(node.inputs[0] ?? '');
  if (!tensor) return null;
  if (node.opType === 'Identity') return tensor;
  // Whole numbers and booleans are shape arithmetic, which is done when the graph runs.
  if (tensor.whole) return null;
  const staysFloat =
    (node.opType === 'Cast' && castTo(node) === 'floating') ||
    (node.opType === 'CastLike' && !constants.get(node.inputs[1]!)?.whole);
  return staysFloat ? tensor : null;
}

/** A small constant in another shape, or the shape of any constant. */
function moved(
  node: OnnxNode,
  constants: ReadonlyMap<string, OnnxTensor>,
  context: OperatorContext,
): OnnxTensor | null {
  const opType = folded.find((each) => each === node.opType);
  const inputs = node.inputs.map((name) => constants.get(name));
  const small = (tensor: OnnxTensor) => sizeOf(tensor.dims) <= MAX_HOST_ELEMENTS;
  if (!opType || !inputs.every((tensor) => tensor !== undefined)) return null;
  if (opType !== 'Shape' && !inputs.every(small)) return null;
  const values = inputs.map((tensor): HostValue => ({
    kind: 'host',
    dims: tensor.dims,
    data: opType === 'Shape' ? [] : [...tensor.data],
    whole: tensor.whole,
  }));
  let result: GraphValue | readonly GraphValue[] | null = null;
  // Results on the device are no shape arithmetic; they are computed when the graph runs.
  tf.tidy(() => {
    result = shapeOperators[opType](node, context)(values, 1);
  });
  return hostTensor(node.outputs[0]!, result);
}

function hostTensor(
  name: string,
  value: GraphValue | readonly GraphValue[] | null,
): OnnxTensor | null {
  if (!value || !('kind' in value) || value.kind !== 'host') return null;
  const { dims, data, whole } = value;
  return { name, dims, data: whole ? Float64Array.from(data) : Float32Array.from(data), whole };
}

const sizeOf = (dims: readonly number[]) => dims.reduce((product, side) => product * side, 1);
