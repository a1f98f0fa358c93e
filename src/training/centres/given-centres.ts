import { StudioError } from '../../core/studio-error';
import { centreAgreement } from '../../models/centres/centre-agreement';
import type { Centre } from '../../models/centres/centre';
import { labelWithoutRow } from '../../models/centres/centre-fit';
import type { ClassCentres } from '../../models/centres/class-centres';
import type { ClassDirections } from '../../models/centres/running-centres';
import type { CentreMaker } from '../data/feature-pass';

/** Pictures that are sampled to check whether labels and rows match. */
const SAMPLE_PICTURES = 256;
/** Sampled pictures of one identity. */
const MAX_PER_IDENTITY = 8;

/**
 * Class centres made elsewhere, checked while a run uses them: every label must have a row, and the
 * first pictures must be nearer to their own rows than to others. Otherwise the rows belong to
 * another set, and the run fails.
 */
export class GivenCentres implements ClassDirections, CentreMaker {
  #sample: { readonly label: number; readonly embedding: Float32Array }[] = [];
  readonly #sampledByLabel = new Map<number, number>();
  #isChecked = false;

  constructor(
    readonly centres: ClassCentres,
    readonly seed: number,
  ) {}

  get dimension(): number {
    return this.centres.dimension;
  }

  /** The row as it is. @throws StudioError `bad-checkpoint` for a label without one */
  centre(label: number): Centre {
    const direction = this.centres.row(label);
    if (!direction) throw labelWithoutRow(label, this.centres);
    return { direction, mean: null };
  }

  check(label: number): void {
    this.centre(label);
  }

  /**
   * Samples a picture for the check.
   * @throws StudioError `bad-checkpoint` when the sample is complete and doesn't match the rows
   */
  add(label: number, unit: Float32Array): void {
    const sampled = this.#sampledByLabel.get(label) ?? 0;
    if (this.#isChecked || sampled >= MAX_PER_IDENTITY) return;
    this.#sampledByLabel.set(label, sampled + 1);
    this.#sample.push({ label, embedding: unit.slice() });
    if (this.#sample.length === SAMPLE_PICTURES) this.#checkSample();
  }

  /**
   * Checks an incomplete sample. Returns null: no centres were made. @throws StudioError as {@link
   * add}
   */
  finish(): null {
    if (!this.#isChecked) this.#checkSample();
    return null;
  }

  #checkSample(): void {
    this.#isChecked = true;
    const { agrees, sentence } = centreAgreement(this.#sample, this.centres, this.seed);
    this.#sample = [];
    this.#sampledByLabel.clear();
    if (agrees === false)
      throw new StudioError(
        'bad-checkpoint',
        sentence,
        'Choose the class centres that were trained with this backbone on this very set, ' +
          'or set "centres" to "first-pass".',
      );
  }
}
