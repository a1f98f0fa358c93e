import { StudioError } from '../../core/studio-error';
import type { Centre } from './centre';
import { dot, normalised } from '../../core/vector';
import { cosThetaToOthers, likenessOf } from './cos-theta';

/**
 * Where the directions of classes come from: all known before training, or growing while it goes.
 */
export interface ClassDirections {
  readonly dimension: number;
  /**
   * What pictures of an identity are compared with; undefined for one never seen, and for one with
   * a single picture where that would be its centre.
   */
  centre(label: number): Centre | undefined;
}

/** The cosines of all pairs of pictures of one identity, summed, and how many pairs they are. */
export interface GatheredPairs {
  readonly cosines: number;
  readonly pairs: number;
}

const ROWS_PER_CHUNK = 1024;
/** Bytes of sums held, at most. */
const MEMORY_BUDGET = 1 << 30;

/**
 * Class centres while they grow: the sum of each identity's unit embeddings seen so far, whose
 * direction is the mean's. For sets too large to be passed over before the first step: a picture is
 * trained against those of its identity that came before it. No outliers are dropped, which a sum
 * can't undo.
 */
export class RunningCentres implements ClassDirections {
  readonly #rows = new Map<number, number>();
  readonly #chunks: Float32Array[] = [];
  readonly #counts: number[] = [];
  #pairs: GatheredPairs = { cosines: 0, pairs: 0 };

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

  /** Identities with one picture, which has nothing to be compared with. */
  get singles(): number {
    return this.#counts.filter((count) => count === 1).length;
  }

  /** Of all pictures in the sums. */
  get pairs(): GatheredPairs {
    return this.#pairs;
  }

  /**
   * Adds one picture's unit embedding.
   * @throws StudioError `bad-source` for more identities than fit
   */
  add(label: number, embedding: Float32Array): void {
    const before = this.sum(label);
    if (before)
      this.#pairs = {
        cosines: this.#pairs.cosines + dot(embedding, before),
        pairs: this.#pairs.pairs + this.count(label),
      };
    this.#put(label, embedding, 1);
  }

  /**
   * Takes up what was kept of others: the sum of an identity's embeddings and their number.
   * @throws StudioError as {@link add}
   */
  takeUp(
    sums: Iterable<readonly [label: number, sum: Float32Array, count: number]>,
    pairs: GatheredPairs,
  ): void {
    for (const [label, sum, count] of sums) this.#put(label, sum, count);
    this.#pairs = pairs;
  }

  #put(label: number, embedding: Float32Array, count: number): void {
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

  centre(label: number): Centre | undefined {
    const [sum, count] = [this.sum(label), this.count(label)];
    if (!sum || count < 2) return undefined;
    const { unit, norm } = normalised(sum);
    return {
      direction: unit,
      mean: { count, length: norm, share: 1, lowest: -1, likeness: this.#likeness },
    };
  }

  /**
   * cos θ by the other pictures of the identity, as {@link cosThetaToOthers} has it, where `own` is
   * in its sum: undefined where there are no others, or they cancel each other out.
   */
  cosThetaWithout(
    label: number,
    embedding: Float32Array,
    own: Float32Array | null,
  ): number | undefined {
    const sum = this.sum(label);
    const others = this.count(label) - (own ? 1 : 0);
    if (!sum || others < 1) return undefined;
    // ⟨x, s − o⟩ and ‖s − o‖² from products, nothing copied.
    const along = dot(embedding, sum) - (own ? dot(embedding, own) : 0);
    const squared = dot(sum, sum) - (own ? 2 * dot(sum, own) - dot(own, own) : 0);
    return cosThetaToOthers(along, squared, others, this.#likeness);
  }

  get #likeness(): number {
    return likenessOf(this.#pairs.cosines, this.#pairs.pairs);
  }

  #sum(row: number): Float32Array {
    const offset = (row % ROWS_PER_CHUNK) * this.dimension;
    return this.#chunks[Math.floor(row / ROWS_PER_CHUNK)]!.subarray(
      offset,
      offset + this.dimension,
    );
  }

  #grow(): void {
    const bytes = 4 * ROWS_PER_CHUNK * this.dimension;
    if ((this.#chunks.length + 1) * bytes > this.memoryBudget) {
      throw new StudioError(
        'bad-source',
        `Class centres of more than ${this.#rows.size.toLocaleString('en')} identities do ` +
          `not fit into ${this.memoryBudget >> 20} MiB.`,
        'Train on a subset of the identities.',
      );
    }
    this.#chunks.push(new Float32Array(ROWS_PER_CHUNK * this.dimension));
  }
}
