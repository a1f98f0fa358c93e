import { StudioError } from '../../core/studio-error';
import { centreAgreement } from '../../models/centres/centre-agreement';
import type { Centre } from '../../models/centres/centre';
import { labelWithoutRow } from '../../models/centres/centre-fit';
import type { ClassCentres } from '../../models/centres/class-centres';
import type { ClassDirections } from '../../models/centres/running-centres';
import type { CentreMaker } from '../data/feature-pass';

/** Pictures that decide whether labels and rows match, and how many of one identity. */
const [SAMPLE, SAMPLE_OF_ONE] = [256, 8];

/**
 * Class centres made elsewhere, as a run takes them: every label must have its row, or the run ends
 * with the label named; and the first pictures must lie nearer their own rows than strangers', or
 * the rows are another set's.
 */
export class GivenCentres implements ClassDirections, CentreMaker {
  #sample: { readonly label: number; readonly embedding: Float32Array }[] = [];
  readonly #taken = new Map<number, number>();
  #isJudged = false;

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
   * @throws StudioError `bad-checkpoint` once enough pictures don't lie where the rows have them
   */
  add(label: number, unit: Float32Array): void {
    const taken = this.#taken.get(label) ?? 0;
    if (this.#isJudged || taken >= SAMPLE_OF_ONE) return;
    this.#taken.set(label, taken + 1);
    this.#sample.push({ label, embedding: unit.slice() });
    if (this.#sample.length === SAMPLE) this.#judge();
  }

  /** Nothing was made. @throws StudioError as {@link add} */
  finish(): null {
    if (!this.#isJudged) this.#judge();
    return null;
  }

  #judge(): void {
    this.#isJudged = true;
    const { agrees, sentence } = centreAgreement(this.#sample, this.centres, this.seed);
    this.#sample = [];
    this.#taken.clear();
    if (agrees === false)
      throw new StudioError(
        'bad-checkpoint',
        sentence,
        'Choose the class centres that were trained with this backbone on this very set, ' +
          'or set "centres" to "first-pass".',
      );
  }
}
