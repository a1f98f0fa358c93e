import * as tf from '@tensorflow/tfjs-core';
import type { OnnxModel, OnnxNode, OnnxTensor } from '../../formats/onnx/onnx';
import { refused, type OperatorContext } from './operators/onnx-operator';
import { dequantised } from './onnx-precision';
import { castTo, MAX_ROWS_ON_HOST, shapeOperators } from './operators/onnx-shape-operators';
import type { GraphValue, HostValue } from './onnx-values';

/**
 * Operators over constants alone that are computed when the graph is made: exporters leave filters,
 * slopes and biases behind them.
 */
const folded = ['Reshape', 'Unsqueeze', 'Squeeze', 'Expand', 'Shape'] as const;

/**
 * Numbers that are made so, at most: more than any network's slopes and biases, and few enough for
 * memory.
 */
const MAX_FOLDED = 2 ** 22;

/**
 * The graph's constants: those in its head, those of Constant nodes, and those that follow from
 * them without arithmetic.
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
  let left = MAX_FOLDED;
  for (const node of model.nodes) {
    const passed =
      node.opType === 'Constant'
        ? constantOf(node)
        : node.opType === 'DequantizeLinear'
          ? floated(node, constants)
          : passedOn(node, constants);
    const value = passed ?? (left > 0 ? moved(node, constants, context) : null);
    if (value && !passed) left -= sizeOf(value.dims);
    if (value) constants.set(node.outputs[0]!, value);
  }
  return constants;
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

/** Weights that are kept in few bits. */
function floated(node: OnnxNode, constants: ReadonlyMap<string, OnnxTensor>): OnnxTensor | null {
  const [x, scale, zero] = node.inputs.map((name) => constants.get(name));
  return x && scale ? dequantised(node, x, scale, zero) : null;
}

/**
 * A constant that keeps its elements: weights held in half precision come through a Cast, shared
 * ones through an Identity.
 */
function passedOn(node: OnnxNode, constants: ReadonlyMap<string, OnnxTensor>): OnnxTensor | null {
  const tensor = constants.get(node.inputs[0] ?? '');
  if (!tensor) return null;
  if (node.opType === 'Identity') return tensor;
  // Whole numbers and truth values are shape arithmetic, which is done when the graph runs.
  const stays =
    !tensor.whole &&
    ((node.opType === 'Cast' && castTo(node) === 'floating') ||
      (node.opType === 'CastLike' && !constants.get(node.inputs[1]!)?.whole));
  return stays ? tensor : null;
}

/** A small constant in another shape, or the shape of any. */
function moved(
  node: OnnxNode,
  constants: ReadonlyMap<string, OnnxTensor>,
  context: OperatorContext,
): OnnxTensor | null {
  const opType = folded.find((each) => each === node.opType);
  const inputs = node.inputs.map((name) => constants.get(name));
  const small = (tensor: OnnxTensor) => sizeOf(tensor.dims) <= MAX_ROWS_ON_HOST;
  if (!opType || !inputs.every((tensor) => tensor !== undefined)) return null;
  if (opType !== 'Shape' && !inputs.every(small)) return null;
  const values = inputs.map((tensor): HostValue => ({
    kind: 'host',
    dims: tensor.dims,
    data: opType === 'Shape' ? [] : [...tensor.data],
    whole: tensor.whole,
  }));
  let result: GraphValue | readonly GraphValue[] | null = null;
  // What went to the device was no shape arithmetic, and waits for the graph to run.
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
