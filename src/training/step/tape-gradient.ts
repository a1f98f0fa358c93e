import type { NamedTensorMap, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { ConfidenceHead } from '../../models/heads/confidence-head';
import type { Objective } from '../objectives/objective';
import type { HeadBatch } from './head-batch';

/** A batch's mean loss, log κ of its rows and its gradient by parameter name. */
export interface BatchGradient {
  readonly loss: Tensor;
  readonly logKappa: Tensor1D;
  readonly gradients: NamedTensorMap;
}

/**
 * Differentiates a batch by tfjs's tape, slice by slice, and adds the slices' gradients up. log κ
 * covers the rows up to the last slice with a picture.
 * @param microBatch rows of a slice
 */
export function tapeGradient(
  head: ConfidenceHead,
  objective: Objective,
  batch: HeadBatch,
  microBatch: number,
): BatchGradient {
  const rows = batch.mask.shape[0];
  const logKappas: Tensor1D[] = [];
  let sum: Omit<BatchGradient, 'logKappa'> | null = null;
  // Slices of padding alone contribute nothing to the loss.
  for (let start = 0; start < Math.max(1, batch.count); start += microBatch) {
    const size = Math.min(microBatch, rows - start);
    const slice = size === rows ? batch : sliceOf(batch, start, size);
    const share = slice.count / Math.max(1, batch.count);
    const { logKappa, ...found } = sliceGradient(head, objective, slice, share);
    if (slice !== batch) tf.dispose([slice.input, slice.cosTheta, slice.mask]);
    logKappas.push(logKappa);
    sum = sum ? added(sum, found) : found;
  }
  return { ...sum!, logKappa: tf.concat(logKappas) };
}

/** Sums two losses and their gradients, and disposes the gradients. */
function added(
  before: Omit<BatchGradient, 'logKappa'>,
  further: Omit<BatchGradient, 'logKappa'>,
): Omit<BatchGradient, 'logKappa'> {
  const gradients: NamedTensorMap = {};
  for (const name of Object.keys(before.gradients)) {
    const [a, b] = [before.gradients[name]!, further.gradients[name]!];
    gradients[name] = tf.add(a, b);
    // Disposed one by one, so that at most one array is held three times.
    tf.dispose([a, b]);
  }
  return { loss: tf.add(before.loss, further.loss), gradients };
}

/**
 * A slice's mean loss and its gradient, times the slice's share of the batch's pictures: so they
 * add up to the batch's mean.
 */
function sliceGradient(
  head: ConfidenceHead,
  objective: Objective,
  slice: HeadBatch,
  share: number,
): BatchGradient {
  return tf.tidy(() => {
    let logKappa!: Tensor1D;
    const { value, grads } = tf.variableGrads(() => {
      const output = head.logConcentration(slice.input, slice.mask, true);
      logKappa = tf.keep(
        head.outputSize === 1 ? tf.reshape(output, [-1]) : tf.mean(output, 1),
      ) as Tensor1D;
      const mean = objective(output, slice);
      return share === 1 ? mean : tf.mul(mean, share);
    }, [...head.parameters.values()]);
    const gradients: NamedTensorMap = {};
    for (const [name, parameter] of head.parameters) gradients[name] = grads[parameter.name]!;
    const copy = tf.clone(logKappa);
    logKappa.dispose();
    return { loss: value, logKappa: copy, gradients };
  });
}

/** Rows `start` to `start + size` of a batch. */
function sliceOf(
  { input, cosTheta, mask, count }: HeadBatch,
  start: number,
  size: number,
): HeadBatch {
  return {
    input: tf.slice(input, [start, 0], [size, input.shape[1]]),
    cosTheta: tf.slice(cosTheta, start, size),
    mask: tf.slice(mask, start, size),
    count: Math.min(size, count - start),
  };
}
