import { StudioError } from '../formats/studio-error';

/**
 * One unit direction w_c per identity, float32, row-major [classes, dimension]. Lives on the CPU whatever the number of
 * classes; a training batch gathers its own rows. The radius r is left out: only cos θ = μ·w_c enters the objective.
 */
export class ClassCentres {
  readonly #rows: Map<number, number>;

  /**
   * @param labels the identity of each row
   * @param matrix rows of unit length
   */
  constructor(
    readonly dimension: number,
    readonly labels: readonly number[],
    readonly matrix: Float32Array,
  ) {
    this.#rows = new Map(labels.map((label, row) => [label, row]));
  }

  /** The centre of an identity, or undefined for one that was never seen. A view: not to be written to. */
  row(label: number): Float32Array | undefined {
    const row = this.#rows.get(label);
    return row === undefined ? undefined : this.matrix.subarray(row * this.dimension, (row + 1) * this.dimension);
  }

  /** cos θ between a unit embedding and its identity's centre, in float64; undefined for an identity never seen. */
  cosTheta(label: number, embedding: Float32Array): number | undefined {
    const centre = this.row(label);
    return centre && dot(centre, embedding);
  }
}

/** Pictures an identity's centre is made of, at most: past this, more change the mean by less than its own noise. */
const MOST_PICTURES = 32;
/** Bytes of embeddings held while centres are made. */
const MEMORY_BUDGET = 1 << 30;
/** Pictures farther below the median cosine than this many deviations are taken for another person, or for no face. */
const OUTLIER_DEVIATIONS = 3;

/**
 * Collects unit embeddings and makes class centres of them: the normalised mean of each identity, outliers dropped
 * (cosine to the first mean below median − 3 · 1.4826 · MAD), the mean taken again.
 */
export class ClassCentreBuilder {
  readonly #byLabel = new Map<number, Float32Array[]>();
  #mostPictures: number;

  /**
   * @param expectedIdentities how many identities the source says it has; where it has more, or doesn't say, the limit
   * of pictures follows what is seen, and the centres are the same as if it had been known
   * @param memoryBudget bytes of embeddings held at most
   * @throws StudioError `bad-source` for more identities than fit with one picture each
   */
  constructor(
    readonly dimension: number,
    expectedIdentities = 1,
    readonly memoryBudget = MEMORY_BUDGET,
  ) {
    this.#mostPictures = this.#affordablePictures(Math.max(1, expectedIdentities));
  }

  /**
   * Takes one picture's embedding, of unit length. Past the limit an identity's further pictures are left out.
   * @throws StudioError `bad-source` for more identities than fit with one picture each
   */
  add(label: number, embedding: Float32Array): void {
    let pictures = this.#byLabel.get(label);
    if (!pictures) {
      this.#byLabel.set(label, (pictures = []));
      this.#makeRoom();
    }
    if (pictures.length < this.#mostPictures) pictures.push(embedding.slice());
  }

  /** The centres of all identities seen, ordered by label. */
  finish(): ClassCentres {
    const labels = [...this.#byLabel.keys()].sort((a, b) => a - b);
    const matrix = new Float32Array(labels.length * this.dimension);
    labels.forEach((label, row) => {
      const pictures = this.#byLabel.get(label)!;
      const first = unitMean(pictures, this.dimension);
      const kept = withoutOutliers(pictures, first);
      matrix.set(kept.length === pictures.length ? first : unitMean(kept, this.dimension), row * this.dimension);
    });
    return new ClassCentres(this.dimension, labels, matrix);
  }

  /** Lowers the limit of pictures where the identities have become too many for it. */
  #makeRoom(): void {
    const affordable = this.#affordablePictures(this.#byLabel.size);
    if (affordable >= this.#mostPictures) return;
    this.#mostPictures = affordable;
    for (const pictures of this.#byLabel.values()) pictures.splice(affordable);
  }

  #affordablePictures(identities: number): number {
    const affordable = Math.floor(this.memoryBudget / (identities * this.dimension * 4));
    if (affordable >= 1) return Math.min(MOST_PICTURES, affordable);
    throw new StudioError(
      'bad-source',
      `Class centres of ${identities.toLocaleString('en')} identities do not fit into ${this.memoryBudget >> 20} MiB.`,
      'Train on a subset of the identities.',
    );
  }
}

function withoutOutliers(pictures: readonly Float32Array[], centre: Float32Array): readonly Float32Array[] {
  if (pictures.length < 4) return pictures;
  const cosines = pictures.map((picture) => dot(picture, centre));
  const middle = median(cosines);
  const deviation = 1.4826 * median(cosines.map((cosine) => Math.abs(cosine - middle)));
  return pictures.filter((_, index) => cosines[index]! >= middle - OUTLIER_DEVIATIONS * deviation);
}

function unitMean(pictures: readonly Float32Array[], dimension: number): Float32Array {
  const sum = new Float64Array(dimension);
  for (const picture of pictures) for (let i = 0; i < dimension; i++) sum[i]! += picture[i]!;
  const norm = Math.hypot(...sum) || 1;
  return Float32Array.from(sum, (value) => value / norm);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** a·b in float64. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** v/‖v‖ into a new array, and ‖v‖. A zero vector stays zero. */
export function normalised(vector: Float32Array): { unit: Float32Array; norm: number } {
  const norm = Math.sqrt(dot(vector, vector));
  return { unit: vector.map((value) => value / (norm || 1)), norm };
}
