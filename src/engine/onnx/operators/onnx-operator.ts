import type { Tensor } from '@tensorflow/tfjs-core';
import type { OnnxNode, OnnxTensor } from '../../../formats/onnx/onnx';
import { StudioError } from '../../../core/studio-error';
import type { GraphValue } from '../onnx-values';

/** What an operator may ask for while it is prepared. */
export interface OperatorContext {
  /** Version of the model's operator set. */
  readonly opset: number;
  /** The constant of that name, or undefined where the value is computed. */
  constant(name: string): OnnxTensor | undefined;
  /** Hands a tensor to the graph, which keeps it for its own lifetime. */
  keep<T extends Tensor>(tensor: T): T;
  /** The batch size that the model's input declares; null where it is symbolic. */
  readonly declaredBatch: number | null;
  /** Whether the value of that name is computed from the pictures, and so carries their batch. */
  fromPictures(name: string): boolean;
  /**
   * An activation that follows this node and nothing else reads; the operator may take it into
   * itself.
   */
  readonly activation: OnnxNode | null;
}

/**
 * Runs one node on a batch of that many pictures; an absent optional input is null. Called inside
 * `tf.tidy`. Inputs that the operator can't do without are there: the graph was checked. A list is
 * one value for each of the node's outputs.
 */
export type Operation = (
  inputs: readonly (GraphValue | null)[],
  batch: number,
) => GraphValue | readonly GraphValue[];

/** Prepares a node once: its constants go up to the device here. */
export type OperatorFactory = (node: OnnxNode, context: OperatorContext) => Operation;

/** A number attribute, or its default. */
export function attribute(node: OnnxNode, name: string, otherwise: number): number {
  const value = node.attributes.get(name);
  return typeof value === 'number' ? value : otherwise;
}

/** A list-of-numbers attribute. */
export function numbers(node: OnnxNode, name: string): readonly number[] | undefined {
  const value = node.attributes.get(name);
  return Array.isArray(value) ? (value as readonly number[]) : undefined;
}

/**
 * Refuses a node that would mean something which the importer doesn't compute.
 * @param taken what the importer takes, and what the node has instead
 */
export function refused(node: OnnxNode, taken: string): StudioError {
  return new StudioError(
    'unsupported-op',
    `The node "${node.name}" (${node.opType}) can't be imported; the importer takes ${taken}.`,
    'Export the model without it.',
  );
}

/**
 * The numbers of a weight.
 * @throws StudioError `bad-model` where one is infinite or not a number: training that diverged
 * leaves such files
 */
export function finite(tensor: OnnxTensor): Float32Array | Float64Array {
  const { data } = tensor;
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i]))
      throw new StudioError(
        'bad-model',
        `The model's weight "${tensor.name}" holds ${data[i]} at its place ${i}.`,
        'Choose a model that is whole and whose training did not diverge.',
      );
  }
  return data;
}

/**
 * A constant that a node can't be prepared without.
 * @throws StudioError `unsupported-op` where it is computed
 */
export function required(node: OnnxNode, context: OperatorContext, index: number): OnnxTensor {
  const constant = context.constant(node.inputs[index] ?? '');
  if (!constant)
    throw refused(
      node,
      `a constant as its input ${index}; "${node.inputs[index] ?? ''}" is computed`,
    );
  return constant;
}
