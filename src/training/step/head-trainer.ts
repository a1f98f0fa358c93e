import type { NamedTensorMap, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { gaussianLossParts } from '../../confidence/gaussian';
import { lossParts, type LossParts } from '../../confidence/vmf';
import { StudioError } from '../../core/studio-error';
import type { ConfidenceHead } from '../../models/heads/confidence-head';
import { Adam, type AdamStep } from './adam';
import { CompactStepper, isCompact } from './compact/compact-stepper';
import {
  createObjective,
  isPairwise,
  type Objective,
  type ObjectiveSettings,
} from '../objectives/objective';
import { notFinite, requireFinite } from './require-finite';
import type { StepOutcome, InFlightStep, HeadBatch } from './head-batch';

/** What one step did. */
export interface StepFigures extends StepOutcome {
  /**
   * The loss's parts, from κ and cos θ in float64; alignment, normalizer and constant add up to
   * `loss` within float32's rounding. NaN where there are none.
   */
  readonly parts: LossParts;
}

/** What steps came to, in order, and why there are no more of them. */
export interface CollectedSteps {
  readonly figures: readonly StepFigures[];
  /** What the last figure's loss or κ became, where one of them is not finite; null otherwise. */
  readonly diverged: StudioError | null;
}

/**
 * A head, its objective and its optimiser: one training step at a time on whichever backend is
 * current.
 */
export class HeadTrainer {
  readonly adam: Adam;
  readonly #objective: Objective;
  /** Where there is a shorter way than tfjs's tape. */
  readonly #compact: CompactStepper | null;
  /** Steps taken and not yet read, in order; the first is number `adam.steps − pending + 1`. */
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

  /** Steps that have been taken and not {@link readMetrics}ed. */
  get pending(): number {
    return this.#pending.length;
  }

  /**
   * Forward, gradient and update. On a GPU the step is under way when this resolves, and what it
   * came to is read by {@link readMetrics}; the batch's tensors may be disposed.
   * @param microBatch rows that are differentiated at once: the batch's gradient is the sum of its
   * slices', and only one slice's activations are held at a time. 0 takes the batch whole.
   * @throws StudioError `bad-config` as {@link requireMicroBatch}
   */
  async enqueueStep(batch: HeadBatch, adamStep: AdamStep, microBatch = 0): Promise<void> {
    const rows = batch.mask.shape[0];
    requireMicroBatch(this.head, this.settings.method, rows, microBatch);
    const cut = isCut(rows, microBatch);
    if (cut) this.#compact?.syncVariables();
    this.#pending.push(
      this.#compact && !cut
        ? await this.#compact.step(batch, adamStep)
        : this.#tapeStep(batch, adamStep, cut ? microBatch : rows),
    );
  }

  /**
   * What the steps since the last collecting came to, in order, with one readback for all; and puts
   * what they learnt into the head's parameters and the optimiser's moments. A loss or a κ that is
   * not finite is the last figure: what follows has learnt from it.
   */
  async readMetrics(): Promise<CollectedSteps> {
    const pending = this.#pending;
    this.#pending = [];
    this.syncVariables();
    const tensors = pending.flatMap((step) => step.tensors);
    const readback =
      tensors.length > 0
        ? tensors.length === 1
          ? tensors[0]!
          : (tf.concat([...tensors]) as Tensor1D)
        : null;
    if (readback && tensors.length > 1) tf.dispose(tensors);
    const values = readback ? ((await readback.data()) as Float32Array) : new Float32Array(0);
    readback?.dispose();
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
   * Puts what the steps so far learnt into the head's parameters and the optimiser's moments,
   * without waiting for a GPU.
   */
  syncVariables(): void {
    this.#compact?.syncVariables();
  }

  /**
   * One step and what it came to. @throws StudioError as {@link enqueueStep}; `diverged` when a
   * loss or a κ is not finite
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
      const { loss, logKappa, gradients } = this.#differentiate(batch, microBatch);
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
   * The whole batch's loss and gradient, slice by slice; log κ of its rows up to the last slice
   * with a picture.
   */
  #differentiate(batch: HeadBatch, microBatch: number): BatchGradient {
    const rows = batch.mask.shape[0];
    let sum: {
      loss: Tensor;
      readonly logKappa: Tensor1D[];
      readonly gradients: NamedTensorMap;
    } | null = null;
    // A slice of padding alone has no part in the loss.
    for (let start = 0; start < Math.max(1, batch.count); start += microBatch) {
      const size = Math.min(microBatch, rows - start);
      const slice = size === rows ? batch : sliceOf(batch, start, size);
      const { loss, logKappa, gradients } = this.#differentiateSlice(
        slice,
        slice.count / Math.max(1, batch.count),
      );
      if (slice !== batch) tf.dispose([slice.input, slice.cosTheta, slice.mask]);
      if (!sum) {
        sum = { loss, logKappa: [logKappa], gradients };
        continue;
      }
      sum.loss = tf.add(sum.loss, loss);
      sum.logKappa.push(logKappa);
      for (const name of this.head.parameters.keys()) {
        const [before, further] = [sum.gradients[name]!, gradients[name]!];
        sum.gradients[name] = tf.add(before, further);
        // At once, so that no more than one array is there thrice.
        tf.dispose([before, further]);
      }
    }
    const { loss, logKappa, gradients } = sum!;
    return { loss, logKappa: tf.concat(logKappa), gradients };
  }

  /**
   * A slice's mean loss and its gradient, times the slice's share of the batch's pictures: so they
   * add up to the batch's mean.
   */
  #differentiateSlice(slice: HeadBatch, share: number): BatchGradient {
    return tf.tidy(() => {
      let logKappa!: Tensor1D;
      const { value, grads } = tf.variableGrads(() => {
        const output = this.head.logConcentration(slice.input, slice.mask, true);
        logKappa = tf.keep(
          this.head.outputSize === 1 ? tf.reshape(output, [-1]) : tf.mean(output, 1),
        ) as Tensor1D;
        const mean = this.#objective(output, slice);
        return share === 1 ? mean : tf.mul(mean, share);
      }, [...this.head.parameters.values()]);
      const gradients: NamedTensorMap = {};
      for (const [name, parameter] of this.head.parameters)
        gradients[name] = grads[parameter.name]!;
      const copy = tf.clone(logKappa);
      logKappa.dispose();
      return { loss: value, logKappa: copy, gradients };
    });
  }

  /**
   * κ or 1/σ² of frozen features, without training: [B, inputSize] to [count, outputSize].
   * @throws StudioError `diverged` where one is not finite
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

/** A loss, what it was made of, and its gradient by parameter name. */
interface BatchGradient {
  readonly loss: Tensor;
  readonly logKappa: Tensor1D;
  readonly gradients: NamedTensorMap;
}

/** Whether a batch of `rows` rows is differentiated in slices. */
const isCut = (rows: number, microBatch: number): boolean => microBatch > 0 && microBatch < rows;

/**
 * Refuses to cut batches for a head with BatchNorm, whose figures would be each slice's own, and
 * for a method that learns from pairs, of which a slice has not all.
 * @throws StudioError `bad-config`
 */
export function requireMicroBatch(
  { name, hasBatchStatistics }: Pick<ConfidenceHead, 'name' | 'hasBatchStatistics'>,
  method: ObjectiveSettings['method'],
  batchSize: number,
  microBatch: number,
): void {
  if (!isCut(batchSize, microBatch)) return;
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

const NO_PARTS: LossParts = {
  alignment: NaN,
  normalizer: NaN,
  logKappa: NaN,
  logBessel: NaN,
  constant: NaN,
};

/** Why a step's figures are no numbers to go on with; null where they are. */
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

/** Means of the loss's parts over pictures, float64; NaN where the loss is one of pairs. */
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
