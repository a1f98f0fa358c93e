import { crc32 } from '../../../formats/bytes/crc32';
import { StudioError } from '../../../core/studio-error';
import {
  isWhole,
  readEmbedding,
  readHead,
  readHeadInput,
  recordBytes,
  writeRecord,
  type RecordLayout,
  type StoredRow,
} from './feature-record';
import type { FeatureRows } from './feature-rows';
import type { RecordFile } from './record-store';

/** Records are held in memory, too, up to so many bytes in all. */
const MEMORY_BUDGET = 2 ** 30;
const ROWS_PER_CHUNK = 512;

/** Magic, then the length of the key, its CRC and itself. */
const MAGIC = 0x31464353;
const KEY_AT = 12;
/**
 * Two places take turns, so that a crash in the midst of one leaves the other: CRC, turn, records,
 * whether that is all.
 */
const COMMITS = [3072, 3584] as const;
const COMMIT_BYTES = 20;
const RECORDS_AT = 4096;

interface Commit {
  readonly turn: number;
  readonly records: number;
  readonly complete: boolean;
}

/**
 * Frozen features of a source's pictures in one file, in the order that the source gives them in:
 * written once, then read at random. What has been committed survives a crash at any moment; what
 * was written after it is written again.
 */
export class FeatureCache {
  readonly labels: number[] = [];
  readonly severities: number[] = [];
  readonly #copies: number[] = [];
  /** Of the whole file as long as that fits. */
  #chunks: Uint8Array[] | null = [];
  /** null where nothing can be kept, or not any more. */
  #file: RecordFile | null;
  #commit: Commit = { turn: 0, records: 0, complete: false };
  readonly #bytes: number;
  /**
   * Records of the source that are in the cache with all their copies, and how many of the source's
   * records they reach to.
   */
  #whole = { records: 0, recordsRead: 0 };
  readonly #checked: boolean[] = [];

  /** @param budget bytes of records in memory */
  private constructor(
    file: RecordFile | null,
    readonly layout: RecordLayout,
    readonly copies: number,
    readonly budget: number,
  ) {
    this.#file = file;
    this.#bytes = recordBytes(layout);
  }

  /**
   * Takes up what a file has of these features, or makes it anew where it has others or is damaged.
   * @param file null to keep them in memory alone
   * @param key all that decides them
   * @param copies records of one picture
   */
  static open(
    file: RecordFile | null,
    key: string,
    layout: RecordLayout,
    copies: number,
    budget = MEMORY_BUDGET,
  ): FeatureCache {
    const cache = new FeatureCache(file, layout, copies, budget);
    if (file) cache.#takeUp(key);
    return cache;
  }

  /** Records in it. */
  get count(): number {
    return this.labels.length;
  }

  /** Whether the source has been read to its end. */
  get complete(): boolean {
    return this.#commit.complete;
  }

  /** Records of the source that needn't be read again. */
  get recordsRead(): number {
    return this.#whole.recordsRead;
  }

  /** Whether it outlives the page. */
  get isKept(): boolean {
    return this.#file !== null;
  }

  /**
   * Adds a record behind the last.
   * @throws StudioError `storage-full` once it can neither be written nor held in memory;
   * `bad-model` for features out of float16's range
   */
  append(row: StoredRow): void {
    const index = this.count;
    const record = new Uint8Array(this.#bytes);
    writeRecord(row, record);
    this.#hold(record, index);
    this.#write(record, RECORDS_AT + index * this.#bytes);
    this.#note(record);
  }

  /** Has what was added survive a crash. @param complete the source has been read to its end */
  commit(complete = false): void {
    // Half of a picture's copies would not be made whole later.
    const records = complete ? this.count : this.#whole.records;
    const commit = { turn: this.#commit.turn + 1, records, complete };
    this.#commit = commit;
    try {
      this.#file?.flush();
      this.#writeCommit(commit);
      this.#file?.flush();
    } catch (thrown) {
      this.#giveUp(thrown);
    }
  }

  /** The embedding of a record, from its float16s. */
  embedding(index: number): Float32Array {
    const embedding = new Float32Array(this.layout.embeddingDim);
    readEmbedding(this.#record(index), this.layout, embedding);
    return embedding;
  }

  /** Which of its picture's copies a record is; 0 is the picture as it is. */
  copyOf(index: number): number {
    return this.#copies[index]!;
  }

  /** The record of the picture as it is, where a record is a copy; a picture's copies follow it. */
  originalOf(index: number): number {
    let at = index;
    while (at > 0 && this.#copies[at]! > 0) at--;
    return at;
  }

  /** Some of its records, in the order they are named in. */
  rows(indices: readonly number[]): FeatureRows {
    const { layout } = this;
    const { inputSize, embeddingDim } = layout;
    const [labels, severities] = [
      indices.map((index) => this.labels[index]!),
      indices.map((index) => this.severities[index]!),
    ];
    const headInput = (row: number, into = new Float32Array(inputSize)) => {
      readHeadInput(this.#record(indices[row]!), layout, into);
      return into;
    };
    return {
      inputSize,
      embeddingDim,
      count: indices.length,
      labels,
      severities,
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

  /** Told when records are no longer kept, but only held in memory. */
  onGivenUp: ((thrown: unknown) => void) | null = null;

  /** Lets go of the file. What is in memory can still be read. */
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

  #hold(record: Uint8Array, index: number): void {
    if (!this.#chunks) return;
    if ((index + 1) * this.#bytes > this.budget) {
      if (!this.#file) {
        throw new StudioError(
          'storage-full',
          `The features of ${index.toLocaleString('en')} pictures fill the ` +
            `${this.budget >> 20} MiB that are held in memory, and the browser keeps no more.`,
          'Free disk space, choose the compact head, or set "features" to "stream".',
        );
      }
      this.#chunks = null;
      return;
    }
    if (index % ROWS_PER_CHUNK === 0)
      this.#chunks.push(new Uint8Array(ROWS_PER_CHUNK * this.#bytes));
    this.#chunks.at(-1)!.set(record, (index % ROWS_PER_CHUNK) * this.#bytes);
  }

  #note(record: Uint8Array): void {
    const { label, severity, recordsRead, copy } = readHead(record);
    this.labels.push(label);
    this.severities.push(severity);
    this.#copies.push(copy);
    if (copy === this.copies - 1) this.#whole = { records: this.count, recordsRead };
  }

  #write(bytes: Uint8Array, at: number): void {
    try {
      this.#file?.write(bytes, at);
    } catch (thrown) {
      this.#giveUp(thrown);
    }
  }

  /** Goes on in memory, where all is in it. @throws what was thrown, where it isn't */
  #giveUp(thrown: unknown): void {
    if (!this.#chunks) throw thrown;
    this.close();
    this.onGivenUp?.(thrown);
  }

  #takeUp(key: string): void {
    const file = this.#file!;
    const header = headerOf(key, this.layout);
    const found = new Uint8Array(header.length);
    const isOurs =
      file.read(found, 0) === header.length && found.every((byte, i) => byte === header[i]);
    const commit = isOurs
      ? COMMITS.map((at) => readCommit(file, at)).reduce(
          (last, next) => (next && next.turn > (last?.turn ?? 0) ? next : last),
          null,
        )
      : null;
    if (!commit) {
      file.truncate(0);
      // Whoever was told that all is well finds out by appending.
      this.#write(header, 0);
      this.#write(new Uint8Array(RECORDS_AT - header.length), header.length);
      return;
    }
    this.#commit = commit;
    const record = new Uint8Array(this.#bytes);
    for (let index = 0; index < commit.records; index++) {
      const isThere =
        file.read(record, RECORDS_AT + index * this.#bytes) === record.length && isWhole(record);
      if (!isThere) {
        this.#commit = { ...commit, complete: false };
        break;
      }
      this.#hold(record, index);
      this.#note(record);
      this.#checked[index] = true;
    }
    if (this.#commit.complete) return;
    this.#dropPartial();
    file.truncate(RECORDS_AT + this.count * this.#bytes);
  }

  /** Takes back the copies of a picture that hasn't all of them. */
  #dropPartial(): void {
    for (const column of [this.labels, this.severities, this.#copies])
      column.length = this.#whole.records;
    const chunks = Math.ceil(this.count / ROWS_PER_CHUNK);
    if (this.#chunks) this.#chunks.length = Math.min(this.#chunks.length, chunks);
  }

  #writeCommit({ turn, records, complete }: Commit): void {
    const bytes = new Uint8Array(COMMIT_BYTES);
    const view = new DataView(bytes.buffer);
    view.setUint32(4, turn, true);
    view.setFloat64(8, records, true);
    view.setUint32(16, complete ? 1 : 0, true);
    view.setUint32(0, crc32(bytes.subarray(4)), true);
    this.#file?.write(bytes, COMMITS[turn % 2]!);
  }
}

function headerOf(key: string, { embeddingDim, inputSize }: RecordLayout): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify({ key, embeddingDim, inputSize }));
  if (KEY_AT + text.length > COMMITS[0])
    throw new RangeError(
      `The key of a feature cache has ${text.length} bytes; ${COMMITS[0] - KEY_AT} fit.`,
    );
  const bytes = new Uint8Array(KEY_AT + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, text.length, true);
  view.setUint32(8, crc32(text), true);
  bytes.set(text, KEY_AT);
  return bytes;
}

function readCommit(file: RecordFile, at: number): Commit | null {
  const bytes = new Uint8Array(COMMIT_BYTES);
  if (file.read(bytes, at) < COMMIT_BYTES) return null;
  const view = new DataView(bytes.buffer);
  if (view.getUint32(0, true) !== crc32(bytes.subarray(4))) return null;
  return {
    turn: view.getUint32(4, true),
    records: view.getFloat64(8, true),
    complete: view.getUint32(16, true) === 1,
  };
}
