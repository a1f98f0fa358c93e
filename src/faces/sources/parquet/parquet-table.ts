import type { ByteSource } from '../../../formats/bytes/byte-source';
import {
  maxFingerprintBytes,
  contentFingerprint,
} from '../../../formats/bytes/content-fingerprint';
import { mapConcurrently } from '../../../core/map-concurrently';
import { sha256OfText } from '../../../formats/bytes/sha256-hex';
import { StudioError } from '../../../core/studio-error';
import type { FaceRecord } from '../../face-record';
import { ParquetFile, type GroupValues } from './parquet-file';
import { LeftOutError, type LeftOut, type LeftOutKind } from '../../survey/left-out';
import type { RecordTable, StreamOptions, TableRow } from '../record-table';

/**
 * Decoded row groups held in memory: the current one and the previous one, because consecutive
 * blocks may share a group.
 */
const MAX_CACHED_GROUPS = 2;
/** If two groups take more bytes than this, only one is held. */
const MAX_CACHED_BYTES = 256 * 2 ** 20;
/** Files whose footers or contents are read concurrently. */
const CONCURRENT_FILES = 8;
/** Rows of all files together; orders hold rows as 32-bit numbers. */
const MAX_ROWS = 2 ** 31;

/** A row group and its position in the table. */
interface PlacedGroup {
  readonly file: ParquetFile;
  /** Index within the file. */
  readonly index: number;
  /** Its first row in the table. */
  readonly first: number;
  readonly rows: number;
}

/** A decoded group held in memory. */
interface CachedGroup {
  readonly place: PlacedGroup;
  readonly values: GroupValues;
}

/**
 * Parquet files of labelled pictures as one table, in the given order of files. Data hubs convert
 * sets to this form. Only the columns of pictures, labels and keys are read; see {@link
 * ParquetFile} for the supported files.
 *
 * Row groups are decoded whole, one at a time for any number of concurrent reads, and at most two
 * are held, so memory is bounded by the largest. A damaged group is not read again.
 */
export class ParquetTable implements RecordTable {
  readonly form = 'parquet';
  readonly randomAccess = false;
  readonly count: number;
  readonly bytes: number;
  /** Most recently used first. */
  #cached: CachedGroup[] = [];
  readonly #damaged = new Map<PlacedGroup, StudioError>();
  /** Serialises the loading of groups. */
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly name: string,
    readonly files: readonly ParquetFile[],
    readonly groups: readonly PlacedGroup[],
    readonly leftOut: readonly LeftOut[],
    readonly notes: readonly string[],
  ) {
    const last = groups.at(-1)!;
    this.count = last.first + last.rows;
    this.bytes = files.reduce((sum, { source }) => sum + source.size, 0);
  }

  /**
   * Reads the footers.
   * @param name what the user picked or typed
   * @param sources at least one, in the order of their rows
   * @param options {@link leftOut} and {@link notes} on other files of the set
   * @throws StudioError `bad-source` for a file that can't be read as pictures and labels, or if
   * there are no rows; whatever a source throws
   */
  static async open(
    name: string,
    sources: readonly ByteSource[],
    signal?: AbortSignal,
    { leftOut = [], notes = [] }: Pick<RecordTable, 'leftOut' | 'notes'> = {},
  ): Promise<ParquetTable> {
    const files: ParquetFile[] = [];
    for (let at = 0; at < sources.length; at += CONCURRENT_FILES) {
      files.push(
        ...(await Promise.all(
          sources
            .slice(at, at + CONCURRENT_FILES)
            .map((source) => ParquetFile.open(source, signal)),
        )),
      );
    }
    let count = 0;
    const groups = files.flatMap((file) =>
      file.groups.map(({ rows }, index): PlacedGroup => {
        count += rows;
        return { file, index, first: count - rows, rows };
      }),
    );
    if (count === 0)
      throw new StudioError(
        'bad-source',
        `${name} holds no rows.`,
        'Choose Parquet files with pictures in them.',
      );
    if (count >= MAX_ROWS)
      throw new StudioError(
        'bad-source',
        `${name} claims ${count} rows; fewer than ${MAX_ROWS} are read.`,
        'Choose fewer files.',
      );
    return new ParquetTable(name, files, groups, leftOut, notes);
  }

  async fingerprint(signal?: AbortSignal): Promise<string> {
    const { form, files } = this;
    const maxBytes = maxFingerprintBytes(files.length);
    const contents = await mapConcurrently(files, CONCURRENT_FILES, ({ source }) =>
      contentFingerprint(source, maxBytes, signal),
    );
    return sha256OfText(JSON.stringify({ form, contents }));
  }

  async read(row: number, signal?: AbortSignal): Promise<FaceRecord> {
    const place = this.#groups(row, row + 1)[0];
    if (!place)
      throw new StudioError(
        'bad-source',
        `${this.name} has rows 0 to ${this.count - 1}; row ${row} was asked for.`,
        'Open the files again.',
      );
    const result = recordOf(place, await this.#values(place, signal), row - place.first);
    if ('kind' in result)
      throw new LeftOutError(
        result.kind,
        `${place.file.name}, row ${row}: ${result.reason}.`,
        'Get the file again.',
      );
    return result;
  }

  async *stream(
    from: number,
    to: number,
    { signal, onSkip }: StreamOptions,
  ): AsyncGenerator<TableRow> {
    for (const place of this.#groups(from, to)) {
      const [start, end] = [Math.max(from, place.first), Math.min(to, place.first + place.rows)];
      let values: GroupValues;
      try {
        values = await this.#values(place, signal);
      } catch (thrown) {
        if (!(thrown instanceof StudioError) || thrown.code !== 'bad-shard') throw thrown;
        onSkip?.({
          shard: place.file.name,
          member: `rows ${start} to ${end - 1}`,
          kind: 'damaged-record',
          count: end - start,
          reason: thrown.message,
        });
        continue;
      }
      for (let row = start; row < end; row++) {
        const record = recordOf(place, values, row - place.first);
        if ('kind' in record) onSkip?.({ shard: place.file.name, member: String(row), ...record });
        else yield { row, record };
      }
    }
  }

  /** The groups that contain rows [from, to). */
  #groups(from: number, to: number): readonly PlacedGroup[] {
    // Binary search for the first group that ends after `from`.
    let low = 0;
    let high = this.groups.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.groups[middle]!.first + this.groups[middle]!.rows <= from) low = middle + 1;
      else high = middle;
    }
    let end = low;
    while (end < this.groups.length && this.groups[end]!.first < to) end++;
    return from < 0 ? [] : this.groups.slice(low, end);
  }

  /**
   * A decoded group. Calls are queued, so that sixteen concurrent reads don't load sixteen groups.
   */
  #values(place: PlacedGroup, signal: AbortSignal | undefined): Promise<GroupValues> {
    const values = this.#queue.then(() => this.#load(place, signal));
    this.#queue = values.catch(() => undefined);
    return values;
  }

  async #load(place: PlacedGroup, signal: AbortSignal | undefined): Promise<GroupValues> {
    signal?.throwIfAborted();
    const damage = this.#damaged.get(place);
    if (damage) throw damage;
    let cached = this.#cached.find((group) => group.place === place);
    if (!cached) {
      // Memory is freed before the next group is loaded.
      this.#cached = this.#cached
        .slice(0, MAX_CACHED_GROUPS - 1)
        .filter(({ values }) => values.bytes <= MAX_CACHED_BYTES);
      try {
        cached = { place, values: await place.file.readGroup(place.index, signal) };
      } catch (thrown) {
        if (thrown instanceof StudioError && thrown.code === 'bad-shard')
          this.#damaged.set(place, thrown);
        throw thrown;
      }
    }
    const groups = [cached, ...this.#cached.filter((group) => group !== cached)];
    const bytes = groups.reduce((sum, { values }) => sum + values.bytes, 0);
    this.#cached = bytes > MAX_CACHED_BYTES ? [cached] : groups;
    return cached.values;
  }
}

/** Why a row can't be used. */
interface Unusable {
  readonly kind: LeftOutKind;
  readonly reason: string;
}

/** The record of a row of a group, or why it can't be used. */
function recordOf(
  { file, first }: PlacedGroup,
  { images, labels, keys }: GroupValues,
  row: number,
): FaceRecord | Unusable {
  const [image, label, key] = [images[row], labels[row], keys?.[row]];
  if (!(image instanceof Uint8Array) || image.length === 0)
    return { kind: 'without-picture', reason: 'its picture is missing' };
  if (label === null) return { kind: 'without-label', reason: 'its label is missing' };
  if (!Number.isSafeInteger(Number(label)) || Number(label) < 0) {
    const read = `whole numbers from 0 to ${Number.MAX_SAFE_INTEGER} are read`;
    return { kind: 'bad-label', reason: `its label is ${String(label)}; ${read}` };
  }
  const text = key instanceof Uint8Array ? new TextDecoder().decode(key) : '';
  // Copied, so that a record in a shuffle buffer doesn't keep its whole page in memory.
  return {
    key: text || String(first + row),
    label: Number(label),
    encoded: image.slice(),
    shard: file.name,
  };
}
