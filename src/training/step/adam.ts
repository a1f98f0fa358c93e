import { NORM_EPSILON, type FlatAdamStep } from '../../engine/kernels/flat-adam';
import type { NamedTensorMap, Tensor, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { toVariable } from '../../models/heads/variables';

/** Settings of one optimiser step; they may change between steps. */
export interface AdamStep {
  readonly learningRate: number;
  /**
   * Coupled L2: added to the gradient before the moments, as `torch.optim.Adam(weight_decay=…)`
   * does.
   */
  readonly weightDecay: number;
  /** Clip each element of the gradient to ± this, before decay; 0 is off. */
  readonly maxGradClip: number;
  /** Rescale the gradient to at most this global L2 norm, before decay; 0 is off. */
  readonly maxGradNorm: number;
}

/** PyTorch's defaults, which the published code uses. */
export const BETA1 = 0.9;
export const BETA2 = 0.999;
export const EPSILON = 1e-8;

/**
 * PyTorch's Adam on tfjs variables, exactly (tfjs's own has no coupled weight decay, another
 * epsilon, and state that can't be saved with the head): g ← g + λp; m ← β₁m + (1−β₁)g; v ← β₂v +
 * (1−β₂)g²; p ← p − lr · m̂ / (√v̂ + ε), β = (.9, .999), ε = 1e-8.
 */
export class Adam {
  /** Steps taken: t of the bias correction. */
  steps = 0;
  readonly #parameters: ReadonlyMap<string, Variable>;
  #moments: ReadonlyMap<string, Variable> | null = null;

  constructor(parameters: ReadonlyMap<string, Variable>) {
    this.#parameters = parameters;
  }

  /**
   * Moments by name: `m.NAME` and `v.NAME`, in the parameter's shape. They are made as zeros at the
   * first access, because inference needs none.
   */
  get moments(): ReadonlyMap<string, Variable> {
    this.#moments ??= new Map(
      [...this.#parameters].flatMap(([name, parameter]) =>
        ['m', 'v'].map((moment): [string, Variable] => [
          `${moment}.${name}`,
          toVariable(`${moment}.${name}`, new Float32Array(parameter.size), parameter.shape, false),
        ]),
      ),
    );
    return this.#moments;
  }

  /**
   * Counts a step and returns its numbers: the update is p ← p − scale · m / (√v + epsilon), where
   * scale and epsilon contain the bias corrections.
   */
  next({ learningRate, weightDecay, maxGradClip, maxGradNorm }: AdamStep): FlatAdamStep {
    this.steps++;
    const correction1 = 1 - BETA1 ** this.steps;
    const correction2 = Math.sqrt(1 - BETA2 ** this.steps);
    return {
      clip: maxGradClip,
      maxNorm: maxGradNorm,
      decay: weightDecay,
      beta1: BETA1,
      beta2: BETA2,
      scale: learningRate * (correction2 / correction1),
      epsilon: EPSILON * correction2,
    };
  }

  /** Applies one step. `gradients` are keyed by parameter name, and disposed here. */
  step(gradients: NamedTensorMap, settings: AdamStep): void {
    const { scale, epsilon } = this.next(settings);
    tf.tidy(() => {
      const rescale = settings.maxGradNorm > 0 ? normScale(gradients, settings) : null;
      for (const [name, parameter] of this.#parameters) {
        tf.tidy(() => {
          let gradient: Tensor = gradients[name]!;
          if (settings.maxGradClip > 0)
            gradient = tf.clipByValue(gradient, -settings.maxGradClip, settings.maxGradClip);
          if (rescale) gradient = tf.mul(gradient, rescale);
          if (settings.weightDecay > 0)
            gradient = tf.add(gradient, tf.mul(parameter, settings.weightDecay));
          const m = this.moments.get(`m.${name}`)!;
          const v = this.moments.get(`v.${name}`)!;
          m.assign(tf.add(tf.mul(m, BETA1), tf.mul(gradient, 1 - BETA1)));
          v.assign(tf.add(tf.mul(v, BETA2), tf.mul(tf.square(gradient), 1 - BETA2)));
          parameter.assign(
            tf.sub(parameter, tf.div(tf.mul(m, scale), tf.add(tf.sqrt(v), epsilon))),
          );
        });
      }
    });
    tf.dispose(gradients);
  }

  dispose(): void {
    for (const moment of this.#moments?.values() ?? []) moment.dispose();
  }
}

/**
 * min(1, maxNorm / (‖g‖ + 1e-6)) of the element-clipped gradient, as in
 * `torch.nn.utils.clip_grad_norm_`.
 */
function normScale(gradients: NamedTensorMap, { maxGradNorm, maxGradClip }: AdamStep): Tensor {
  const clipped = Object.values(gradients).map((g) =>
    maxGradClip > 0 ? tf.clipByValue(g, -maxGradClip, maxGradClip) : g,
  );
  // Not addN, which binds every array to one kernel: a head may have more arrays than an adapter
  // can bind.
  const norm = tf.sqrt(tf.sum(tf.stack(clipped.map((gradient) => tf.sum(tf.square(gradient))))));
  return tf.minimum(tf.div(maxGradNorm, tf.add(norm, NORM_EPSILON)), 1);
}
