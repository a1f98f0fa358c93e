import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { gaussianLossParts } from '../../confidence/gaussian';
import { lossParts, type LossParts } from '../../confidence/vmf';
import { StudioError } from '../../core/studio-error';
import type { ConfidenceHead } from '../../models/heads/confidence-head';
import { Adam, type AdamStep } from './adam';
import { CompactStepper, isCompact } from './compact/compact-stepper';
import { createObjective, type Objective, type ObjectiveSettings } from '../objectives/objective';
import { isPairwise } from '../../confidence/confidence-method';
import { notFinite, requireFinite } from './require-finite';
import type { StepOutcome, InFlightStep, HeadBatch } from './head-batch';
import { tapeGradient } from './tape-gradient';

/** The figures of one step. */
export interface StepFigures extends StepOutcome {
  /**
   * The loss's parts, from κ and cos θ in float64; alignment, normalizer and constant add up to
   * `loss` within float32's rounding. NaN if the loss has no such parts.
   */
  readonly parts: LossParts;
}

/** Figures of steps in order, and why they end. */
export interface CollectedSteps {
  readonly figures: readonly StepFigures[];
  /** The error if the last figure's loss or κ is not finite; null otherwise. */
  readonly diverged: StudioError | null;
}

/**
 * A head, its objective and its optimiser: takes one training step at a time on the current
 * backend.
 */
export class HeadTrainer {
  readonly adam: Adam;
  readonly #objective: Objective;
  /** Replaces tfjs's tape for the heads and objectives that it can train. */
  readonly #compact: CompactStepper | null;
  /** Steps taken but not yet read, in order; the first is number `adam.steps − pending + 1`. */
  #pending: InFlightStep[] = [];

  constructor(
    readonly head: ConfidenceHead,
    readonly settings: ObjectiveSettings,
  ) {
    this.adam = new Adam(head.parameters);
    this.#objective = createObjective(settings);
    this.#compact = isCompact(head, settings)
      ? new CompactStepper(head, this.adam, settings)
      : null;
  }

  /** Number of steps whose metrics have not been read by {@link readMetrics}. */
  get pending(): number {
    return this.#pending.length;
  }

  /**
   * Forward, gradient and update. On a GPU the step may still run when this resolves; its figures
   * are read by {@link readMetrics}. The batch's tensors may be disposed then.
   * @param microBatch rows that are differentiated together: the batch's gradient is the sum of the
   * slices' gradients, and only one slice's activations are held at a time. 0 means the whole
   * batch.
   * @throws StudioError `bad-config` as {@link requireMicroBatch}
   */
  async enqueueStep(batch: HeadBatch, adamStep: AdamStep, microBatch = 0): Promise<void> {
    const rows = batch.mask.shape[0];
    requireMicroBatch(this.head, this.settings.method, rows, microBatch);
    const sliced = isSliced(rows, microBatch);
    if (this.#compact && !sliced) {
      this.#pending.push(await this.#compact.step(batch, adamStep));
      return;
    }
    this.#compact?.syncVariables();
    this.#pending.push(this.#tapeStep(batch, adamStep, sliced ? microBatch : rows));
  }

  /**
   * Reads the figures of the steps since the last call, in order, with one readback for all, and
   * writes what they learnt into the head's parameters and the optimiser's moments. The figures end
   * with the first loss or κ that is not finite, because later steps have learnt from it.
   */
  async readMetrics(): Promise<CollectedSteps> {
    const pending = this.#pending;
    this.#pending = [];
    this.syncVariables();
    const tensors = pending.flatMap((step) => step.tensors);
    const values = await readAll(tensors);
    let offset = 0;
    const first = this.adam.steps - pending.length + 1;
    const figures: StepFigures[] = [];
    for (const [at, { tensors, read }] of pending.entries()) {
      const size = tensors.reduce((sum, tensor) => sum + tensor.size, 0);
      const outcome = read(values.subarray(offset, offset + size));
      offset += size;
      const diverged = divergenceOf(outcome, this.settings.method, first + at);
      const parts = diverged
        ? NO_PARTS
        : meanLossParts(outcome.kappa, outcome.cosTheta, this.settings);
      figures.push({ ...outcome, parts });
      if (diverged) return { figures, diverged };
    }
    return { figures, diverged: null };
  }

  /**
   * Writes what the steps so far learnt into the head's parameters and the optimiser's moments,
   * without waiting for a GPU.
   */
  syncVariables(): void {
    this.#compact?.syncVariables();
  }

  /**
   * One step and its figures.
   * @throws StudioError as {@link enqueueStep}; `diverged` if a loss or a κ is not finite
   */
  async step(batch: HeadBatch, adamStep: AdamStep, microBatch = 0): Promise<StepFigures> {
    await this.enqueueStep(batch, adamStep, microBatch);
    const { figures, diverged } = await this.readMetrics();
    if (diverged) throw diverged;
    return figures.at(-1)!;
  }

  #tapeStep(batch: HeadBatch, adamStep: AdamStep, microBatch: number): InFlightStep {
    const rows = batch.mask.shape[0];
    const readback = tf.tidy(() => {
      const { loss, logKappa, gradients } = tapeGradient(
        this.head,
        this.#objective,
        batch,
        microBatch,
      );
      this.adam.step(gradients, adamStep);
      return tf.concat([tf.reshape(loss, [1]), batch.cosTheta, batch.mask, logKappa]) as Tensor1D;
    });
    return {
      tensors: [readback],
      read: (values) => {
        const isPicture = (_: number, row: number) => values[1 + rows + row] === 1;
        return {
          loss: values[0]!,
          kappa: values
            .slice(1 + 2 * rows)
            .filter(isPicture)
            .map(Math.exp),
          cosTheta: values.slice(1, 1 + rows).filter(isPicture),
        };
      },
    };
  }

  /**
   * κ or 1/σ² of frozen features, without training: [B, inputSize] to [count, outputSize].
   * @throws StudioError `diverged` if one is not finite
   */
  async concentrations(input: Tensor2D, count: number): Promise<Float32Array> {
    this.#compact?.syncVariables();
    const logs = tf.tidy(() =>
      this.head.logConcentration(input, tf.ones([input.shape[0]]) as Tensor1D, false),
    );
    const values = (await logs.data()) as Float32Array;
    logs.dispose();
    const concentrations = values.slice(0, count * this.head.outputSize).map(Math.exp);
    requireFinite(concentrations, this.settings.method, `after step ${this.adam.steps}`);
    return concentrations;
  }

  dispose(): void {
    tf.dispose(this.#pending.flatMap(({ tensors }) => tensors));
    this.#pending = [];
    this.#compact?.dispose();
    this.adam.dispose();
    this.head.dispose();
  }
}

/** The values of tensors one after the other, with one readback. Disposes the tensors. */
async function readAll(tensors: readonly Tensor1D[]): Promise<Float32Array> {
  if (tensors.length === 0) return new Float32Array(0);
  let readback = tensors[0]!;
  if (tensors.length > 1) {
    readback = tf.concat([...tensors]) as Tensor1D;
    tf.dispose([...tensors]);
  }
  const values = (await readback.data()) as Float32Array;
  readback.dispose();
  return values;
}

/** Whether a batch of `rows` rows is differentiated in slices. */
const isSliced = (rows: number, microBatch: number): boolean => microBatch > 0 && microBatch < rows;

/**
 * Refuses micro-batches for a head with BatchNorm, whose statistics would be those of each slice,
 * and for a method that learns from pairs, because a slice lacks some of them.
 * @throws StudioError `bad-config`
 */
export function requireMicroBatch(
  { name, hasBatchStatistics }: Pick<ConfidenceHead, 'name' | 'hasBatchStatistics'>,
  method: ObjectiveSettings['method'],
  batchSize: number,
  microBatch: number,
): void {
  if (!isSliced(batchSize, microBatch)) return;
  if (isPairwise(method))
    throw new StudioError(
      'bad-config',
      `The run asks for micro-batches of ${microBatch}; ${method} learns from the pairs of ` +
        'its whole batch.',
      'Set "microBatch" to 0.',
    );
  if (!hasBatchStatistics) return;
  throw new StudioError(
    'bad-config',
    `The run asks for micro-batches of ${microBatch} of its ${batchSize} pictures; the ` +
      `${name} head has BatchNorm over the whole batch, which slices would change.`,
    `Set "microBatch" to 0, or "batchSize" to ${microBatch}, or choose the reference or ` +
      'compact head.',
  );
}

const NO_PARTS: LossParts = {
  alignment: NaN,
  normalizer: NaN,
  logKappa: NaN,
  logBessel: NaN,
  constant: NaN,
};

/** The error if a step's loss or κ is not finite; null otherwise. */
function divergenceOf(
  { loss, kappa }: StepOutcome,
  method: ObjectiveSettings['method'],
  step: number,
): StudioError | null {
  if (!Number.isFinite(loss)) {
    const nextStep = 'Start again with a lower learning rate, or set maxGradNorm.';
    return new StudioError('diverged', `The loss became ${loss} at step ${step}.`, nextStep);
  }
  return notFinite(kappa, method, `at step ${step}`);
}

/** Means of the loss's parts over pictures, float64; NaN for losses of pairs. */
export function meanLossParts(
  kappa: Float32Array,
  cosTheta: Float32Array,
  { method, mode, dimension, radius }: ObjectiveSettings,
): LossParts {
  if (isPairwise(method)) return NO_PARTS;
  const sum = { alignment: 0, normalizer: 0, logKappa: 0, logBessel: 0, constant: 0 };
  for (let i = 0; i < kappa.length; i++) {
    const parts =
      method === 'scf-g'
        ? {
            logKappa: NaN,
            logBessel: NaN,
            ...gaussianLossParts(dimension, kappa[i]!, cosTheta[i]!),
          }
        : lossParts(mode, dimension, radius, kappa[i]!, cosTheta[i]!);
    sum.alignment += parts.alignment / kappa.length;
    sum.normalizer += parts.normalizer / kappa.length;
    sum.logKappa += parts.logKappa / kappa.length;
    sum.logBessel += parts.logBessel / kappa.length;
    sum.constant += parts.constant / kappa.length;
  }
  return sum;
}
