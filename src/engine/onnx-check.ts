import type { OnnxModel, OnnxNode } from '../formats/onnx';
import { StudioError } from '../formats/studio-error';
import { refused } from './onnx-operator';

/** Inputs that an operator can't do without, and every attribute that its import knows of. */
interface Signature {
  readonly inputs: number;
  readonly attributes: readonly string[];
}

const takes = (inputs: number, ...attributes: string[]): Signature => ({ inputs, attributes });

const window = ['auto_pad', 'dilations', 'kernel_shape', 'pads', 'strides'];

/** The operators that the importer knows. Some attributes say nothing about a forward pass (momentum, seed); they are listed too. */
export const signatures = {
  Conv: takes(2, ...window, 'group'),
  MaxPool: takes(1, ...window, 'ceil_mode', 'storage_order'),
  AveragePool: takes(1, ...window, 'ceil_mode', 'count_include_pad'),
  Relu: takes(1),
  Sigmoid: takes(1),
  Exp: takes(1),
  Sqrt: takes(1),
  Tanh: takes(1),
  Identity: takes(1),
  Dropout: takes(1, 'ratio', 'seed'),
  LeakyRelu: takes(1, 'alpha'),
  Add: takes(2),
  Sub: takes(2),
  Mul: takes(2),
  Div: takes(2),
  PRelu: takes(2),
  Clip: takes(1, 'min', 'max'),
  BatchNormalization: takes(5, 'epsilon', 'momentum', 'training_mode', 'spatial'),
  GlobalAveragePool: takes(1),
  Flatten: takes(1, 'axis'),
  Reshape: takes(2, 'allowzero'),
  Transpose: takes(1, 'perm'),
  Concat: takes(1, 'axis'),
  Softmax: takes(1, 'axis'),
  Gemm: takes(2, 'alpha', 'beta', 'transA', 'transB'),
  MatMul: takes(2),
  Constant: takes(0, 'value', 'value_float', 'value_floats', 'value_int', 'value_ints'),
  Shape: takes(1, 'start', 'end'),
  Gather: takes(2, 'axis'),
  Unsqueeze: takes(1, 'axes'),
  Squeeze: takes(1, 'axes'),
  Cast: takes(1, 'to', 'saturate', 'round_mode'),
  CastLike: takes(2, 'saturate', 'round_mode'),
  Expand: takes(2),
  Slice: takes(1, 'starts', 'ends', 'axes'),
  ReduceMean: takes(1, 'axes', 'keepdims', 'noop_with_empty_axes'),
  ReduceSum: takes(1, 'axes', 'keepdims', 'noop_with_empty_axes'),
  ReduceL2: takes(1, 'axes', 'keepdims', 'noop_with_empty_axes'),
} as const satisfies Readonly<Record<string, Signature>>;

/** Name of an operator that the importer knows. */
export type KnownOperator = keyof typeof signatures;

/** From here on broadcasting is as numpy has it, and no operator has a mode for training alone. */
const FIRST_OPSET = 7;

/**
 * Holds a model to what the importer computes, before anything is computed: a graph of known operators without unknown
 * attributes, each reading what was given or computed before it.
 * @throws StudioError `unsupported-op` or `bad-model`, naming the node
 */
export function checkGraph(model: OnnxModel): void {
  if (model.inputs.length !== 1) throw badGraph(`The model has ${model.inputs.length} inputs; one picture input was expected.`);
  const { dims } = model.inputs[0]!;
  // An input may declare no shape at all.
  if (dims.length !== 4 && dims.length !== 0) throw badGraph(`The model's input is [${dims.map((side) => side ?? '?').join(', ')}]; pictures [N, C, H, W] were expected.`);
  if (model.outputs.length === 0) throw badGraph('The model has no output.');
  if (model.opset < FIRST_OPSET) {
    const found = model.opset > 0 ? `is written in operator set ${model.opset}` : 'names no operator set';
    throw new StudioError('unsupported-op', `The model ${found}; the importer knows set ${FIRST_OPSET} and later.`, 'Export the model with a later operator set.');
  }
  const known = new Set([model.inputs[0]!.name, ...model.initialisers.keys()]);
  // Operators beside their first result may have others (a mask, indices), which the importer doesn't compute.
  const beside = new Map<string, OnnxNode>();
  for (const node of model.nodes) {
    checkNode(node);
    for (const name of node.inputs) {
      if (beside.has(name)) throw refused(beside.get(name)!, `its first output alone; "${name}" is read by the node "${node.name}"`);
      if (name !== '' && !known.has(name)) throw badGraph(`The node "${node.name}" (${node.opType}) reads "${name}", which nothing before it computes.`);
    }
    known.add(node.outputs[0]!);
    for (const name of node.outputs.slice(1)) if (name !== '') beside.set(name, node);
  }
  for (const { name } of model.outputs) {
    if (beside.has(name)) throw refused(beside.get(name)!, `its first output alone; "${name}" is an output of the model`);
    if (!known.has(name)) throw badGraph(`The model's output "${name}" is computed by no node.`);
  }
}

function checkNode(node: OnnxNode): void {
  const signature: Signature | undefined = Object.hasOwn(signatures, node.opType) ? signatures[node.opType as KnownOperator] : undefined;
  if (!signature) {
    throw new StudioError(
      'unsupported-op',
      `The operator ${node.opType} (node "${node.name}") is not among the ${Object.keys(signatures).length} that the importer knows.`,
      'Export the model with plainer operators, or fold it before export.',
    );
  }
  for (let i = 0; i < signature.inputs; i++) {
    if (!node.inputs[i]) throw badGraph(`The node "${node.name}" (${node.opType}) lacks its input ${i}; ${signature.inputs} were expected.`);
  }
  if (!node.outputs[0]) throw badGraph(`The node "${node.name}" (${node.opType}) has no output.`);
  for (const name of node.attributes.keys()) {
    if (signature.attributes.includes(name)) continue;
    throw refused(node, `${signature.attributes.length > 0 ? `the attributes ${signature.attributes.join(', ')}` : 'no attributes'}; it has ${name}`);
  }
}

function badGraph(found: string): StudioError {
  return new StudioError('bad-model', found, 'Choose a model that takes one picture and is whole.');
}
