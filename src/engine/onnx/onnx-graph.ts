import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OnnxModel, OnnxNode, OnnxTensor } from '../../formats/onnx/onnx';
import { StudioError } from '../../core/studio-error';
import { checkGraph } from './onnx-check';
import { constantsOf } from './onnx-constants';
import { fromPictures } from './onnx-conv-feature';
import { atNode } from './onnx-place';
import { layoutOf, type PictureLayout } from './operators/onnx-layout';
import type { Operation } from './operators/onnx-operator';
import { operators } from './operators/onnx-operators';
import {
  channelsLastValue,
  constantValue,
  logicalShape,
  logicalValue,
  toLogical,
  type GraphValue,
} from './onnx-values';

interface Step {
  readonly node: OnnxNode;
  readonly operation: Operation;
  /** Names of its results: the node's outputs, or those of the activation that is fused into it. */
  readonly outputs: readonly string[];
}

/** A value's shape; undefined for a value that isn't computed. */
type ShapeByName = (name: string) => readonly number[] | undefined;

/**
 * An ONNX model ready to run on the current backend. Constants are uploaded once, when it is made.
 * It has one picture input, whose batch may differ from what the model declares. Shapes are
 * computed on the host, from sizes alone.
 */
export class OnnxGraph {
  readonly inputName: string;
  readonly outputNames: readonly string[];
  /** The input's sides as the model declares them, in its order; empty if it declares none. */
  readonly #declared: readonly (number | null)[];
  readonly #layout: PictureLayout;
  readonly #nodes: readonly OnnxNode[];
  readonly #steps: readonly Step[];
  readonly #constants = new Map<string, GraphValue>();
  readonly #kept: Tensor[] = [];

  /**
   * @throws StudioError `unsupported-op` naming the operator and its node; `bad-model` for an
   * incomplete graph
   */
  constructor(model: OnnxModel) {
    checkGraph(model);
    this.inputName = model.inputs[0]!.name;
    this.outputNames = model.outputs.map(({ name }) => name);
    this.#declared = model.inputs[0]!.dims;
    this.#layout = layoutOf(model);
    this.#nodes = model.nodes;
    try {
      const constants = new Map(constantsOf(model));
      this.#steps = this.#prepare(model, constants);
      this.#keepConstants(constants);
      // Prepared operators keep a reference to this map. Its tensors hold the file's bytes, which
      // are on the device now.
      constants.clear();
    } catch (thrown) {
      this.dispose();
      throw thrown;
    }
  }

  #prepare(model: OnnxModel, constants: ReadonlyMap<string, OnnxTensor>): Step[] {
    const fused = fusibleActivations(model, constants);
    const fusedNodes = new Set(fused.values());
    const pictured = fromPictures(model);
    const shared = {
      opset: model.opset,
      declaredBatch: this.#declared[0] ?? null,
      constant: (name: string) => constants.get(name),
      fromPictures: (name: string) => pictured.has(name),
      keep: <T extends Tensor>(tensor: T): T => {
        this.#kept.push(tensor);
        return tensor;
      },
    };
    return model.nodes
      .filter((node) => !constants.has(node.outputs[0]!) && !fusedNodes.has(node))
      .map((node) => {
        const activation = fused.get(node) ?? null;
        const prepare = operators[node.opType as keyof typeof operators];
        const operation = atNode(model.nodes, node, () => prepare(node, { ...shared, activation }));
        return { node, operation, outputs: (activation ?? node).outputs };
      });
  }

  #keepConstants(constants: ReadonlyMap<string, OnnxTensor>): void {
    // These uploaded their constants when they were prepared.
    const prepared = new Set(['Conv', 'BatchNormalization', 'Clip']);
    const read = this.#steps.flatMap(({ node }) =>
      prepared.has(node.opType) ? node.inputs.slice(0, 1) : node.inputs,
    );
    for (const name of new Set([...read, ...this.outputNames])) {
      const tensor = constants.get(name);
      if (!tensor) continue;
      const value = constantValue(tensor);
      if (value.kind === 'device') this.#kept.push(value.tensor);
      this.#constants.set(name, value);
    }
  }

  /**
   * Runs the graph on NHWC pictures [B, h, w, c]. The caller disposes the results.
   * @param wanted names of values, the model's outputs by default; 4-D picture tensors come back
   * NHWC, all others in ONNX's order
   * @param onValue is called with each value as it is computed
   */
  run(
    pictures: Tensor4D,
    wanted: readonly string[] = this.outputNames,
    onValue?: (name: string, value: GraphValue) => void,
  ): Record<string, Tensor> {
    const [batch, height, width, channels] = pictures.shape;
    const isLast = this.#layout === 'NHWC';
    const sides = isLast ? [null, height, width, channels] : [null, channels, height, width];
    if (sides.some((side, axis) => side !== null && (this.#declared[axis] ?? side) !== side)) {
      throw new StudioError(
        'bad-model',
        `The model takes [${this.#declared.map((side) => side ?? '?').join(', ')}]; ` +
          `pictures ${this.#layout} of ${sides.slice(1).join(' × ')} were expected.`,
        'Choose a model for such pictures.',
      );
    }
    return tf.tidy(() => {
      const values = new Map<string, GraphValue>([
        ...this.#constants,
        [this.inputName, isLast ? logicalValue(pictures) : channelsLastValue(pictures)],
      ]);
      const readers = this.#readerCounts(wanted);
      for (const { node, operation, outputs } of this.#steps) {
        const inputs = node.inputs.map((name) => (name === '' ? null : (values.get(name) ?? null)));
        const results = atNode(this.#nodes, node, () =>
          tf.tidy(
            () => [operation(inputs, batch)].flat() as (GraphValue & tf.TensorContainerObject)[],
          ),
        );
        for (const [place, result] of results.entries()) {
          values.set(outputs[place]!, result);
          onValue?.(outputs[place]!, result);
        }
        for (const name of new Set(node.inputs)) this.#release(name, values, readers, pictures);
      }
      const results: Record<string, Tensor> = {};
      for (const name of new Set(wanted)) {
        const value = values.get(name);
        if (!value)
          throw new StudioError(
            'bad-model',
            `The model computes no value named "${name}".`,
            `Its outputs are ${this.outputNames.join(', ')}.`,
          );
        const tensor =
          value.kind === 'device' && value.channelsLast ? value.tensor : toLogical(value);
        // A constant, the pictures or another result may be passed on unchanged; each has an owner
        // that disposes it, so the caller gets a clone.
        const owned =
          tensor === pictures ||
          this.#kept.includes(tensor) ||
          Object.values(results).includes(tensor);
        results[name] = owned ? tf.clone(tensor) : tensor;
      }
      return results;
    });
  }

  /**
   * The shapes of every value that a run computes, by name: in ONNX's order, and as a run returns
   * it.
   */
  shapesOf(pictures: Tensor4D): { logical: ShapeByName; held: ShapeByName } {
    const logical = new Map<string, readonly number[]>();
    const held = new Map<string, readonly number[]>();
    const note = (name: string, value: GraphValue) => {
      logical.set(name, logicalShape(value));
      held.set(name, value.kind === 'device' ? value.tensor.shape : value.dims);
    };
    tf.dispose(this.run(pictures, this.outputNames, note));
    return { logical: (name) => logical.get(name), held: (name) => held.get(name) };
  }

  /** Frees the constants. */
  dispose(): void {
    tf.dispose(this.#kept);
    this.#kept.length = 0;
  }

  #readerCounts(wanted: readonly string[]): Map<string, number> {
    const counts = new Map<string, number>(wanted.map((name) => [name, Infinity]));
    for (const { node } of this.#steps)
      for (const name of new Set(node.inputs)) counts.set(name, (counts.get(name) ?? 0) + 1);
    return counts;
  }

  /**
   * Frees a value after its last reader, so that peak memory is not the sum of all layers.
   */
  #release(
    name: string,
    values: Map<string, GraphValue>,
    readers: Map<string, number>,
    pictures: Tensor4D,
  ): void {
    const left = (readers.get(name) ?? 0) - 1;
    readers.set(name, left);
    const value = values.get(name);
    if (
      left > 0 ||
      value?.kind !== 'device' ||
      this.#constants.has(name) ||
      value.tensor === pictures
    )
      return;
    values.delete(name);
    // Identity-like operators pass a tensor on under another name.
    const shared = [...values.values()].some(
      (other) => other.kind === 'device' && other.tensor === value.tensor,
    );
    if (!shared) value.tensor.dispose();
  }
}

/**
 * Activations that are the only reader of a convolution: Relu, or PRelu with one constant slope for
 * each channel.
 */
function fusibleActivations(
  model: OnnxModel,
  constants: ReadonlyMap<string, OnnxTensor>,
): Map<OnnxNode, OnnxNode> {
  const outputs = new Set(model.outputs.map(({ name }) => name));
  const readers = new Map<string, OnnxNode[]>();
  for (const node of model.nodes)
    for (const name of node.inputs) readers.set(name, [...(readers.get(name) ?? []), node]);
  const fused = new Map<OnnxNode, OnnxNode>();
  for (const node of model.nodes) {
    const [next, ...others] = readers.get(node.outputs[0]!) ?? [];
    if (node.opType !== 'Conv' || !next || others.length > 0 || outputs.has(node.outputs[0]!))
      continue;
    const slope = constants.get(next.inputs[1] ?? '')?.dims.join();
    const channels = constants.get(node.inputs[1]!)?.dims[0];
    // A slope of [C] would lie along the width.
    const oneForEach = slope === `${channels},1,1` || slope === `1,${channels},1,1`;
    if (next.opType === 'Relu' || (next.opType === 'PRelu' && oneForEach)) fused.set(node, next);
  }
  return fused;
}
