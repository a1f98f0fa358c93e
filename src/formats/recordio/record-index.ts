import type { ByteSource } from '../bytes/byte-source';
import { countUpTo, duplicateIn, duplicateKey, ordered, type KeyRun } from './record-keys';
import { scanRecords, type ScanOptions } from './recordio';
import { StudioError } from '../../core/studio-error';

/** Keys are stored as runs of consecutive keys; with more runs than this, one by one. */
const MAX_RUNS = 1024;
/**
 * To guess the number of records from the size of an `.idx`, whose lines have about 19 bytes; at
 * most this many are allocated beforehand.
 */
const [EXPECTED_LINE_BYTES, MAX_EXPECTED_RECORDS] = [16, 2 ** 23];

/** The next step for an index that doesn't fit its file. */
const GET_ANOTHER_IDX = 'Get the .idx that belongs to this .rec, or leave it away.';

/**
 * Offsets and keys of the records of a `.rec`, by place: their order in the `.idx`, or in the file.
 * Takes eight bytes a record; eight more if the keys are in no order, and eight more if the offsets
 * are in none.
 */
export class RecordIndex {
  /** The offsets in ascending order: the same array if they are sorted already, else a copy. */
  readonly #ascending: Float64Array;

  private constructor(
    /** In bytes, all different. */
    readonly offsets: Float64Array,
    /** All different: as at least one run, or by place. */
    readonly keys: readonly KeyRun[] | Float64Array,
    /** Bytes of the `.rec`. */
    readonly fileSize: number,
    ascending: Float64Array,
  ) {
    this.#ascending = ascending;
  }

  /**
   * @internal
   * @throws StudioError `bad-source` for no records, two of one key or offset, one outside the file
   */
  static of(
    name: string,
    offsets: Float64Array,
    keys: readonly KeyRun[] | Float64Array,
    fileSize: number,
  ): RecordIndex {
    const bad = (found: string) =>
      new StudioError('bad-source', `${name} ${found}.`, GET_ANOTHER_IDX);
    if (offsets.length === 0) throw bad('names no records');
    const ascending = ordered(offsets);
    const sharedOffset = duplicateIn(ascending);
    if (sharedOffset !== null) throw bad(`has two records at byte ${sharedOffset}`);
    if (!(ascending[0]! >= 0 && ascending.at(-1)! + 8 <= fileSize))
      throw bad(
        `names a record at byte ${ascending.at(-1)}, outside of the ${fileSize} bytes of the .rec`,
      );
    const sharedKey = duplicateKey(keys, offsets.length);
    if (sharedKey !== null) throw bad(`has two records of key ${sharedKey}`);
    return new RecordIndex(offsets, keys, fileSize, ascending);
  }

  /** Number of records. */
  get count(): number {
    return this.offsets.length;
  }

  /** Bytes of memory that offsets and keys take. */
  get bytes(): number {
    const buffers = new Set([
      this.offsets.buffer,
      this.#ascending.buffer,
      ...(this.keys instanceof Float64Array ? [this.keys.buffer] : []),
    ]);
    return [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** The key of the record at a place, 0 ≤ place < count. */
  keyAt(place: number): number {
    if (this.keys instanceof Float64Array) return this.keys[place]!;
    const run = this.keys[this.#runOf(place)]!;
    return run.key + place - run.place;
  }

  /**
   * The place of a key; −1 for an unknown key. A linear search if keys are in no order.
   */
  placeOf(key: number): number {
    if (this.keys instanceof Float64Array) return this.keys.indexOf(key);
    const at = this.keys.findIndex(
      (run, i) => key >= run.key && key - run.key < this.#runEnd(i) - run.place,
    );
    return at < 0 ? -1 : this.keys[at]!.place + key - this.keys[at]!.key;
  }

  /** How many records from a place on are known to have consecutive keys. */
  consecutiveFrom(place: number): number {
    return this.keys instanceof Float64Array ? 1 : this.#runEnd(this.#runOf(place)) - place;
  }

  /**
   * The latest end of the record at a place: the offset of the next record, or the end of the file.
   */
  endAt(place: number): number {
    if (this.#ascending === this.offsets) return this.offsets[place + 1] ?? this.fileSize;
    const offset = this.offsets[place]!;
    const next = countUpTo(this.#ascending.length, (i) => this.#ascending[i]! <= offset);
    return this.#ascending[next] ?? this.fileSize;
  }

  #runOf(place: number): number {
    const runs = this.keys as readonly KeyRun[];
    return countUpTo(runs.length, (i) => runs[i]!.place <= place) - 1;
  }

  #runEnd(run: number): number {
    return (this.keys as readonly KeyRun[])[run + 1]?.place ?? this.count;
  }
}

/** The next step where an index has offsets beyond the file: mostly a download broke off. */
const CUT_SHORT =
  'The .rec may be cut short: get it again, or the .idx that belongs to it. ' +
  'Without the .idx, the part of the .rec that is there can be read.';

/**
 * Reads an `.idx`: lines of key, tab, byte offset. Holds eight bytes a record and a chunk of the
 * text.
 * @param rec the file that it should belong to
 * @throws StudioError `bad-source` naming the line, for one without two numbers or with an offset
 * where no record can be; or naming a key that two records have; whatever the source throws
 */
export async function readIndex(
  idx: ByteSource,
  rec: Pick<ByteSource, 'size'>,
  signal?: AbortSignal,
): Promise<RecordIndex> {
  const builder = new IndexBuilder(
    Math.min(MAX_EXPECTED_RECORDS, Math.ceil(idx.size / EXPECTED_LINE_BYTES)),
  );
  const bad = (found: string, step = GET_ANOTHER_IDX) =>
    new StudioError('bad-source', `${idx.name} has ${found} in line ${builder.count + 1}.`, step);
  const endLine = (key: number, offset: number) => {
    if (offset % 4 !== 0) throw bad(`the offset ${offset}, which is no multiple of 4,`);
    if (offset + 8 > rec.size)
      throw bad(`the offset ${offset}, outside of the ${rec.size} bytes of the .rec,`, CUT_SHORT);
    // A record takes at least eight bytes; this bounds the memory that a wrong index can take.
    if (builder.count >= rec.size / 8) throw bad('more records than the .rec can hold,');
    builder.add(key, offset);
  };
  const reader = (await idx.stream(0, signal)).getReader();
  // Parsed byte by byte: a string for each line would cost gigabytes. Fields: 0 the key, 1 the
  // offset, 2 the line's end.
  let [key, number, digits, field] = [0, 0, 0, 0];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal?.throwIfAborted();
      const chunk = done ? Uint8Array.of(0x0a) : value;
      for (let i = 0; i < chunk.length; i++) {
        const byte = chunk[i]!;
        if (byte >= 0x30 && byte <= 0x39 && field < 2) {
          if (++digits > 15) throw bad('a number of more than 15 digits');
          number = 10 * number + byte - 0x30;
        } else if (byte === 0x0a) {
          if (field > 0 || digits > 0) {
            if (field === 0 || (field === 1 && digits === 0)) throw bad('no key and offset');
            endLine(key, number);
          }
          number = digits = field = 0;
        } else if ((byte === 0x09 || byte === 0x20) && field === 0 && digits > 0) {
          key = number;
          number = digits = 0;
          field = 1;
        } else if (byte === 0x0d && field > 0 && digits > 0) field = 2;
        else throw bad(`the byte 0x${byte.toString(16).padStart(2, '0')} where none is expected`);
      }
      if (done) break;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  return builder.finish(idx.name, rec.size);
}

/**
 * Builds an index by scanning the `.rec` once. Keys are the ids in the records' headers, which the
 * packers of MXNet and InsightFace write. If those are not all different, the keys count from 0, as
 * in MXNet's `rec2idx.py`.
 * @throws StudioError as {@link scanRecords}, and `bad-source` where no record was found
 */
export async function buildIndex(rec: ByteSource, options: ScanOptions = {}): Promise<RecordIndex> {
  const builder = new IndexBuilder(2 ** 16);
  let numbered = true;
  for await (const { offset, record } of scanRecords(rec, options)) {
    // A first record without a picture is InsightFace's record 0. If its id isn't 0, ids mean
    // something else.
    numbered &&=
      Number.isSafeInteger(record.id) &&
      (builder.count > 0 || record.image.length > 0 || record.id === 0);
    builder.add(numbered ? record.id : builder.count, offset);
  }
  return builder.finish(
    rec.name,
    rec.size,
    numbered && builder.distinct ? undefined : [{ place: 0, key: 0 }],
  );
}

/** Collects records one by one. Its arrays grow by half. */
class IndexBuilder {
  count = 0;
  #offsets: Float64Array;
  /** Null as long as there are at most {@link MAX_RUNS} runs. */
  #keys: Float64Array | null = null;
  #runs: KeyRun[] = [];
  #nextKey = NaN;

  constructor(expected: number) {
    this.#offsets = new Float64Array(Math.max(16, expected));
  }

  add(key: number, offset: number): void {
    if (this.count === this.#offsets.length) {
      this.#offsets = resized(this.#offsets, Math.ceil(1.5 * this.count));
      if (this.#keys) this.#keys = resized(this.#keys, this.#offsets.length);
    }
    if (!this.#keys && key !== this.#nextKey) {
      if (this.#runs.length < MAX_RUNS) this.#runs.push({ place: this.count, key });
      else this.#storeEveryKey();
    }
    if (this.#keys) this.#keys[this.count] = key;
    this.#nextKey = key + 1;
    this.#offsets[this.count++] = offset;
  }

  /** Whether all keys are different. */
  get distinct(): boolean {
    return duplicateKey(this.#keys?.subarray(0, this.count) ?? this.#runs, this.count) === null;
  }

  /** @param keys used instead of the added ones */
  finish(name: string, fileSize: number, keys?: readonly KeyRun[]): RecordIndex {
    // Copies only where that frees more than a fifth of the memory.
    const trim = (values: Float64Array) =>
      values.length > 1.25 * this.count
        ? values.slice(0, this.count)
        : values.subarray(0, this.count);
    return RecordIndex.of(
      name,
      trim(this.#offsets),
      keys ?? (this.#keys ? trim(this.#keys) : this.#runs),
      fileSize,
    );
  }

  #storeEveryKey(): void {
    this.#keys = new Float64Array(this.#offsets.length);
    this.#runs.forEach(({ place, key }, i) => {
      const end = this.#runs[i + 1]?.place ?? this.count;
      for (let at = place; at < end; at++) this.#keys![at] = key + at - place;
    });
  }
}

function resized(values: Float64Array, length: number): Float64Array {
  const result = new Float64Array(length);
  result.set(values);
  return result;
}
