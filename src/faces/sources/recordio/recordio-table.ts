import type { ByteSource } from '../../../formats/bytes/byte-source';
import {
  maxFingerprintBytes,
  contentFingerprint,
} from '../../../formats/bytes/content-fingerprint';
import { sha256Hex, sha256OfText } from '../../../formats/bytes/sha256-hex';
import { buildIndex, readIndex, type RecordIndex } from '../../../formats/recordio/record-index';
import {
  beginsRecord,
  imageRecordOf,
  payloadOf,
  recordEnd,
  type ImageRecord,
} from '../../../formats/recordio/recordio';
import { StudioError } from '../../../core/studio-error';
import type { FaceRecord } from '../../face-record';
import { LeftOutError, type LeftOut } from '../../survey/left-out';
import { countRecords, partOf, recordAt, recordRows, type RecordRows } from '../record-rows';
import type { RecordTable, StreamOptions, TableRow } from '../record-table';

/** The files of a RecordIO image set. */
export interface RecordIoFiles {
  readonly rec: ByteSource;
  readonly idx?: ByteSource;
  /**
   * A previously built index, in place of `idx`. Without either, the whole `.rec` is scanned once.
   */
  readonly index?: RecordIndex;
  /** The text of InsightFace's `property`: "classes,112,112". */
  readonly property?: string;
}

/** Options of {@link RecordIoTable.open}. */
export interface RecordIoOptions {
  /** Whether single reads at any position are cheap, as they are except over HTTP. */
  readonly local: boolean;
  /** Progress of building an index, in bytes. */
  readonly onProgress?: (done: number, total: number) => void;
  /**
   * Called for damage found while an index is built; damaged records get no row. Without it damage
   * is an error.
   */
  readonly onDamage?: (error: StudioError) => void;
  readonly signal?: AbortSignal;
}

/** Consecutive records are read together up to this many bytes. */
const MAX_READ_BYTES = 4 * 2 ** 20;
/** Labels are float32, which can't represent every whole number from here on. */
const LABEL_LIMIT = 2 ** 24;

/**
 * MXNet's RecordIO as packed by InsightFace or by `im2rec`. InsightFace's files have a record with
 * key 0, anywhere in the file, that holds no picture but [N+1, N+1+C]: keys 1 to N are pictures and
 * rows in that order; keys from N+1 on describe people and aren't rows. Without such a record every
 * record is a row, in the order of the index.
 *
 * The label is the first of a record's labels. Keys are the records' own, which the WebDataset
 * mirrors use as member names.
 */
export class RecordIoTable implements RecordTable {
  readonly form = 'recordio';
  readonly count: number;
  readonly identities: number | undefined;

  readonly leftOut: readonly LeftOut[];

  readonly #rec: ByteSource;
  readonly #places: number | Uint32Array;
  /**
   * Whether records that are missing from the index are counted while rows are streamed. With a
   * record 0 its count tells.
   */
  readonly #countsGaps: boolean;

  private constructor(
    readonly name: string,
    rec: ByteSource,
    /** Stored by the caller if it took long to build. */
    readonly index: RecordIndex,
    { count, places, identities, leftOut, hasRecordZero }: RecordRows,
    readonly randomAccess: boolean,
  ) {
    this.#rec = rec;
    this.count = count;
    this.identities = identities;
    this.leftOut = leftOut;
    this.#places = places;
    this.#countsGaps = !hasRecordZero;
  }

  get bytes(): number {
    return this.#rec.size;
  }

  /**
   * Reads the index and two records.
   * @param name what the user picked or typed
   * @throws StudioError `bad-source` for an index that is invalid, belongs to another file or names
   * no pictures; `bad-shard` for a file that is not RecordIO; whatever a source throws
   */
  static async open(
    name: string,
    { rec, idx, index: kept, property }: RecordIoFiles,
    options: RecordIoOptions,
  ): Promise<RecordIoTable> {
    const { signal } = options;
    const index =
      kept ?? (idx ? await readIndex(idx, rec, signal) : await buildIndex(rec, options));
    // In any other version of the file the last record is very likely at another offset.
    const last = index.offsets.at(-1)!;
    if (!(await beginsRecord(rec, last, signal))) {
      const indexName = idx ? `${idx.name} ` : '';
      throw new StudioError(
        'bad-source',
        `${rec.name} has no record at byte ${last}, where its index ${indexName}ends.`,
        'Get the .idx that belongs to this .rec, or remove it.',
      );
    }
    const given = { property, isIndexed: idx !== undefined, isLocal: options.local };
    const rows = await recordRows(rec, index, given, signal);
    if (rows.count === 0)
      throw new StudioError('bad-source', `${rec.name} holds no pictures.`, 'Choose another file.');
    return new RecordIoTable(name, rec, index, rows, options.local);
  }

  /** Covers the contents of the `.rec` and the numbers of the index, read or built. */
  async fingerprint(signal?: AbortSignal): Promise<string> {
    const { offsets, keys } = this.index;
    const runs =
      keys instanceof Float64Array ? null : keys.flatMap(({ place, key }) => [place, key]);
    const [rec, ...index] = await Promise.all([
      contentFingerprint(this.#rec, maxFingerprintBytes(1), signal),
      ...[offsets, Float64Array.from(runs ?? (keys as Float64Array))].map(hashOfNumbers),
    ]);
    const { form, count, identities } = this;
    return sha256OfText(JSON.stringify({ form, rec, index, count, identities }));
  }

  async read(row: number, signal?: AbortSignal): Promise<FaceRecord> {
    if (!(row >= 0 && row < this.count))
      throw new StudioError(
        'bad-source',
        `${this.name} has rows 0 to ${this.count - 1}; row ${row} was asked for.`,
        'Open the files again.',
      );
    const place = this.#place(row);
    return this.#faceOf(place, await recordAt(this.#rec, this.index, place, signal));
  }

  /**
   * Rows whose records are adjacent are read together, a few megabytes at a time. The next read
   * starts while the current rows are processed.
   */
  async *stream(
    from: number,
    to: number,
    { signal, onSkip }: StreamOptions = {},
  ): AsyncGenerator<TableRow> {
    const load = (row: number) => {
      const end = this.#endOfRead(row, to);
      const start = this.#offset(row);
      // A single record is read by recordAt, since the space up to the next may be larger than it.
      const bytes =
        end - row > 1 ? this.#rec.read(start, this.#end(end - 1) - start, signal) : undefined;
      // An error is rethrown when its turn comes; until then it must not count as unhandled.
      bytes?.catch(() => undefined);
      return { row, end, start, bytes };
    };
    for (let next = from < to ? load(from) : undefined; next;) {
      const { row: first, end, start, bytes: reading } = next;
      const bytes = await reading;
      next = end < to ? load(end) : undefined;
      for (let row = first; row < end; row++) {
        const place = this.#place(row);
        const stored = bytes?.subarray(this.#offset(row) - start, this.#end(row) - start) ?? null;
        let record: FaceRecord | null = null;
        try {
          const found = stored
            ? this.#parse(stored, row)
            : await recordAt(this.#rec, this.index, place, signal);
          // Copied, so that a picture in a shuffle buffer doesn't keep the whole read in memory.
          record = this.#faceOf(place, { ...found, image: new Uint8Array(found.image) });
        } catch (thrown) {
          if (!(thrown instanceof StudioError) || thrown.code !== 'bad-shard') throw thrown;
          onSkip?.({
            shard: this.name,
            member: String(this.index.keyAt(place)),
            kind: thrown instanceof LeftOutError ? thrown.kind : 'damaged-record',
            reason: thrown.message,
          });
        }
        if (this.#countsGaps && onSkip) await this.#reportGap(row, stored, onSkip, signal);
        if (record) yield { row, record };
      }
    }
  }

  /**
   * Reports records that lie between a row's record and the next one in the index.
   * @param stored bytes from the row's record up to the next; null if it was read alone
   */
  async #reportGap(
    row: number,
    stored: Uint8Array | null,
    onSkip: NonNullable<StreamOptions['onSkip']>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const [offset, end] = [this.#offset(row), this.#end(row)];
    // Records after the last row were reported on opening.
    const isReported = this.randomAccess && end === this.#rec.size;
    if (isReported) return;
    if (stored && endOf(stored, this.#rec.name, offset) >= stored.length) return;
    // The first of them is in the index.
    const count = (await countRecords(partOf(this.#rec, offset, end), signal)) - 1;
    if (count <= 0) return;
    const key = this.index.keyAt(this.#place(row));
    const reason = `the index names none of ${count} after this one`;
    onSkip({ shard: this.name, member: String(key), kind: 'not-indexed', count, reason });
  }

  /** The end (exclusive) of the rows that are read together from `row` on. */
  #endOfRead(row: number, to: number): number {
    const start = this.#offset(row);
    let end = row + 1;
    while (
      end < to &&
      this.#end(end - 1) === this.#offset(end) &&
      this.#end(end) - start <= MAX_READ_BYTES
    )
      end++;
    return end;
  }

  #parse(stored: Uint8Array, row: number): ImageRecord {
    const { name } = this.#rec;
    const offset = this.#offset(row);
    return imageRecordOf(payloadOf(stored, name, offset), name, offset);
  }

  #place(row: number): number {
    return typeof this.#places === 'number' ? this.#places + row : this.#places[row]!;
  }

  #offset(row: number): number {
    return this.index.offsets[this.#place(row)]!;
  }

  #end(row: number): number {
    return this.index.endAt(this.#place(row));
  }

  #faceOf(place: number, { labels, image }: ImageRecord): FaceRecord {
    const [key, label] = [String(this.index.keyAt(place)), labels[0]!];
    const isLabel = Number.isInteger(label) && label >= 0 && label < LABEL_LIMIT;
    if (isLabel && image.length > 0)
      return { key, label: label + 0, encoded: image, shard: this.name };
    const found = isLabel
      ? 'no picture'
      : `the label ${label}, where a whole number below ${LABEL_LIMIT} was expected,`;
    throw new LeftOutError(
      isLabel ? 'without-picture' : 'bad-label',
      `${this.#rec.name} has ${found} in record ${key}, at byte ${this.index.offsets[place]}.`,
      'Pack the set again.',
    );
  }
}

/** Where a record ends. For a damaged record the end of `stored`, since what follows is unknown. */
function endOf(stored: Uint8Array, name: string, at: number): number {
  try {
    return recordEnd(stored, name, at);
  } catch (thrown) {
    if (thrown instanceof StudioError && thrown.code === 'bad-shard') return stored.length;
    throw thrown;
  }
}

const hashOfNumbers = ({ buffer, byteOffset, byteLength }: Float64Array) =>
  sha256Hex(new Uint8Array(buffer, byteOffset, byteLength));
