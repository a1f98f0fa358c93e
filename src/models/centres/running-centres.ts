import { count } from '../../core/number-words';
import { StudioError } from '../../core/studio-error';
import type { Centre } from './centre';
import { dot, normalised } from '../../core/vector';
import { cosThetaToOthers, estimateMeanPairCosine } from './cos-theta';

/** A source of class directions: all known before training, or growing during it. */
export interface ClassDirections {
  readonly dimension: number;
  /**
   * What pictures of an identity are compared with. Undefined for an unknown identity, and for one
   * whose only picture would be its own centre.
   */
  centre(label: number): Centre | undefined;
}

/** The sum of the cosines of all pairs of pictures with the same identity, and their number. */
export interface GatheredPairs {
  readonly cosines: number;
  readonly pairs: number;
}

const ROWS_PER_CHUNK = 1024;
/** Upper bound for the bytes of sums held. */
const MAX_SUM_BYTES = 1 << 30;

/**
 * Class centres that grow during training: each identity's centre is the direction of the sum of
 * its unit embeddings so far. For sets that are too large for a pass before the first step. A
 * picture is trained against the earlier pictures of its identity. No outliers are dropped, since
 * they can't be told from a sum.
 */
export class RunningCentres implements ClassDirections {
  readonly #rows = new Map<number, number>();
  readonly #chunks: Float32Array[] = [];
  readonly #counts: number[] = [];
  #pairs: GatheredPairs = { cosines: 0, pairs: 0 };

  constructor(
    readonly dimension: number,
    readonly memoryBudget = MAX_SUM_BYTES,
  ) {}

  /** Labels seen so far, in order of appearance. */
  get labels(): number[] {
    return [...this.#rows.keys()];
  }

  /** Pictures in an identity's sum. */
  count(label: number): number {
    return this.#counts[this.#rows.get(label) ?? -1] ?? 0;
  }

  /** Number of identities with a single picture, which can't be compared with anything. */
  get singles(): number {
    return this.#counts.filter((pictures) => pictures === 1).length;
  }

  /** Pairs of all pictures in the sums. */
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
   * Restores saved sums: for each identity the sum of its embeddings and their number.
   * @param pairs as saved from {@link pairs}
   * @throws StudioError as {@link add}
   */
  restore(
    sums: Iterable<readonly [label: number, sum: Float32Array, pictures: number]>,
    pairs: GatheredPairs,
  ): void {
    for (const [label, sum, pictures] of sums) this.#put(label, sum, pictures);
    this.#pairs = pairs;
  }

  /** Adds a sum of embeddings, of `pictures` pictures, to an identity's sum. */
  #put(label: number, embeddings: Float32Array, pictures: number): void {
    let row = this.#rows.get(label);
    if (row === undefined) {
      row = this.#rows.size;
      if (row % ROWS_PER_CHUNK === 0) this.#grow();
      this.#rows.set(label, row);
      this.#counts.push(0);
    }
    const sum = this.#sum(row);
    for (let i = 0; i < sum.length; i++) sum[i]! += embeddings[i]!;
    this.#counts[row]! += pictures;
  }

  /** The sum of an identity's embeddings. A view: don't write to it. */
  sum(label: number): Float32Array | undefined {
    const row = this.#rows.get(label);
    return row === undefined ? undefined : this.#sum(row);
  }

  centre(label: number): Centre | undefined {
    const [sum, pictures] = [this.sum(label), this.count(label)];
    if (!sum || pictures < 2) return undefined;
    const { unit, norm } = normalised(sum);
    return {
      direction: unit,
      mean: { count: pictures, length: norm, share: 1, lowest: -1, meanPairCosine: this.#likeness },
    };
  }

  /**
   * cos θ to the identity's other pictures, see {@link cosThetaToOthers}.
   * @param own the embedding to take out of the sum; null if the picture isn't in it
   * @returns undefined if there are no other pictures, or they cancel each other out
   */
  cosThetaWithout(
    label: number,
    embedding: Float32Array,
    own: Float32Array | null,
  ): number | undefined {
    const sum = this.sum(label);
    const others = this.count(label) - (own ? 1 : 0);
    if (!sum || others < 1) return undefined;
    // ⟨x, s − o⟩ and ‖s − o‖² from dot products, without copying.
    const along = dot(embedding, sum) - (own ? dot(embedding, own) : 0);
    const squared = dot(sum, sum) - (own ? 2 * dot(sum, own) - dot(own, own) : 0);
    return cosThetaToOthers(along, squared, others, this.#likeness);
  }

  get #likeness(): number {
    return estimateMeanPairCosine(this.#pairs.cosines, this.#pairs.pairs);
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
        `Class centres of more than ${count(this.#rows.size)} identities do ` +
          `not fit into ${this.memoryBudget >> 20} MiB.`,
        'Train on a subset of the identities.',
      );
    }
    this.#chunks.push(new Float32Array(ROWS_PER_CHUNK * this.dimension));
  }
}
