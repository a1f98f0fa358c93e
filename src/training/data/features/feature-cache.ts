import {
  headerOf,
  lastCommit,
  RECORDS_AT,
  writeCommit,
  type Commit,
} from '../../../formats/bytes/commit-header';
import type { InPlaceFile } from '../../../formats/bytes/file-store';
import { count } from '../../../core/number-words';
import { StudioError } from '../../../core/studio-error';
import {
  isWhole,
  readEmbedding,
  readRecordHeader,
  readHeadInput,
  recordBytes,
  writeRecord,
  type RecordLayout,
  type StoredRow,
} from './feature-record';
import type { FeatureRows } from './feature-rows';

/** Bytes of records that are also held in memory. A larger file is read from disk. */
const MEMORY_BUDGET = 2 ** 30;
const ROWS_PER_CHUNK = 512;

/** The text that names what a cache's records are of. */
export const cacheText = (key: string, { embeddingDim, inputSize }: RecordLayout): string =>
  JSON.stringify({ key, embeddingDim, inputSize });

/**
 * Frozen features of a source's pictures in one file, in the order of the source: appended once,
 * then read at random. What has been committed survives a crash at any moment; what was written
 * after the last commit is written again.
 */
export class FeatureCache {
  readonly labels: number[] = [];
  readonly severities: number[] = [];
  readonly #copies: number[] = [];
  /** All records so far; null once they are more than the budget. */
  #chunks: Uint8Array[] | null = [];
  /** null if nothing can be kept, or not any more. */
  #file: InPlaceFile | null;
  #commit: Commit = { turn: 0, records: 0, complete: false };
  readonly #bytes: number;
  /**
   * The records up to the last picture that has all its copies, and the place of that picture in
   * the source.
   */
  #whole = { records: 0, sourcePosition: 0 };
  /** By record: its checksum has been found to be right, so that it isn't computed again. */
  readonly #checked: boolean[] = [];

  /** @param budget bytes of records in memory */
  private constructor(
    file: InPlaceFile | null,
    readonly layout: RecordLayout,
    readonly copies: number,
    readonly budget: number,
  ) {
    this.#file = file;
    this.#bytes = recordBytes(layout);
  }

  /**
   * Opens a file's features, or starts the file afresh if it has others or is damaged.
   * @param file null to keep them in memory only
   * @param key all that decides the features
   * @param copies records of one picture
   */
  static open(
    file: InPlaceFile | null,
    key: string,
    layout: RecordLayout,
    copies: number,
    budget = MEMORY_BUDGET,
  ): FeatureCache {
    const cache = new FeatureCache(file, layout, copies, budget);
    if (file) cache.#load(file, key);
    return cache;
  }

  /** Records in the cache. */
  get count(): number {
    return this.labels.length;
  }

  /** Whether the source has been read to its end. */
  get complete(): boolean {
    return this.#commit.complete;
  }

  /** Records at the beginning of the source that needn't be read again. */
  get recordsToSkip(): number {
    return this.#whole.sourcePosition;
  }

  /** Whether the features outlive the page. */
  get isKept(): boolean {
    return this.#file !== null;
  }

  /**
   * Adds a record after the last.
   * @throws StudioError `storage-full` if it can neither be written nor held in memory; `bad-model`
   * for features out of float16's range
   */
  append(row: StoredRow): void {
    const index = this.count;
    const record = new Uint8Array(this.#bytes);
    writeRecord(row, record);
    this.#hold(record, index);
    this.#write(record, RECORDS_AT + index * this.#bytes);
    this.#index(record);
  }

  /**
   * Makes the records so far survive a crash. Unless the source is complete, that ends with the
   * last picture that has all its copies: missing ones would not be made later.
   * @param complete the source has been read to its end
   */
  commit(complete = false): void {
    const records = complete ? this.count : this.#whole.records;
    this.#commit = { turn: this.#commit.turn + 1, records, complete };
    if (!this.#file) return;
    try {
      // The records must be on disk before the commit that counts them.
      this.#file.flush();
      writeCommit(this.#file, this.#commit);
      this.#file.flush();
    } catch (thrown) {
      this.#fallBack(thrown);
    }
  }

  /** The embedding of a record, from float16. */
  embedding(index: number): Float32Array {
    const embedding = new Float32Array(this.layout.embeddingDim);
    readEmbedding(this.#record(index), this.layout, embedding);
    return embedding;
  }

  /** Which copy of its picture a record is; 0 is the unaugmented picture. */
  copyOf(index: number): number {
    return this.#copies[index]!;
  }

  /** The place of a record's picture among the source's records, from 1. */
  sourcePositionOf(index: number): number {
    return readRecordHeader(this.#record(index)).sourcePosition;
  }

  /** The record of the unaugmented picture of a record. A picture's copies follow it. */
  originalOf(index: number): number {
    let at = index;
    while (at > 0 && this.#copies[at]! > 0) at--;
    return at;
  }

  /** Some of the records, in the order of `indices`. */
  rows(indices: readonly number[]): FeatureRows {
    const { layout } = this;
    const { inputSize, embeddingDim } = layout;
    const headInput = (row: number, into = new Float32Array(inputSize)) => {
      readHeadInput(this.#record(indices[row]!), layout, into);
      return into;
    };
    const copyOf = (index: number) => this.copyOf(index);
    const originalOf = (index: number) => this.originalOf(index);
    const placeOf = (index: number) => this.sourcePositionOf(index);
    return {
      inputSize,
      embeddingDim,
      count: indices.length,
      labels: indices.map((index) => this.labels[index]!),
      severities: indices.map((index) => this.severities[index]!),
      // Made when they are asked for: the millions of training pictures don't need them.
      get copies() {
        return indices.map(copyOf);
      },
      get pictures() {
        return indices.map(originalOf);
      },
      get places() {
        return indices.map(placeOf);
      },
      embedding: (row) => this.embedding(indices[row]!),
      headInput: (row) => headInput(row),
      gatherInputs: (rows, size) => {
        const gathered = new Float32Array(size * inputSize);
        rows.forEach((row, at) =>
          headInput(row, gathered.subarray(at * inputSize, (at + 1) * inputSize)),
        );
        return gathered;
      },
    };
  }

  /** Called with the error when records are from now on held in memory only. */
  onFallback: ((thrown: unknown) => void) | null = null;

  /** Closes the file. What is in memory can still be read. */
  close(): void {
    this.#file?.close();
    this.#file = null;
  }

  /** @throws StudioError `storage-denied` for a record that is not what was written */
  #record(index: number): Uint8Array {
    if (this.#chunks) {
      const offset = (index % ROWS_PER_CHUNK) * this.#bytes;
      return this.#chunks[Math.floor(index / ROWS_PER_CHUNK)]!.subarray(
        offset,
        offset + this.#bytes,
      );
    }
    const record = new Uint8Array(this.#bytes);
    const read = this.#file?.read(record, RECORDS_AT + index * this.#bytes) ?? 0;
    if (read < record.length || !(this.#checked[index] || isWhole(record))) {
      this.#file?.truncate(0);
      throw new StudioError(
        'storage-denied',
        `The kept features are damaged from record ${index} on.`,
        'Resume: they are made again.',
      );
    }
    this.#checked[index] = true;
    return record;
  }

  /** Holds a record in memory, as long as all records fit there. */
  #hold(record: Uint8Array, index: number): void {
    if (!this.#chunks) return;
    if ((index + 1) * this.#bytes > this.budget) {
      if (!this.#file) throw this.#memoryFull(index);
      this.#chunks = null;
      return;
    }
    if (index % ROWS_PER_CHUNK === 0)
      this.#chunks.push(new Uint8Array(ROWS_PER_CHUNK * this.#bytes));
    this.#chunks.at(-1)!.set(record, (index % ROWS_PER_CHUNK) * this.#bytes);
  }

  #memoryFull(pictures: number): StudioError {
    return new StudioError(
      'storage-full',
      `The features of ${count(pictures)} pictures fill the ${this.budget >> 20} MiB that are ` +
        'held in memory, and the browser keeps no more.',
      'Free disk space, choose the compact head, or set "features" to "stream".',
    );
  }

  /** Adds what a record says of itself to the columns in memory. */
  #index(record: Uint8Array): void {
    const { label, severity, sourcePosition, copy } = readRecordHeader(record);
    this.labels.push(label);
    this.severities.push(severity);
    this.#copies.push(copy);
    if (copy === this.copies - 1) this.#whole = { records: this.count, sourcePosition };
  }

  #write(bytes: Uint8Array, at: number): void {
    try {
      this.#file?.write(bytes, at);
    } catch (thrown) {
      this.#fallBack(thrown);
    }
  }

  /** Continues in memory, if all records are there. @throws `thrown` if they aren't */
  #fallBack(thrown: unknown): void {
    if (!this.#chunks) throw thrown;
    this.close();
    this.onFallback?.(thrown);
  }

  #load(file: InPlaceFile, key: string): void {
    const header = headerOf(cacheText(key, this.layout));
    const commit = lastCommit(file, header);
    if (!commit) {
      file.truncate(0);
      // A failed write here shows up at the next append.
      this.#write(header, 0);
      this.#write(new Uint8Array(RECORDS_AT - header.length), header.length);
      return;
    }
    this.#commit = commit;
    const record = new Uint8Array(this.#bytes);
    for (let index = 0; index < commit.records; index++) {
      const read = file.read(record, RECORDS_AT + index * this.#bytes);
      if (read < record.length || !isWhole(record)) {
        this.#commit = { ...commit, complete: false };
        break;
      }
      this.#hold(record, index);
      this.#index(record);
      this.#checked[index] = true;
    }
    if (this.#commit.complete) return;
    this.#dropPartial();
    file.truncate(RECORDS_AT + this.count * this.#bytes);
  }

  /** Drops the copies of a last picture that hasn't all of them. */
  #dropPartial(): void {
    for (const column of [this.labels, this.severities, this.#copies])
      column.length = this.#whole.records;
    const chunks = Math.ceil(this.count / ROWS_PER_CHUNK);
    if (this.#chunks) this.#chunks.length = Math.min(this.#chunks.length, chunks);
  }
}
