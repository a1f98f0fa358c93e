import { yieldToMessages } from '../../../core/yield-to-messages';
import type { RunCursor } from '../../checkpoint/checkpoint';
import { scoreHead, type HeadMetadata } from '../../checkpoint/head-scores';
import type { RunData } from '../../data/run-data';
import type { HeadTrainer } from '../../step/head-trainer';
import { collapseOf, collapseOfDiverged } from '../head-collapse';
import type { HeadCollapse, ValidationResult } from '../run-events';
import {
  concentrationsOfStore,
  pairDistributions,
  validate,
  validationFaces,
  type ValidationFaces,
} from '../validation';
import type { SessionDependencies } from './session-dependencies';

/**
 * Share of the first learning rate. Below it the loss is expected to stay where it is, which is
 * then no sign of a collapse.
 */
const SPENT_RATE = 0.01;

/** Validates a run's head, and holds what the last validation found. */
export class RunValidation {
  #result: ValidationResult | null = null;
  /** Of the session's first validation: a loss that never leaves it shows a collapse. */
  #first: Pick<ValidationResult, 'loss' | 'step'> | null = null;
  #collapse: HeadCollapse | null = null;
  #faces: ValidationFaces | null = null;
  #metadata: HeadMetadata | null = null;

  constructor(
    readonly trainer: HeadTrainer,
    readonly deps: Pick<SessionDependencies, 'config' | 'post'>,
  ) {}

  get result(): ValidationResult | null {
    return this.#result;
  }

  get collapse(): HeadCollapse | null {
    return this.#collapse;
  }

  /**
   * Calibration and score distributions of the head as it was last validated. They are computed
   * when somebody asks, since calibrating takes seconds.
   */
  get metadata(): HeadMetadata {
    if (!this.#faces) return { calibration: null, distributions: [] };
    this.#metadata ??= scoreHead(this.#faces, this.deps.config, this.#result!.step);
    return this.#metadata;
  }

  /**
   * Validates the head on held-out pictures, and posts what it finds.
   * @param learningRate of the steps before
   * @returns null if no validation picture has a centre yet
   */
  async run(
    data: RunData,
    { step, epoch }: RunCursor,
    learningRate: number,
  ): Promise<ValidationResult | null> {
    const { config, post } = this.deps;
    const faces = validationFaces(
      data.validation,
      await concentrationsOfStore(this.trainer, data.validation, config.batchSize),
      config.seed,
    );
    const result = validate(
      faces,
      data.validation.severities,
      (row) => data.cosThetaOf(row),
      this.trainer.settings,
      { step, epoch },
    );
    if (!result) return null;
    this.#first ??= { loss: result.loss, step: result.step };
    const isRateSpent = learningRate < SPENT_RATE * config.learningRate;
    const collapse = collapseOf(result, isRateSpent ? null : this.#first);
    this.#result = result;
    this.#faces = faces;
    this.#metadata = null;
    post({ type: 'validation', result });
    this.#postCollapse(collapse);
    post({
      type: 'distributions',
      distributions: pairDistributions(faces, [config.method, 'cosine'], config, step),
    });
    await yieldToMessages();
    return result;
  }

  /** Notes that the run diverged after `steps` steps, and posts it. */
  diverged(steps: number): void {
    this.#postCollapse(collapseOfDiverged(steps));
  }

  #postCollapse(collapse: HeadCollapse | null): void {
    this.#collapse = collapse;
    this.deps.post({ type: 'head-collapse', collapse });
  }
}
