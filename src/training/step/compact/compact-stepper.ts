import type { Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  COMPACT_HIDDEN,
  compactLayout,
  requireCompactLayout,
  type CompactLayout,
} from '../../../models/heads/compact-head';
import type { ConfidenceHead } from '../../../models/heads/confidence-head';
import type { Adam, AdamStep } from '../adam';
import type { HeadBatch, InFlightStep } from '../head-batch';
import type { ObjectiveSettings } from '../../objectives/objective';
import { AssignmentWatch } from './assignment-watch';
import { STATE_GROUPS, type CompactState, type StateVariables } from './compact-state';
import { CpuCompactHead } from './cpu-step';
import { GpuCompactHead } from './webgpu-step';

/**
 * Whether {@link CompactStepper} can train a head: the compact head with one κ a face, and the SCF
 * loss.
 */
export const isCompact = (
  { name, outputSize }: Pick<ConfidenceHead, 'name' | 'outputSize'>,
  { method }: ObjectiveSettings,
): boolean => name === 'compact' && outputSize === 1 && method === 'scf';

/**
 * Steps of the compact head without tfjs's tape: its gradient is written out, and its parameters
 * and moments lie in one piece, so that a step is a handful of kernels. {@link syncVariables}
 * writes what was learnt into the variables of the head and the optimiser. If anybody else assigns
 * to these variables, the next step starts from the assigned values.
 */
export class CompactStepper {
  readonly #layout: CompactLayout;
  #state: CompactState | null = null;
  /** Tells when the variables hold something else than the state. */
  readonly #assignments = new AssignmentWatch();
  /** The variables hold everything that was learnt. */
  #isSynced = true;
  #variables: StateVariables | null = null;

  /** @throws RangeError if the head's parameters don't fit the compact head's layout */
  constructor(
    readonly head: ConfidenceHead,
    readonly adam: Adam,
    readonly settings: ObjectiveSettings,
  ) {
    this.#layout = compactLayout(head.inputSize, COMPACT_HIDDEN);
    requireCompactLayout(head.parameters, this.#layout);
  }

  /** One step. It is done, or begun on a GPU, when this resolves. */
  async step(batch: HeadBatch, adamStep: AdamStep): Promise<InFlightStep> {
    const variables = this.#stateVariables();
    if (this.#assignments.hasChanged(allOf(variables))) {
      this.#state = this.#stateForBackend();
      await this.#state.load(variables);
      this.#assignments.remember(allOf(variables));
    }
    const numbers = this.adam.next(adamStep);
    this.#isSynced = false;
    const input = this.head.standardisation.apply(batch.input);
    try {
      return await this.#state!.step({ ...batch, input }, numbers, this.settings);
    } finally {
      input.dispose();
    }
  }

  /** Writes parameters and moments into their variables. */
  syncVariables(): void {
    if (!this.#state || this.#isSynced) return;
    this.#isSynced = true;
    const variables = this.#stateVariables();
    this.#state.store(variables);
    this.#assignments.remember(allOf(variables));
  }

  dispose(): void {
    this.#state?.dispose();
    this.#state = null;
    this.#assignments.forget();
  }

  /** The state at hand if it is one for the current backend, or a new one. */
  #stateForBackend(): CompactState {
    const Wanted = tf.getBackend() === 'webgpu' ? GpuCompactHead : CpuCompactHead;
    if (this.#state instanceof Wanted) return this.#state;
    this.#state?.dispose();
    return new Wanted(this.#layout);
  }

  /** Read late, because the optimiser makes its moments when they are first asked for. */
  #stateVariables(): StateVariables {
    this.#variables ??= this.#findVariables();
    return this.#variables;
  }

  #findVariables(): StateVariables {
    const { moments } = this.adam;
    const names = this.#layout.arrays.map(({ name }) => name);
    return {
      parameters: names.map((name) => this.head.parameters.get(name)!),
      m: names.map((name) => moments.get(`m.${name}`)!),
      v: names.map((name) => moments.get(`v.${name}`)!),
    };
  }
}

const allOf = (variables: StateVariables): Variable[] =>
  STATE_GROUPS.flatMap((group) => variables[group]);
