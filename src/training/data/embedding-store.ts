import { count } from '../../core/number-words';
import { StudioError } from '../../core/studio-error';

/** Labelled embeddings of unit length, read one at a time. */
export interface EmbeddingSet {
  readonly embeddingDim: number;
  /** One for each picture. */
  readonly labels: readonly number[];
  /** The embedding of picture `index`: a view that must not be written to. */
  embedding(index: number): Float32Array;
}

/** Bytes of embeddings in memory, at most: half a million pictures at 512 dimensions. */
const EMBEDDING_BUDGET = 2 ** 30;
const ROWS_PER_CHUNK = 1024;

/** Embeddings of many pictures and their labels: what a classifier is trained on. */
export class EmbeddingStore implements EmbeddingSet {
  readonly labels: number[] = [];
  readonly #chunks: Float32Array[] = [];

  /**
   * @param expected pictures to come, if that is known
   * @throws StudioError `bad-config` for more pictures than fit
   */
  constructor(
    readonly embeddingDim: number,
    expected = 0,
    readonly budget = EMBEDDING_BUDGET,
  ) {
    this.#require(expected);
  }

  /** Number of pictures that fit. */
  get most(): number {
    return Math.floor(this.budget / (4 * this.embeddingDim));
  }

  /** @throws StudioError `bad-config` for more pictures than fit */
  add(label: number, unit: Float32Array): void {
    const row = this.labels.length;
    this.#require(row + 1);
    if (row % ROWS_PER_CHUNK === 0)
      this.#chunks.push(new Float32Array(ROWS_PER_CHUNK * this.embeddingDim));
    this.#chunks.at(-1)!.set(unit, (row % ROWS_PER_CHUNK) * this.embeddingDim);
    this.labels.push(label);
  }

  embedding(index: number): Float32Array {
    const offset = (index % ROWS_PER_CHUNK) * this.embeddingDim;
    return this.#chunks[Math.floor(index / ROWS_PER_CHUNK)]!.subarray(
      offset,
      offset + this.embeddingDim,
    );
  }

  #require(pictures: number): void {
    if (pictures <= this.most) return;
    throw new StudioError(
      'bad-config',
      'A classifier of class centres is trained on embeddings in memory; those of ' +
        `${count(pictures)} pictures take more than its ${this.budget >> 20} MiB, which are ` +
        `enough for ${count(this.most)}.`,
      'Set "centres" to "first-pass" or "growing", or train on fewer pictures, which "scf ' +
        'pack --identities" makes.',
    );
  }
}

/** Some pictures of a set, by their indices. */
export function subsetOf(set: EmbeddingSet, indices: readonly number[]): EmbeddingSet {
  return {
    embeddingDim: set.embeddingDim,
    labels: indices.map((index) => set.labels[index]!),
    embedding: (at) => set.embedding(indices[at]!),
  };
}
