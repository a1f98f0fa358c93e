import { dot } from '../../core/vector';
import { StudioError } from '../../core/studio-error';
import type { Centre } from './centre';
import { likenessOf } from './cos-theta';

/**
 * One unit direction w_c per identity, float32, row-major [classes, dimension]. Lives on the CPU
 * whatever the number of classes; a training batch gathers its own rows. The radius r is left out:
 * only cos θ = μ·w_c enters the objective.
 */
export class ClassCentres {
  readonly #rows: Map<number, number>;
  readonly #likeness: number;

  /**
   * @param labels the identity of each row
   * @param matrix rows of unit length
   * @param means [classes, {@link MEAN_FIGURES}]: count, length, share and lowest of a CentreMean
   * for each row, where rows are means of the pictures at hand; null where given or trained
   */
  constructor(
    readonly dimension: number,
    readonly labels: readonly number[],
    readonly matrix: Float32Array,
    readonly means: Float32Array | null = null,
  ) {
    this.#rows = new Map(labels.map((label, row) => [label, row]));
    let [cosines, pairs] = [0, 0];
    for (let at = 0; at < (means?.length ?? 0); at += MEAN_FIGURES) {
      const [count, length] = [means![at]!, means![at + 1]!];
      cosines += (length ** 2 - count) / 2;
      pairs += (count * (count - 1)) / 2;
    }
    this.#likeness = likenessOf(cosines, pairs);
  }

  /**
   * The centre of an identity, or undefined for one that was never seen. A view: not to be written
   * to.
   */
  row(label: number): Float32Array | undefined {
    const row = this.#rows.get(label);
    return row === undefined
      ? undefined
      : this.matrix.subarray(row * this.dimension, (row + 1) * this.dimension);
  }

  /** What pictures of an identity are compared with; undefined for one that was never seen. */
  centre(label: number): Centre | undefined {
    const row = this.#rows.get(label);
    if (row === undefined) return undefined;
    const direction = this.row(label)!;
    if (!this.means) return { direction, mean: null };
    const [count, length, share, lowest] = this.means.subarray(
      row * MEAN_FIGURES,
      (row + 1) * MEAN_FIGURES,
    );
    return {
      direction,
      mean: {
        count: count!,
        length: length!,
        share: share!,
        lowest: lowest!,
        likeness: this.#likeness,
      },
    };
  }

  /**
   * cos θ between a unit embedding and its identity's row, in float64; undefined for an identity
   * never seen. For a picture that the row may be made of, `cosThetaTo` leaves its own part out.
   */
  cosTheta(label: number, embedding: Float32Array): number | undefined {
    const centre = this.row(label);
    return centre && dot(centre, embedding);
  }
}

/** Numbers that say what a centre is the mean of. */
export const MEAN_FIGURES = 4;

/**
 * Pictures an identity's centre is made of, at most: past this, more change the mean by less than
 * its own noise.
 */
const MAX_PICTURES = 32;
/** A picture alone says nothing of where its person's others lie. */
const MIN_PICTURES = 2;
/** Bytes of embeddings held while centres are made. */
const MEMORY_BUDGET = 1 << 30;
/**
 * Pictures farther below the median cosine than this many deviations are taken for another person,
 * or for no face.
 */
const OUTLIER_DEVIATIONS = 3;

/** An identity's pictures while a builder gathers them. */
interface Gathered {
  /** Those that its centre is made of. */
  readonly pictures: Float32Array[];
  seen: number;
}

/**
 * Collects unit embeddings and makes class centres of them: the normalised mean of each identity,
 * outliers dropped (cosine to the first mean below median − 3 · 1.4826 · MAD), the mean taken
 * again. An identity with one picture gets no centre: it would be that picture, and cos θ 1 however
 * bad it is.
 */
export class ClassCentreBuilder {
  readonly #byLabel = new Map<number, Gathered>();
  #mostPictures: number;

  /**
   * @param expectedIdentities how many identities the source says it has; where it has more, or
   * doesn't say, the limit of pictures follows what is seen, and the centres are the same as if it
   * had been known
   * @param memoryBudget bytes of embeddings held at most
   * @throws StudioError `bad-source` for more identities than fit with two pictures each
   */
  constructor(
    readonly dimension: number,
    expectedIdentities = 1,
    readonly memoryBudget = MEMORY_BUDGET,
  ) {
    this.#mostPictures = this.#affordablePictures(Math.max(1, expectedIdentities));
  }

  /**
   * Takes one picture's embedding, of unit length. Past the limit an identity's further pictures
   * are left out.
   * @throws StudioError `bad-source` for more identities than fit with two pictures each
   */
  add(label: number, embedding: Float32Array): void {
    let gathered = this.#byLabel.get(label);
    if (!gathered) {
      this.#byLabel.set(label, (gathered = { pictures: [], seen: 0 }));
      this.#makeRoom();
    }
    gathered.seen++;
    if (gathered.pictures.length < this.#mostPictures) gathered.pictures.push(embedding.slice());
  }

  /** The centres of all identities that came with several pictures, ordered by label. */
  finish(): ClassCentres {
    const several = [...this.#byLabel].filter(
      ([, { pictures }]) => pictures.length >= MIN_PICTURES,
    );
    several.sort(([a], [b]) => a - b);
    const matrix = new Float32Array(several.length * this.dimension);
    const means = new Float32Array(several.length * MEAN_FIGURES);
    several.forEach(([, { pictures, seen }], row) => {
      const first = unitMean(pictures, this.dimension);
      const kept = withoutOutliers(pictures, first.unit);
      const dropped = pictures.length - kept.length;
      const { unit, length } = dropped === 0 ? first : unitMean(kept, this.dimension);
      matrix.set(unit, row * this.dimension);
      const lowest = dropped === 0 ? -1 : Math.min(...kept.map((picture) => dot(picture, unit)));
      means.set([kept.length, length, kept.length / (seen - dropped), lowest], row * MEAN_FIGURES);
    });
    return new ClassCentres(
      this.dimension,
      several.map(([label]) => label),
      matrix,
      means,
    );
  }

  /** Lowers the limit of pictures where the identities have become too many for it. */
  #makeRoom(): void {
    const affordable = this.#affordablePictures(this.#byLabel.size);
    if (affordable >= this.#mostPictures) return;
    this.#mostPictures = affordable;
    for (const { pictures } of this.#byLabel.values()) pictures.splice(affordable);
  }

  #affordablePictures(identities: number): number {
    const affordable = Math.floor(this.memoryBudget / (identities * this.dimension * 4));
    if (affordable >= MIN_PICTURES) return Math.min(MAX_PICTURES, affordable);
    throw new StudioError(
      'bad-source',
      `Class centres of ${identities.toLocaleString('en')} identities, two pictures each, ` +
        `do not fit into ${this.memoryBudget >> 20} MiB.`,
      'Set "features" to "stream" and "centres" to "growing", or train on fewer identities.',
    );
  }
}

function withoutOutliers(
  pictures: readonly Float32Array[],
  centre: Float32Array,
): readonly Float32Array[] {
  if (pictures.length < 4) return pictures;
  const cosines = pictures.map((picture) => dot(picture, centre));
  const middle = median(cosines);
  const deviation = 1.4826 * median(cosines.map((cosine) => Math.abs(cosine - middle)));
  return pictures.filter((_, index) => cosines[index]! >= middle - OUTLIER_DEVIATIONS * deviation);
}

/** The direction of some embeddings' sum, and its length. */
function unitMean(
  pictures: readonly Float32Array[],
  dimension: number,
): { unit: Float32Array; length: number } {
  const sum = new Float64Array(dimension);
  for (const picture of pictures) for (let i = 0; i < dimension; i++) sum[i]! += picture[i]!;
  const length = Math.hypot(...sum);
  return { unit: Float32Array.from(sum, (value) => value / (length || 1)), length };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
