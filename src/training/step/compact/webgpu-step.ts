import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { compactGradientOnGpu } from '../../../engine/kernels/compact-gradient';
import { denseReluOnGpu } from '../../../engine/kernels/dense-relu';
import { flatAdamOnGpu, type FlatAdamStep } from '../../../engine/kernels/flat-adam';
import { vmfRowsOnGpu } from '../../../engine/kernels/vmf-rows';
import { lossConstant } from '../../../confidence/vmf';
import type { CompactLayout } from '../../../models/heads/compact-head';
import { LOG_KAPPA_FLOOR } from '../../../models/heads/confidence-head';
import type { HeadBatch, InFlightStep } from '../head-batch';
import type { ObjectiveSettings } from '../../objectives/objective';
import { STATE_GROUPS, type CompactState, type StateVariables } from './compact-state';

/**
 * The compact head and its optimiser on a GPU. A step is four kernels: hidden layer; last layer,
 * loss and slope; gradient; Adam. It is five if the gradient's norm is limited. Every kernel sums
 * in a fixed order, so the same batches give the same bits.
 */
export class GpuCompactHead implements CompactState {
  /** [3n]: parameters, first and second moments, each as the layout says. */
  #state: Tensor1D | null = null;

  constructor(readonly layout: CompactLayout) {}

  load(variables: StateVariables): Promise<void> {
    this.dispose();
    this.#state = tf.tidy(
      () =>
        tf.concat(
          STATE_GROUPS.flatMap((group) =>
            variables[group].map((variable) => tf.reshape(variable as Tensor, [-1])),
          ),
        ) as Tensor1D,
    );
    return Promise.resolve();
  }

  store(variables: StateVariables): void {
    const state = this.#state!;
    tf.tidy(() => {
      STATE_GROUPS.forEach((group, g) =>
        this.layout.arrays.forEach(({ offset, size }, at) => {
          const variable = variables[group][at]!;
          const values = tf.slice(state, g * this.layout.size + offset, size);
          variable.assign(tf.reshape(values, variable.shape));
        }),
      );
    });
  }

  step(
    { input, cosTheta, mask, count }: HeadBatch,
    adam: FlatAdamStep,
    { mode, dimension, radius }: ObjectiveSettings,
  ): Promise<InFlightStep> {
    const state = this.#state!;
    const { hiddenWeight, hiddenBias, outWeight, outBias } = this.layout;
    const offsets = {
      hiddenWeight: hiddenWeight.offset,
      hiddenBias: hiddenBias.offset,
      outWeight: outWeight.offset,
      outBias: outBias.offset,
    };
    /** [pictures, 3]: log κ, loss, slope */
    const rows = tf.tidy(() => {
      const hidden = denseReluOnGpu(input, state, {
        weight: offsets.hiddenWeight,
        bias: offsets.hiddenBias,
        columns: hiddenBias.size,
      });
      const rowsOfLoss = vmfRowsOnGpu(hidden, state, cosTheta, mask, {
        mode,
        dimension,
        count: Math.max(1, count),
        floor: LOG_KAPPA_FLOOR,
        outWeight: offsets.outWeight,
        outBias: offsets.outBias,
      });
      const gradient = compactGradientOnGpu(input, hidden, rowsOfLoss, state, offsets);
      flatAdamOnGpu(state, gradient, adam);
      return tf.reshape(rowsOfLoss, [-1]) as Tensor1D;
    });
    const pictures = mask.shape[0];
    return Promise.resolve({
      tensors: [rows, tf.clone(cosTheta), tf.clone(mask)],
      read: (values) => {
        const [cosAt, maskAt] = [3 * pictures, 4 * pictures];
        const kept = [...Array(pictures).keys()].filter((row) => values[maskAt + row] === 1);
        const sum = kept.reduce((before, row) => before + values[3 * row + 1]!, 0);
        return {
          loss: sum / Math.max(1, kept.length) + lossConstant(dimension, radius),
          kappa: Float32Array.from(kept, (row) => Math.exp(values[3 * row]!)),
          cosTheta: Float32Array.from(kept, (row) => values[cosAt + row]!),
        };
      },
    });
  }

  dispose(): void {
    this.#state?.dispose();
    this.#state = null;
  }
}
