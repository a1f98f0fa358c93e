import type { OnnxModel, OnnxNode } from '../../formats/onnx/onnx';
import { channelsLastNames } from './operators/onnx-layout';
import { numbers } from './operators/onnx-operator';

/**
 * Names of the values that are computed from the pictures themselves, not only from their shape or
 * type.
 */
export function fromPictures(model: OnnxModel): ReadonlySet<string> {
  const names = new Set([model.inputs[0]!.name]);
  for (const node of model.nodes) {
    if (!elementInputs(node).some((name) => names.has(name))) continue;
    for (const name of node.outputs) names.add(name);
  }
  return names;
}

/** The inputs whose elements a node reads, not only their shape or type. */
function elementInputs(node: OnnxNode): readonly string[] {
  if (node.opType === 'Shape') return [];
  return node.opType === 'CastLike' ? node.inputs.slice(0, 1) : node.inputs;
}

/**
 * The name of the conv feature: the last picture tensor before space collapses. The search walks
 * back from the output along the first inputs that are computed from the pictures, and ends at the
 * input of a node whose result has no spatial extent left: a convolution as large as its input, a
 * global pool, or a flattening Reshape or Flatten.
 * @param spatialShape gives the logical shape of a value, from a trial run
 * @param output the model's output to start from; the first by default
 */
export function findConvFeature(
  model: OnnxModel,
  spatialShape: (name: string) => readonly number[] | undefined,
  output = model.outputs[0]?.name ?? '',
): string | null {
  const producers = producersOf(model);
  const pictured = fromPictures(model);
  const channelsLast = channelsLastNames(model);
  let name = output;
  for (let node = producers.get(name); node; node = producers.get(name)) {
    name = node.inputs.find((input) => pictured.has(input)) ?? '';
    const shape = spatialShape(name);
    const height = channelsLast.has(name) ? 1 : 2;
    if (shape && shape.length === 4 && shape[height]! * shape[height + 1]! > 1)
      return beforeTransposes(producers, name);
  }
  return null;
}

/** The same picture tensor before the channels were moved last: its numbers are the same. */
function beforeTransposes(producers: ReadonlyMap<string, OnnxNode>, name: string): string {
  const node = producers.get(name);
  return node?.opType === 'Transpose' && numbers(node, 'perm')?.join() === '0,2,3,1'
    ? node.inputs[0]!
    : name;
}

/** Operators that return their first input. */
const passing = new Set(['Identity', 'Dropout', 'Cast', 'CastLike']);

/**
 * The body's raw output: the input of the BatchNormalization that makes the conv feature, or the
 * feature itself if another operator makes it.
 */
export function beforeLastNorm(model: OnnxModel, feature: string): string {
  const producers = producersOf(model);
  let node = producers.get(feature);
  while (node && passing.has(node.opType)) node = producers.get(node.inputs[0]!);
  return node?.opType === 'BatchNormalization' ? node.inputs[0]! : feature;
}

const producersOf = (model: OnnxModel): ReadonlyMap<string, OnnxNode> =>
  new Map(model.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
