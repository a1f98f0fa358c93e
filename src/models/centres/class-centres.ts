import { count } from '../../core/number-words';
import { dot } from '../../core/vector';
import { StudioError } from '../../core/studio-error';
import type { Centre } from './centre';
import { estimateMeanPairCosine } from './cos-theta';

/*
 * The directions that training compares pictures with: `ClassCentres` for those known before
 * training (computed by `ClassCentreBuilder`, or read from files by `centre-files.ts`),
 * `RunningCentres` for those that grow during it. `cosThetaTo` in `centre.ts` compares a picture
 * with one of them.
 */

/**
 * One unit direction w_c for each identity, float32, row-major [classes, dimension]. Stays on the
 * CPU for any number of classes; a training batch gathers its own rows. The radius r is left out,
 * because only cos θ = μ·w_c enters the objective.
 */
export class ClassCentres {
  readonly #rows: Map<number, number>;
  readonly #likeness: number;

  /**
   * @param labels the identity of each row
   * @param matrix rows of unit length
   * @param means [classes, {@link MEAN_FIGURES}]: count, length, share and lowest of each row's
   * `CentreMean`, if the rows are means of this set's pictures; null for rows from a file or
   * trained ones
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
      const [pictures, length] = [means![at]!, means![at + 1]!];
      cosines += (length ** 2 - pictures) / 2;
      pairs += (pictures * (pictures - 1)) / 2;
    }
    this.#likeness = estimateMeanPairCosine(cosines, pairs);
  }

  /** The centre of an identity; undefined for an unknown one. A view: don't write to it. */
  row(label: number): Float32Array | undefined {
    const row = this.#rows.get(label);
    return row === undefined
      ? undefined
      : this.matrix.subarray(row * this.dimension, (row + 1) * this.dimension);
  }

  /** What pictures of an identity are compared with; undefined for an unknown one. */
  centre(label: number): Centre | undefined {
    const row = this.#rows.get(label);
    if (row === undefined) return undefined;
    const direction = this.row(label)!;
    if (!this.means) return { direction, mean: null };
    const [pictures, length, share, lowest] = this.means.subarray(
      row * MEAN_FIGURES,
      (row + 1) * MEAN_FIGURES,
    );
    return {
      direction,
      mean: {
        count: pictures!,
        length: length!,
        share: share!,
        lowest: lowest!,
        meanPairCosine: this.#likeness,
      },
    };
  }

  /**
   * cos θ between a unit embedding and its identity's row, in float64; undefined for an unknown
   * identity. For a picture that may be part of the row's mean use `cosThetaTo`, which takes the
   * picture's own part out.
   */
  cosTheta(label: number, embedding: Float32Array): number | undefined {
    const centre = this.row(label);
    return centre && dot(centre, embedding);
  }
}

/** Numbers for each row of `means`: count, length, share, lowest. */
export const MEAN_FIGURES = 4;

/** More pictures than this change an identity's mean by less than its own noise. */
const MAX_PICTURES = 32;
/** A single picture says nothing about where its identity's other pictures lie. */
const MIN_PICTURES = 2;
/** Bytes of embeddings held while centres are computed. */
const MAX_EMBEDDING_BYTES = 1 << 30;
/**
 * A picture whose cosine is more than this many deviations below the median is taken for another
 * person, or for no face, and dropped.
 */
const OUTLIER_DEVIATIONS = 3;

/** An identity's embeddings while a builder collects them. */
interface Gathered {
  /** Those that the centre is computed from. */
  readonly pictures: Float32Array[];
  /** Pictures seen, further ones included. */
  seen: number;
}

/**
 * Collects unit embeddings and computes class centres from them: the normalised mean of each
 * identity; then outliers are dropped (cosine to that mean below median − 3 · 1.4826 · MAD) and the
 * mean is taken again. An identity with one picture gets no centre: it would be the picture itself,
 * with cos θ = 1 however bad it is.
 */
export class ClassCentreBuilder {
  readonly #byLabel = new Map<number, Gathered>();
  #maxPictures: number;

  /**
   * @param expectedIdentities the number of identities according to the source. If there turn out
   * to be more, the limit of pictures per identity is lowered on the way, with the same centres as
   * if the number had been known
   * @param memoryBudget upper bound for the bytes of embeddings held
   * @throws StudioError `bad-source` for more identities than fit with two pictures each
   */
  constructor(
    readonly dimension: number,
    expectedIdentities = 1,
    readonly memoryBudget = MAX_EMBEDDING_BYTES,
  ) {
    this.#maxPictures = this.#affordablePictures(Math.max(1, expectedIdentities));
  }

  /**
   * Adds one picture's embedding, of unit length. Pictures past the identity's limit are counted
   * but not used.
   * @throws StudioError `bad-source` for more identities than fit with two pictures each
   */
  add(label: number, embedding: Float32Array): void {
    let gathered = this.#byLabel.get(label);
    if (!gathered) {
      gathered = { pictures: [], seen: 0 };
      this.#byLabel.set(label, gathered);
      this.#lowerLimit();
    }
    gathered.seen++;
    if (gathered.pictures.length < this.#maxPictures) gathered.pictures.push(embedding.slice());
  }

  /** The centres of all identities with two or more pictures, ordered by label. */
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

  /** Lowers the limit of pictures per identity if there are now too many identities for it. */
  #lowerLimit(): void {
    const affordable = this.#affordablePictures(this.#byLabel.size);
    if (affordable >= this.#maxPictures) return;
    this.#maxPictures = affordable;
    for (const { pictures } of this.#byLabel.values()) pictures.splice(affordable);
  }

  #affordablePictures(identities: number): number {
    const affordable = Math.floor(this.memoryBudget / (identities * this.dimension * 4));
    if (affordable >= MIN_PICTURES) return Math.min(MAX_PICTURES, affordable);
    throw new StudioError(
      'bad-source',
      `Class centres of ${count(identities)} identities, two pictures each, ` +
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

/** The sum of the embeddings: its direction and its length. */
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
