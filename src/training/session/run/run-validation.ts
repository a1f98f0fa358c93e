import { yieldToMessages } from '../../../core/yield-to-messages';
import type { RunCursor } from '../../checkpoint/checkpoint';
import { scoreHead, type HeadScores } from '../../head-file/head-readings';
import type { RunData } from '../../data/run-data';
import type { HeadTrainer } from '../../step/head-trainer';
import { collapseOf, collapseOfDiverged } from '../head-collapse';
import type { HeadCollapse, HeldOutPictures, ValidationResult } from '../run-events';
import {
  concentrationsOfStore,
  facesOfStore,
  headReading,
  validate,
  validationFaces,
  type ValidationFace,
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
  /** The pictures as Compare reads them; null until the end of the run. */
  #fullFaces: ValidationFaces | null = null;
  #scores: HeadScores | null = null;
  /** Pictures that the page was told of. */
  #told = 0;

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
   * Calibration and readings of the head as it was last validated. They are computed when somebody
   * asks, since calibrating takes seconds.
   */
  get scores(): HeadScores {
    const faces = [this.#faces, this.#fullFaces].filter((each) => each !== null);
    this.#scores ??= scoreHead(faces, this.deps.config, this.#result?.step ?? 0);
    return this.#scores;
  }

  /**
   * Ends the run: posts the readings of its head.
   * @param fullFaces validation pictures as Compare reads them; null if they can't be read
   */
  async finish(fullFaces: ValidationFaces | null): Promise<void> {
    this.#fullFaces = fullFaces;
    this.#scores = null;
    this.deps.post({ type: 'head-readings', readings: this.scores.readings });
    await yieldToMessages();
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
    const { validation } = data;
    const concentrations = await concentrationsOfStore(this.trainer, validation, config.batchSize);
    const rows = facesOfStore(validation, concentrations, (row) => data.cosThetaOf(row));
    const faces = validationFaces('single', rows, config.seed);
    const result = validate(faces, this.trainer.settings, { step, epoch });
    if (!result) return null;
    this.#first ??= { loss: result.loss, step: result.step };
    const isRateSpent = learningRate < SPENT_RATE * config.learningRate;
    const collapse = collapseOf(result, isRateSpent ? null : this.#first);
    this.#result = result;
    this.#faces = faces;
    // They were read with the head as it was before.
    this.#fullFaces = null;
    this.#scores = null;
    this.#tellPictures(data, rows);
    post({ type: 'validation', result });
    this.#postCollapse(collapse);
    post({
      type: 'head-readings',
      readings: [headReading(faces, [config.method, 'cosine'], config, step)],
    });
    await yieldToMessages();
    return result;
  }

  /** Notes that the run diverged after `steps` steps, and posts it. */
  diverged(steps: number): void {
    this.#postCollapse(collapseOfDiverged(steps));
  }

  /** They are the same in every validation but of a run whose centres grow. */
  #tellPictures({ validation }: RunData, rows: readonly ValidationFace[]): void {
    const compared = [...rows.keys()].filter((row) => rows[row]!.cosTheta !== undefined);
    if (compared.length === this.#told) return;
    this.#told = compared.length;
    const { labels, copies, places } = validation;
    const of = (values: readonly number[]) => Int32Array.from(compared, (row) => values[row]!);
    const heldOut: HeldOutPictures = {
      labels: of(labels),
      places: places ? of(places) : null,
      copies: of(copies),
    };
    this.deps.post({ type: 'held-out', heldOut });
  }

  #postCollapse(collapse: HeadCollapse | null): void {
    this.#collapse = collapse;
    this.deps.post({ type: 'head-collapse', collapse });
  }
}
