import { StudioError } from '../formats/studio-error';
import { dot, normalised } from './class-centres';

/** Where the directions of classes come from: all known before training, or growing while it goes. */
export interface ClassDirections {
  readonly dimension: number;
  /** A unit direction [dimension], not to be written to; undefined for an identity never seen. */
  row(label: number): Float32Array | undefined;
  /** cos θ between a unit embedding and its identity's direction, in float64; undefined for an identity never seen. */
  cosTheta(label: number, embedding: Float32Array): number | undefined;
}

const ROWS_PER_CHUNK = 1024;
/** Bytes of sums held, at most. */
const MEMORY_BUDGET = 1 << 30;

/**
 * Class centres while they grow: the sum of each identity's unit embeddings seen so far, whose direction is the mean's. For
 * sets too large to be passed over before the first step: a picture is trained against those of its identity that came
 * before it. No outliers are dropped, which a sum can't undo.
 */
export class GrowingCentres implements ClassDirections {
  readonly #rows = new Map<number, number>();
  readonly #chunks: Float32Array[] = [];
  readonly #counts: number[] = [];

  constructor(
    readonly dimension: number,
    readonly memoryBudget = MEMORY_BUDGET,
  ) {}

  /** Identities seen, in order of appearance. */
  get labels(): number[] {
    return [...this.#rows.keys()];
  }

  /** Pictures in an identity's sum. */
  count(label: number): number {
    return this.#counts[this.#rows.get(label) ?? -1] ?? 0;
  }

  /**
   * Adds one picture's unit embedding; or, with `count`, a sum of so many that was kept.
   * @throws StudioError `bad-source` for more identities than fit
   */
  add(label: number, embedding: Float32Array, count = 1): void {
    let row = this.#rows.get(label);
    if (row === undefined) {
      row = this.#rows.size;
      if (row % ROWS_PER_CHUNK === 0) this.#grow();
      this.#rows.set(label, row);
      this.#counts.push(0);
    }
    const sum = this.#sum(row);
    for (let i = 0; i < sum.length; i++) sum[i]! += embedding[i]!;
    this.#counts[row]! += count;
  }

  /** The sum of an identity's embeddings: a view, not to be written to. */
  sum(label: number): Float32Array | undefined {
    const row = this.#rows.get(label);
    return row === undefined ? undefined : this.#sum(row);
  }

  row(label: number): Float32Array | undefined {
    const sum = this.sum(label);
    return sum && normalised(sum).unit;
  }

  cosTheta(label: number, embedding: Float32Array): number | undefined {
    return this.cosThetaWithout(label, embedding, null);
  }

  /** cos θ to the other pictures of the identity, where `own` is in its sum: undefined where there are no others. */
  cosThetaWithout(label: number, embedding: Float32Array, own: Float32Array | null): number | undefined {
    const sum = this.sum(label);
    if (!sum || this.count(label) <= (own ? 1 : 0)) return undefined;
    // ⟨x, s − o⟩ / ‖s − o‖ from three products, nothing copied.
    const along = dot(embedding, sum) - (own ? dot(embedding, own) : 0);
    const squared = dot(sum, sum) - (own ? 2 * dot(sum, own) - dot(own, own) : 0);
    return squared > 1e-12 ? Math.max(-1, Math.min(1, along / Math.sqrt(squared))) : undefined;
  }

  #sum(row: number): Float32Array {
    const offset = (row % ROWS_PER_CHUNK) * this.dimension;
    return this.#chunks[Math.floor(row / ROWS_PER_CHUNK)]!.subarray(offset, offset + this.dimension);
  }

  #grow(): void {
    const bytes = 4 * ROWS_PER_CHUNK * this.dimension;
    if ((this.#chunks.length + 1) * bytes > this.memoryBudget) {
      throw new StudioError('bad-source', `Class centres of more than ${this.#rows.size.toLocaleString('en')} identities do not fit into ${this.memoryBudget >> 20} MiB.`, 'Train on a subset of the identities.');
    }
    this.#chunks.push(new Float32Array(ROWS_PER_CHUNK * this.dimension));
  }
}
