import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OnnxModel, OnnxNode } from '../formats/onnx';
import { StudioError } from '../formats/studio-error';
import type { Operation } from './onnx-operator';
import { operators } from './onnx-operators';
import { channelsLastValue, constantValue, logicalShape, toLogical, type GraphValue } from './onnx-values';

interface Step {
  readonly node: OnnxNode;
  readonly operation: Operation;
  /** Where the result goes: the node's output, or that of the activation it took in. */
  readonly output: string;
}

/**
 * An ONNX model ready to run on the current backend. Constants go up once, when it is made. One picture input; the
 * batch may differ from what the model declares. Shapes are worked out on the host, from sizes alone.
 */
export class OnnxGraph {
  readonly inputName: string;
  readonly outputNames: readonly string[];
  readonly #steps: readonly Step[];
  readonly #constants = new Map<string, GraphValue>();
  readonly #kept: Tensor[] = [];

  /** @throws StudioError `unsupported-op` naming the operator and its node; `bad-model` for a graph without one input */
  constructor(model: OnnxModel) {
    if (model.inputs.length !== 1) {
      throw new StudioError('bad-model', `The model has ${model.inputs.length} inputs; one picture input was expected.`, 'Choose a model that takes one picture.');
    }
    this.inputName = model.inputs[0]!.name;
    this.outputNames = model.outputs.map(({ name }) => name);
    const declaredBatch = model.inputs[0]!.dims[0] ?? null;
    const fused = fusibleActivations(model);
    const keep = <T extends Tensor>(tensor: T): T => {
      this.#kept.push(tensor);
      return tensor;
    };
    const constant = (name: string) => model.initialisers.get(name);
    this.#steps = model.nodes
      .filter((node) => ![...fused.values()].includes(node))
      .map((node) => {
        const factory = Object.hasOwn(operators, node.opType) ? operators[node.opType] : undefined;
        if (!factory) {
          this.dispose();
          throw new StudioError(
            'unsupported-op',
            `The operator ${node.opType} (node "${node.name}") is not among the ${Object.keys(operators).length} that the importer knows.`,
            'Export the model with plainer operators, or fold it before export.',
          );
        }
        const activation = fused.get(node) ?? null;
        const operation = factory(node, { constant, keep, declaredBatch, activation });
        return { node, operation, output: (activation ?? node).outputs[0]! };
      });
    const prepared = new Set(['Conv', 'BatchNormalization', 'Clip']);
    for (const { node } of this.#steps) {
      const read = prepared.has(node.opType) ? node.inputs.slice(0, 1) : node.inputs;
      for (const name of read) {
        const tensor = constant(name);
        if (!tensor || this.#constants.has(name)) continue;
        const value = constantValue(tensor);
        if (value.kind === 'device') keep(value.tensor);
        this.#constants.set(name, value);
      }
    }
  }

  /**
   * Runs the graph on NHWC pictures [B, h, w, c]. The caller disposes what it gets.
   * @param wanted names of values, the model's outputs by default; 4-D picture tensors come back NHWC, all others in
   * ONNX's order
   * @param onValue sees each value as it is computed
   */
  run(
    pictures: Tensor4D,
    wanted: readonly string[] = this.outputNames,
    onValue?: (name: string, value: GraphValue) => void,
  ): Record<string, Tensor> {
    return tf.tidy(() => {
      const values = new Map<string, GraphValue>([...this.#constants, [this.inputName, channelsLastValue(pictures)]]);
      const readers = this.#readerCounts(wanted);
      for (const { node, operation, output } of this.#steps) {
        const inputs = node.inputs.map((name) => (name === '' ? null : (values.get(name) ?? null)));
        const result = tf.tidy(() => operation(inputs) as GraphValue & tf.TensorContainerObject);
        values.set(output, result);
        onValue?.(output, result);
        for (const name of new Set(node.inputs)) this.#release(name, values, readers, pictures);
      }
      const results: Record<string, Tensor> = {};
      for (const name of wanted) {
        const value = values.get(name);
        if (!value) throw new StudioError('bad-model', `The model computes no value named "${name}".`, `Its outputs are ${this.outputNames.join(', ')}.`);
        results[name] = value.kind === 'device' && value.channelsLast ? value.tensor : toLogical(value);
      }
      return results;
    });
  }

  /** The logical shape of every value that a run computes, by name. */
  shapesOf(pictures: Tensor4D): (name: string) => readonly number[] | undefined {
    const shapes = new Map<string, readonly number[]>();
    tf.dispose(this.run(pictures, this.outputNames, (name, value) => shapes.set(name, logicalShape(value))));
    return (name) => shapes.get(name);
  }

  /** Frees the constants. */
  dispose(): void {
    tf.dispose(this.#kept);
    this.#kept.length = 0;
  }

  #readerCounts(wanted: readonly string[]): Map<string, number> {
    const counts = new Map<string, number>(wanted.map((name) => [name, Infinity]));
    for (const { node } of this.#steps) for (const name of new Set(node.inputs)) counts.set(name, (counts.get(name) ?? 0) + 1);
    return counts;
  }

  /** Frees a value after its last reader: peak memory is what the graph needs at once, not the sum of its layers. */
  #release(name: string, values: Map<string, GraphValue>, readers: Map<string, number>, pictures: Tensor4D): void {
    const left = (readers.get(name) ?? 0) - 1;
    readers.set(name, left);
    const value = values.get(name);
    if (left > 0 || value?.kind !== 'device' || this.#constants.has(name) || value.tensor === pictures) return;
    values.delete(name);
    // Identity-like operators pass a tensor on under another name.
    const shared = [...values.values()].some((other) => other.kind === 'device' && other.tensor === value.tensor);
    if (!shared) value.tensor.dispose();
  }
}

/** Activations that one convolution alone feeds: Relu, or PRelu with one constant slope a channel. */
function fusibleActivations(model: OnnxModel): Map<OnnxNode, OnnxNode> {
  const outputs = new Set(model.outputs.map(({ name }) => name));
  const readers = new Map<string, OnnxNode[]>();
  for (const node of model.nodes) for (const name of node.inputs) readers.set(name, [...(readers.get(name) ?? []), node]);
  const fused = new Map<OnnxNode, OnnxNode>();
  for (const node of model.nodes) {
    const next = readers.get(node.outputs[0] ?? '') ?? [];
    if (node.opType !== 'Conv' || next.length !== 1 || outputs.has(node.outputs[0]!)) continue;
    const slope = model.initialisers.get(next[0]!.inputs[1] ?? '');
    const channels = model.initialisers.get(node.inputs[1]!)?.dims[0];
    if (next[0]!.opType === 'Relu' || (next[0]!.opType === 'PRelu' && slope?.data.length === channels)) fused.set(node, next[0]!);
  }
  return fused;
}

/**
 * The name of the conv feature: the last picture tensor before space collapses, read off the graph. Walking back from
 * the output along first inputs, it is what enters the first node whose result has no spatial extent left: a convolution
 * as large as its input, a global pool, or a flattening Reshape or Flatten.
 * @param spatialShape gives the logical shape of a value, from a trial run
 */
export function findConvFeature(model: OnnxModel, spatialShape: (name: string) => readonly number[] | undefined): string | null {
  const producers = new Map(model.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  let name = model.outputs[0]?.name ?? '';
  for (let node = producers.get(name); node; node = producers.get(name)) {
    name = node.inputs[0] ?? '';
    const shape = spatialShape(name);
    if (shape && shape.length === 4 && shape[2]! * shape[3]! > 1) return name;
  }
  return null;
}
