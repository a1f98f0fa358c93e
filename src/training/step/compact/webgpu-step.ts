import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { compactGradientOnGpu } from '../../../engine/kernels/compact-gradient';
import { denseReluOnGpu } from '../../../engine/kernels/dense-relu';
import { flatAdamOnGpu, type FlatAdamStep } from '../../../engine/kernels/flat-adam';
import { vmfRowsOnGpu } from '../../../engine/kernels/vmf-rows';
import { lossConstant } from '../../../confidence/vmf';
import { COMPACT_HIDDEN } from '../../../models/heads/compact-head';
import { LOG_KAPPA_FLOOR } from '../../../models/heads/confidence-head';
import type { HeadBatch, InFlightStep } from '../head-batch';
import type { ObjectiveSettings } from '../../objectives/objective';

/**
 * A step of the compact head in four kernels: hidden layer; last layer, loss and slope; gradient;
 * Adam. Five where the gradient's norm is held. No kernel adds up in an order of chance: the same
 * batches give the same bits.
 * @param state [3n], changed in place
 */
export function webgpuStep(
  state: Tensor1D,
  { input, cosTheta, mask, count }: HeadBatch,
  adam: FlatAdamStep,
  { mode, dimension, radius }: ObjectiveSettings,
): InFlightStep {
  const pictures = mask.shape[0];
  const rows = tf.tidy(() => {
    const hidden = denseReluOnGpu(input, state, COMPACT_HIDDEN);
    const first = (input.shape[1] + 1) * COMPACT_HIDDEN;
    const made = vmfRowsOnGpu(hidden, state, cosTheta, mask, {
      mode,
      dimension,
      count: Math.max(1, count),
      floor: LOG_KAPPA_FLOOR,
      first,
    });
    flatAdamOnGpu(state, compactGradientOnGpu(input, hidden, made, state), adam);
    return tf.reshape(made, [-1]) as Tensor1D;
  });
  return {
    tensors: [rows, tf.clone(cosTheta), tf.clone(mask)],
    read: (values) => {
      const kept = [...Array(pictures).keys()].filter((row) => values[4 * pictures + row] === 1);
      const loss =
        kept.reduce((sum, row) => sum + values[3 * row + 1]!, 0) / Math.max(1, kept.length) +
        lossConstant(dimension, radius);
      return {
        loss,
        kappa: Float32Array.from(kept, (row) => Math.exp(values[3 * row]!)),
        cosTheta: Float32Array.from(kept, (row) => values[3 * pictures + row]!),
      };
    },
  };
}
