import type { FeatureRow, FeatureRows } from './feature-rows';

const ROWS_PER_CHUNK = 512;

/** Features of many pictures in chunks of a fixed size, so that growing never copies them. */
export class FeatureStore implements FeatureRows {
  readonly labels: number[] = [];
  readonly severities: number[] = [];
  readonly copies: number[] = [];
  readonly pictures: number[] = [];
  readonly #inputs: Float32Array[] = [];
  readonly #embeddings: Float32Array[] = [];

  constructor(
    readonly inputSize: number,
    readonly embeddingDim: number,
  ) {}

  get count(): number {
    return this.labels.length;
  }

  /**
   * Adds a row after the last.
   * @param picture that it was made of; by default one of its own
   */
  add(row: FeatureRow, picture = this.count): void {
    const offset = this.count % ROWS_PER_CHUNK;
    if (offset === 0) {
      this.#inputs.push(new Float32Array(ROWS_PER_CHUNK * this.inputSize));
      this.#embeddings.push(new Float32Array(ROWS_PER_CHUNK * this.embeddingDim));
    }
    this.#inputs.at(-1)!.set(row.headInput, offset * this.inputSize);
    this.#embeddings.at(-1)!.set(row.embedding, offset * this.embeddingDim);
    this.labels.push(row.label);
    this.severities.push(row.severity);
    this.copies.push(row.copy ?? 0);
    this.pictures.push(picture);
  }

  embedding(index: number): Float32Array {
    return view(this.#embeddings, index, this.embeddingDim);
  }

  headInput(index: number): Float32Array {
    return view(this.#inputs, index, this.inputSize);
  }

  gatherInputs(indices: readonly number[], size: number): Float32Array {
    const rows = new Float32Array(size * this.inputSize);
    indices.forEach((index, row) => rows.set(this.headInput(index), row * this.inputSize));
    return rows;
  }
}

function view(chunks: readonly Float32Array[], index: number, size: number): Float32Array {
  const offset = (index % ROWS_PER_CHUNK) * size;
  return chunks[Math.floor(index / ROWS_PER_CHUNK)]!.subarray(offset, offset + size);
}
