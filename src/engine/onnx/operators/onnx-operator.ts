import type { Tensor } from '@tensorflow/tfjs-core';
import type { OnnxNode, OnnxTensor } from '../../../formats/onnx/onnx';
import { StudioError } from '../../../core/studio-error';
import type { GraphValue } from '../onnx-values';

/** The surroundings of an operator while it is prepared. */
export interface OperatorContext {
  /** Version of the model's operator set. */
  readonly opset: number;
  /** The constant of that name, or undefined if the value is computed. */
  constant(name: string): OnnxTensor | undefined;
  /** Gives a tensor to the graph, which disposes it when the graph is disposed. */
  keep<T extends Tensor>(tensor: T): T;
  /** The batch size that the model's input declares; null if it is symbolic. */
  readonly declaredBatch: number | null;
  /** Whether the value of that name is computed from the pictures, and so has their batch. */
  fromPictures(name: string): boolean;
  /**
   * An activation that follows this node and is its only reader; the operator fuses it.
   */
  readonly activation: OnnxNode | null;
}

/**
 * Runs one node on a batch of `batch` pictures, inside `tf.tidy`. An absent optional input is null;
 * required inputs are present, because the graph was checked. A list of results has one value for
 * each of the node's outputs.
 */
export type Operation = (
  inputs: readonly (GraphValue | null)[],
  batch: number,
) => GraphValue | readonly GraphValue[];

/** Prepares a node once, and uploads its constants to the device. */
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
 * The error for a node that the importer can't compute.
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
 * @throws StudioError `bad-model` if one is infinite or NaN, as in files of diverged training
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
 * A constant that a node needs to be prepared.
 * @throws StudioError `unsupported-op` if the value is computed
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
