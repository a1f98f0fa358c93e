import type { OnnxModel, OnnxNode } from '../../formats/onnx/onnx';
import { StudioError } from '../../core/studio-error';
import { refused } from './operators/onnx-operator';
import { atNode } from './onnx-place';
import { checkPrecision } from './onnx-precision';

/** An operator's required inputs, and every attribute that its import knows. */
interface Signature {
  readonly inputs: number;
  readonly attributes: readonly string[];
}

const takes = (inputs: number, ...attributes: string[]): Signature => ({ inputs, attributes });

const window = ['auto_pad', 'dilations', 'kernel_shape', 'pads', 'strides'];

/**
 * The operators that the importer knows. Attributes without effect on a forward pass (momentum,
 * seed) are listed too.
 */
export const signatures = {
  Conv: takes(2, ...window, 'group'),
  MaxPool: takes(1, ...window, 'ceil_mode', 'storage_order'),
  AveragePool: takes(1, ...window, 'ceil_mode', 'count_include_pad'),
  Relu: takes(1),
  Sigmoid: takes(1),
  Exp: takes(1),
  Sqrt: takes(1),
  Tanh: takes(1),
  Abs: takes(1),
  Neg: takes(1),
  Floor: takes(1),
  Ceil: takes(1),
  Log: takes(1),
  Mish: takes(1),
  Erf: takes(1),
  Softplus: takes(1),
  Reciprocal: takes(1),
  Elu: takes(1, 'alpha'),
  Gelu: takes(1, 'approximate'),
  HardSigmoid: takes(1, 'alpha', 'beta'),
  HardSwish: takes(1),
  Identity: takes(1),
  Dropout: takes(1, 'ratio', 'seed'),
  LeakyRelu: takes(1, 'alpha'),
  Add: takes(2),
  Sub: takes(2),
  Mul: takes(2),
  Div: takes(2),
  Pow: takes(2),
  Min: takes(1),
  Max: takes(1),
  Sum: takes(1),
  PRelu: takes(2),
  Clip: takes(1, 'min', 'max'),
  BatchNormalization: takes(5, 'epsilon', 'momentum', 'training_mode', 'spatial'),
  LayerNormalization: takes(2, 'axis', 'epsilon', 'stash_type'),
  LpNormalization: takes(1, 'axis', 'p'),
  GlobalAveragePool: takes(1),
  GlobalMaxPool: takes(1),
  Pad: takes(1, 'mode', 'pads', 'value', 'axes'),
  Flatten: takes(1, 'axis'),
  Reshape: takes(2, 'allowzero'),
  Transpose: takes(1, 'perm'),
  Concat: takes(1, 'axis'),
  Softmax: takes(1, 'axis'),
  Gemm: takes(2, 'alpha', 'beta', 'transA', 'transB'),
  MatMul: takes(2),
  Constant: takes(0, 'value', 'value_float', 'value_floats', 'value_int', 'value_ints'),
  Shape: takes(1, 'start', 'end'),
  ConstantOfShape: takes(1, 'value'),
  Equal: takes(2),
  Where: takes(3),
  Gather: takes(2, 'axis'),
  Unsqueeze: takes(1, 'axes'),
  Squeeze: takes(1, 'axes'),
  Cast: takes(1, 'to', 'saturate', 'round_mode'),
  CastLike: takes(2, 'saturate', 'round_mode'),
  Expand: takes(2),
  Slice: takes(1, 'starts', 'ends', 'axes'),
  Split: takes(1, 'axis', 'split', 'num_outputs'),
  DequantizeLinear: takes(2, 'axis', 'block_size', 'output_dtype'),
  ReduceMean: takes(1, 'axes', 'keepdims', 'noop_with_empty_axes'),
  ReduceMax: takes(1, 'axes', 'keepdims', 'noop_with_empty_axes'),
  ReduceMin: takes(1, 'axes', 'keepdims', 'noop_with_empty_axes'),
  ReduceSumSquare: takes(1, 'axes', 'keepdims', 'noop_with_empty_axes'),
  ReduceL1: takes(1, 'axes', 'keepdims', 'noop_with_empty_axes'),
  ReduceSum: takes(1, 'axes', 'keepdims', 'noop_with_empty_axes'),
  ReduceL2: takes(1, 'axes', 'keepdims', 'noop_with_empty_axes'),
} as const satisfies Readonly<Record<string, Signature>>;

/** Name of an operator that the importer knows. */
export type KnownOperator = keyof typeof signatures;

/** Name of an operator that a run computes; the others make constants when the graph is made. */
export type PreparedOperator = Exclude<KnownOperator, 'Constant' | 'DequantizeLinear'>;

/** From this set on, broadcasting is like numpy's, and no operator has a mode for training only. */
const MIN_OPSET = 7;

/**
 * Checks, before anything is computed, that the importer can compute a model: a graph of known
 * operators without unknown attributes, each reading values that come before it.
 * @throws StudioError `unsupported-op` or `bad-model`, naming the node
 */
export function checkGraph(model: OnnxModel): void {
  if (model.inputs.length !== 1)
    throw badGraph(`The model has ${model.inputs.length} inputs; one picture input was expected.`);
  const { dims } = model.inputs[0]!;
  // An input may declare no shape at all.
  if (dims.length !== 4 && dims.length !== 0)
    throw badGraph(
      `The model's input is [${dims.map((side) => side ?? '?').join(', ')}]; pictures [N, ` +
        'C, H, W] or [N, H, W, C] were expected.',
    );
  if (model.outputs.length === 0) throw badGraph('The model has no output.');
  if (model.opset < MIN_OPSET) {
    const found =
      model.opset > 0 ? `is written in operator set ${model.opset}` : 'names no operator set';
    throw new StudioError(
      'unsupported-op',
      `The model ${found}; the importer knows set ${MIN_OPSET} and later.`,
      'Export the model with a later operator set.',
    );
  }
  checkPrecision(model);
  const known = new Set([model.inputs[0]!.name, ...model.initialisers.keys()]);
  // Operators may have further outputs (a mask, indices), which the importer doesn't compute.
  const uncomputed = new Map<string, OnnxNode>();
  for (const node of model.nodes) {
    atNode(model.nodes, node, () => checkNode(node));
    for (const name of node.inputs) {
      if (uncomputed.has(name))
        throw refused(
          uncomputed.get(name)!,
          `its first output alone; "${name}" is read by the node "${node.name}"`,
        );
      if (name !== '' && !known.has(name))
        throw badGraph(
          `The node "${node.name}" (${node.opType}) reads "${name}", which nothing before ` +
            'it computes.',
        );
    }
    const computed = node.opType === 'Split' ? node.outputs.length : 1;
    for (const [place, name] of node.outputs.entries()) {
      if (place < computed) known.add(name);
      else if (name !== '') uncomputed.set(name, node);
    }
  }
  for (const { name } of model.outputs) {
    if (uncomputed.has(name))
      throw refused(
        uncomputed.get(name)!,
        `its first output alone; "${name}" is an output of the model`,
      );
    if (!known.has(name)) throw badGraph(`The model's output "${name}" is computed by no node.`);
  }
}

function checkNode(node: OnnxNode): void {
  const signature: Signature | undefined = Object.hasOwn(signatures, node.opType)
    ? signatures[node.opType as KnownOperator]
    : undefined;
  if (!signature) {
    throw new StudioError(
      'unsupported-op',
      `The operator ${node.opType} (node "${node.name}") is not among the ` +
        `${Object.keys(signatures).length} that the importer knows.`,
      'Export the model with plainer operators, or fold it before export.',
    );
  }
  for (let i = 0; i < signature.inputs; i++) {
    if (!node.inputs[i])
      throw badGraph(
        `The node "${node.name}" (${node.opType}) lacks its input ${i}; ` +
          `${signature.inputs} were expected.`,
      );
  }
  if (!node.outputs[0]) throw badGraph(`The node "${node.name}" (${node.opType}) has no output.`);
  for (const name of node.attributes.keys()) {
    if (signature.attributes.includes(name)) continue;
    const taken =
      signature.attributes.length > 0
        ? `the attributes ${signature.attributes.join(', ')}`
        : 'no attributes';
    throw refused(node, `${taken}; it has ${name}`);
  }
}

function badGraph(found: string): StudioError {
  return new StudioError('bad-model', found, 'Choose a model that takes one picture and is whole.');
}
