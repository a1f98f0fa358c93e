import type { Variable } from '@tensorflow/tfjs-core';
import type { FlatAdamStep } from '../../../engine/kernels/flat-adam';
import type { ObjectiveSettings } from '../../objectives/objective';
import type { HeadBatch, InFlightStep } from '../head-batch';

/** The variables of a head and its optimiser by array, in the layout's order. */
export interface StateVariables {
  readonly parameters: readonly Variable[];
  /** First moments. */
  readonly m: readonly Variable[];
  /** Second moments. */
  readonly v: readonly Variable[];
}

/** The groups of arrays, in the order in which they lie in a state. */
export const STATE_GROUPS = ['parameters', 'm', 'v'] as const;

/** A compact head's parameters and moments in one piece, on the device that trains them. */
export interface CompactState {
  /** Takes the variables' values. */
  load(variables: StateVariables): Promise<void>;
  /** Assigns what was learnt to the variables. */
  store(variables: StateVariables): void;
  /**
   * Forward, gradient and update: done, or begun on a GPU, when this resolves.
   * @param batch its input is standardised; its tensors may be disposed afterwards
   */
  step(batch: HeadBatch, adam: FlatAdamStep, objective: ObjectiveSettings): Promise<InFlightStep>;
  dispose(): void;
}
