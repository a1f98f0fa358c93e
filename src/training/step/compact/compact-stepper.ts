import type { Tensor, Tensor1D, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { COMPACT_HIDDEN } from '../../../models/heads/compact-head';
import type { ConfidenceHead } from '../../../models/heads/confidence-head';
import { assignValues } from '../../../models/heads/variables';
import type { Adam, AdamStep } from '../adam';
import type { HeadBatch, InFlightStep } from '../head-batch';
import type { ObjectiveSettings } from '../../objectives/objective';
import { CpuCompactHead } from './cpu-step';
import { webgpuStep } from './webgpu-step';

/**
 * Whether a step of the head is one that {@link CompactStepper} takes: the compact head with one κ
 * a face, and the SCF loss.
 */
export const isCompact = (
  { name, outputSize }: Pick<ConfidenceHead, 'name' | 'outputSize'>,
  { method }: ObjectiveSettings,
): boolean => name === 'compact' && outputSize === 1 && method === 'scf';

/**
 * Parameters, first and second moments in one tensor, [3n]: the arrays of the head one after the
 * other in their order, three times.
 */
type GpuState = Tensor1D;

/**
 * Steps of the compact head without tfjs's tape: its gradient is written out, and its parameters
 * and moments lie in one piece, so that a step is a handful of kernels. The head's and the
 * optimiser's variables get what was learnt when they are {@link syncVariables}d, and whatever is
 * put into them is what the next step begins with.
 */
export class CompactStepper {
  #state: GpuState | CpuCompactHead | null = null;
  /** What the variables held when they were last settled or taken. */
  #known: object[] = [];
  #isSettled = true;
  /** Parameters, first and second moments. */
  #groups: readonly (readonly Variable[])[] | null = null;

  constructor(
    readonly head: ConfidenceHead,
    readonly adam: Adam,
    readonly settings: ObjectiveSettings,
  ) {}

  /** One step. It is done, or on a GPU begun, when this resolves. */
  async step(batch: HeadBatch, adamStep: AdamStep): Promise<InFlightStep> {
    if (this.#variables.some(({ dataId }, i) => dataId !== this.#known[i])) await this.#take();
    const state = this.#state!;
    const numbers = this.adam.next(adamStep);
    this.#isSettled = false;
    const rows = this.head.standardisation.apply(batch.input);
    try {
      if (!(state instanceof CpuCompactHead))
        return webgpuStep(state, { ...batch, input: rows }, numbers, this.settings);
      const [input, cosTheta, mask] = (await Promise.all([
        rows.data(),
        batch.cosTheta.data(),
        batch.mask.data(),
      ])) as [Float32Array, Float32Array, Float32Array];
      const outcome = state.step(
        { input, cosTheta, mask, count: batch.count },
        numbers,
        this.settings,
      );
      return { tensors: [], read: () => outcome };
    } finally {
      rows.dispose();
    }
  }

  /** Puts parameters and moments into their variables. */
  syncVariables(): void {
    const state = this.#state;
    if (!state || this.#isSettled) return;
    this.#isSettled = true;
    if (state instanceof CpuCompactHead) {
      this.#groupsOfVariables().forEach((variables, group) =>
        variables.forEach((variable, at) =>
          assignValues(variable, state.part(group as 0 | 1 | 2, at)),
        ),
      );
    } else {
      tf.tidy(() => {
        let offset = 0;
        for (const variable of this.#variables) {
          variable.assign(tf.reshape(tf.slice(state, offset, variable.size), variable.shape));
          offset += variable.size;
        }
      });
    }
    this.#known = this.#variables.map(({ dataId }) => dataId);
  }

  dispose(): void {
    if (this.#state && !(this.#state instanceof CpuCompactHead)) this.#state.dispose();
    this.#state = null;
    this.#known = [];
  }

  async #take(): Promise<void> {
    const variables = this.#variables;
    if (tf.getBackend() === 'webgpu') {
      this.dispose();
      this.#state = tf.tidy(
        () =>
          tf.concat(variables.map((variable) => tf.reshape(variable as Tensor, [-1]))) as Tensor1D,
      );
    } else {
      const state =
        this.#state instanceof CpuCompactHead
          ? this.#state
          : new CpuCompactHead(this.head.inputSize, COMPACT_HIDDEN);
      const values = await Promise.all(
        this.#groupsOfVariables().map((group) =>
          Promise.all(group.map((variable) => variable.data())),
        ),
      );
      values.forEach((arrays, group) =>
        arrays.forEach((array, at) => state.part(group as 0 | 1 | 2, at).set(array)),
      );
      this.#state = state;
    }
    this.#known = variables.map(({ dataId }) => dataId);
  }

  #groupsOfVariables(): readonly (readonly Variable[])[] {
    const { moments } = this.adam;
    const names = [...this.head.parameters.keys()];
    return (this.#groups ??= [
      [...this.head.parameters.values()],
      ...['m', 'v'].map((moment) => names.map((name) => moments.get(`${moment}.${name}`)!)),
    ]);
  }

  get #variables(): Variable[] {
    return this.#groupsOfVariables().flat();
  }
}
