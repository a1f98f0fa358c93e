import type { ByteSource } from '../bytes/byte-source';
import { scanRecords, type ScanOptions } from './recordio';
import { StudioError } from '../../core/studio-error';

/** Runs of consecutive keys that are kept as such; where there are more, every key is kept. */
const MAX_RUNS = 1024;
/** A line of an `.idx` has about 19 bytes; room for so many records is made beforehand, at most. */
const [EXPECTED_LINE, MAX_EXPECTED] = [16, 2 ** 23];

/** Keys that count up by one: the first record of the run and its key. */
export interface KeyRun {
  readonly place: number;
  readonly key: number;
}

/**
 * Where the records of a `.rec` lie and what their keys are, by place: their order in the `.idx`,
 * or in the file. Eight bytes a record; sixteen where keys are in no order, eight more where
 * offsets are in none.
 */
export class RecordIndex {
  /** Offsets in ascending order where the index's own are in another. */
  readonly #ascending: Float64Array;

  private constructor(
    /** In bytes, each once. */
    readonly offsets: Float64Array,
    /** Each once: in runs, at least one, or by place. */
    readonly keys: readonly KeyRun[] | Float64Array,
    /** Bytes of the `.rec`. */
    readonly fileSize: number,
    ascending: Float64Array,
  ) {
    this.#ascending = ascending;
  }

  /**
   * @internal @throws StudioError `bad-source` for no records, a key or an offset that is there
   * twice, one outside the file
   */
  static of(
    name: string,
    offsets: Float64Array,
    keys: readonly KeyRun[] | Float64Array,
    fileSize: number,
  ): RecordIndex {
    const bad = (found: string) =>
      new StudioError(
        'bad-source',
        `${name} ${found}.`,
        'Get the .idx that belongs to this .rec, or leave it away.',
      );
    if (offsets.length === 0) throw bad('names no records');
    const ascending = ordered(offsets);
    const twice = duplicateIn(ascending);
    if (twice !== null) throw bad(`has two records at byte ${twice}`);
    if (!(ascending[0]! >= 0 && ascending.at(-1)! + 8 <= fileSize))
      throw bad(
        `names a record at byte ${ascending.at(-1)}, outside of the ${fileSize} bytes of the .rec`,
      );
    const doubled = duplicateKey(keys, offsets.length);
    if (doubled !== null) throw bad(`has two records of key ${doubled}`);
    return new RecordIndex(offsets, keys, fileSize, ascending);
  }

  /** Records. */
  get count(): number {
    return this.offsets.length;
  }

  /** Bytes of memory that its numbers take. */
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
   * The place of a key; −1 where there is none of it. Looks through all of them where they are in
   * no order.
   */
  placeOf(key: number): number {
    if (this.keys instanceof Float64Array) return this.keys.indexOf(key);
    const at = this.keys.findIndex(
      (run, i) => key >= run.key && key - run.key < this.#runEnd(i) - run.place,
    );
    return at < 0 ? -1 : this.keys[at]!.place + key - this.keys[at]!.key;
  }

  /** How many records from a place on have keys known to count up by one. */
  consecutiveFrom(place: number): number {
    return this.keys instanceof Float64Array ? 1 : this.#runEnd(this.#runOf(place)) - place;
  }

  /**
   * Where the record at a place ends at the latest: where the next one begins, or the file ends.
   */
  endAt(place: number): number {
    if (this.#ascending === this.offsets) return this.offsets[place + 1] ?? this.fileSize;
    return (
      this.#ascending[
        countUpTo(this.#ascending.length, (i) => this.#ascending[i]! <= this.offsets[place]!)
      ] ?? this.fileSize
    );
  }

  #runOf(place: number): number {
    const runs = this.keys as readonly KeyRun[];
    return countUpTo(runs.length, (i) => runs[i]!.place <= place) - 1;
  }

  #runEnd(run: number): number {
    return (this.keys as readonly KeyRun[])[run + 1]?.place ?? this.count;
  }
}

/** What helps where an index names more than there is: mostly the download broke off. */
const CUT_SHORT =
  'The .rec may be cut short: get it again, or the .idx that belongs to it. ' +
  'With the .idx moved away, what is there of the .rec is read.';

/**
 * Reads an `.idx`: lines of key, tab, byte offset. Holds eight bytes a record and a chunk of the
 * text.
 * @param rec the file that it should belong to
 * @throws StudioError `bad-source` naming the line: no two numbers, or an offset where no record of
 * the file can be; or the key that is there twice; whatever the source throws
 */
export async function readIndex(
  idx: ByteSource,
  rec: Pick<ByteSource, 'size'>,
  signal?: AbortSignal,
): Promise<RecordIndex> {
  const builder = new IndexBuilder(Math.min(MAX_EXPECTED, Math.ceil(idx.size / EXPECTED_LINE)));
  const bad = (found: string, step = 'Get the .idx that belongs to this .rec, or leave it away.') =>
    new StudioError('bad-source', `${idx.name} has ${found} in line ${builder.count + 1}.`, step);
  const endLine = (key: number, offset: number) => {
    if (offset % 4 !== 0) throw bad(`the offset ${offset}, which 4 does not divide,`);
    if (offset + 8 > rec.size)
      throw bad(`the offset ${offset}, outside of the ${rec.size} bytes of the .rec,`, CUT_SHORT);
    // A record takes eight bytes at least, so that no index fills the memory that its file doesn't
    // deserve.
    if (builder.count >= rec.size / 8) throw bad('more records than the .rec can hold,');
    builder.add(key, offset);
  };
  const reader = (await idx.stream(0, signal)).getReader();
  // Digits are added up as they come: a string a line would cost gigabytes. Fields: 0 the key, 1
  // the offset, 2 the line's end.
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
 * Makes an index by going through the `.rec` once. Keys are the numbers that the records themselves
 * bear, as MXNet's and InsightFace's packers give them both; where those are not one each, places
 * count from 0, as MXNet's `rec2idx.py` has it.
 * @throws StudioError as {@link scanRecords}, and `bad-source` where no record was found
 */
export async function buildIndex(rec: ByteSource, options: ScanOptions = {}): Promise<RecordIndex> {
  const builder = new IndexBuilder(2 ** 16);
  let numbered = true;
  for await (const { offset, record } of scanRecords(rec, options)) {
    // A first record without a picture is InsightFace's record 0; where it says otherwise, numbers
    // mean something else.
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

/** Takes records one by one; grows by half. */
class IndexBuilder {
  count = 0;
  #offsets: Float64Array;
  /** Null as long as there are few runs. */
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
      else this.#spread();
    }
    if (this.#keys) this.#keys[this.count] = key;
    this.#nextKey = key + 1;
    this.#offsets[this.count++] = offset;
  }

  /** Whether no two records have one key. */
  get distinct(): boolean {
    return duplicateKey(this.#keys?.subarray(0, this.count) ?? this.#runs, this.count) === null;
  }

  /** @param keys others than those given */
  finish(name: string, fileSize: number, keys?: readonly KeyRun[]): RecordIndex {
    // Room that was not needed is let go where that is worth the copying.
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

  #spread(): void {
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

/** The same numbers where they ascend already, else a sorted copy. */
function ordered(values: Float64Array): Float64Array {
  for (let i = 1; i < values.length; i++)
    if (values[i]! < values[i - 1]!) return values.slice().sort();
  return values;
}

function duplicateIn(ascending: Float64Array): number | null {
  for (let i = 1; i < ascending.length; i++)
    if (!(ascending[i]! > ascending[i - 1]!)) return ascending[i]!;
  return null;
}

/** A key that two records have. */
function duplicateKey(keys: readonly KeyRun[] | Float64Array, count: number): number | null {
  if (keys instanceof Float64Array) return duplicateIn(ordered(keys));
  const spans = keys
    .map(({ place, key }, i) => ({ from: key, to: key + (keys[i + 1]?.place ?? count) - place }))
    .sort((a, b) => a.from - b.from);
  return spans.find(({ from }, i) => i > 0 && from < spans[i - 1]!.to)?.from ?? null;
}

/** How many of `length` ordered things fulfil a condition that holds up to one of them. */
function countUpTo(length: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
