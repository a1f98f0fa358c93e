import type { ByteSource } from '../../../formats/bytes/byte-source';
import { bytesOfEach, contentFingerprint } from '../../../formats/bytes/content-fingerprint';
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
   * An index made earlier and kept, in place of `idx`. Without either, the whole `.rec` is gone
   * through once.
   */
  readonly index?: RecordIndex;
  /** The text of InsightFace's `property`: "classes,112,112". */
  readonly property?: string;
}

/** How a set is opened. */
export interface RecordIoOptions {
  /** Single reads at any place are cheap: not over HTTP. */
  readonly local: boolean;
  /** Told of the bytes passed while an index is made. */
  readonly onProgress?: (done: number, total: number) => void;
  /**
   * Told of what is damaged where an index is made: it gets no row. Without it, damage ends the
   * making.
   */
  readonly onDamage?: (error: StudioError) => void;
  readonly signal?: AbortSignal;
}

type Told = NonNullable<StreamOptions['onSkip']>;

/** Bytes of neighbouring records that are read as one, at most. */
const READ_AT_ONCE = 4 * 2 ** 20;
/** Labels are float32, which from here on doesn't tell whole numbers apart. */
const LABEL_LIMIT = 2 ** 24;

/**
 * MXNet's RecordIO as InsightFace packs it or as `im2rec` does. InsightFace's has a record of key
 * 0, anywhere in the file, that holds no picture but [N+1, N+1+C]: pictures are keys 1 to N, their
 * rows in that order, and keys from N+1 on describe people and are no rows. Without such a record
 * every record is a row, in the order of the index.
 *
 * The label is the first of a record's labels; keys are the records' own, as the WebDataset mirrors
 * name their members.
 */
export class RecordIoTable implements RecordTable {
  readonly form = 'recordio';
  readonly count: number;
  readonly identities: number | undefined;

  readonly leftOut: readonly LeftOut[];

  readonly #rec: ByteSource;
  readonly #places: number | Uint32Array;
  /** Records that the index doesn't name are counted as rows are streamed: no record 0 does. */
  readonly #tellsGaps: boolean;

  private constructor(
    readonly name: string,
    rec: ByteSource,
    /** To be kept where it took long to make. */
    readonly index: RecordIndex,
    { count, places, identities, leftOut, hasRecordZero }: RecordRows,
    readonly randomAccess: boolean,
  ) {
    this.#rec = rec;
    this.count = count;
    this.identities = identities;
    this.leftOut = leftOut;
    this.#places = places;
    this.#tellsGaps = !hasRecordZero;
  }

  get bytes(): number {
    return this.#rec.size;
  }

  /**
   * Reads the index and two records.
   * @param name what the person picked or typed
   * @throws StudioError `bad-source` for an index that is none, belongs to another file or names no
   * pictures; `bad-shard` for a file that is no RecordIO; whatever a source throws
   */
  static async open(
    name: string,
    { rec, idx, index: kept, property }: RecordIoFiles,
    options: RecordIoOptions,
  ): Promise<RecordIoTable> {
    const { signal } = options;
    const index =
      kept ?? (idx ? await readIndex(idx, rec, signal) : await buildIndex(rec, options));
    // The last one lies elsewhere in any other file, were it only a little shorter or packed anew.
    const last = index.offsets.at(-1)!;
    if (!(await beginsRecord(rec, last, signal))) {
      throw new StudioError(
        'bad-source',
        `${rec.name} has no record at byte ${last}, where its index ${idx ? `${idx.name} ` : ''}ends.`,
        'Get the .idx that belongs to this .rec, or leave it away.',
      );
    }
    const given = { property, isIndexed: idx !== undefined, isLocal: options.local };
    const rows = await recordRows(rec, index, given, signal);
    if (rows.count === 0)
      throw new StudioError('bad-source', `${rec.name} holds no pictures.`, 'Choose another file.');
    return new RecordIoTable(name, rec, index, rows, options.local);
  }

  /** The `.rec` by its contents, the index by its numbers, whether an `.idx` gave them or not. */
  async fingerprint(signal?: AbortSignal): Promise<string> {
    const { offsets, keys } = this.index;
    const runs =
      keys instanceof Float64Array ? null : keys.flatMap(({ place, key }) => [place, key]);
    const [rec, ...index] = await Promise.all([
      contentFingerprint(this.#rec, bytesOfEach(1), signal),
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
   * Rows whose records lie one behind the other are read together, a few megabytes at once, the
   * next ones meanwhile.
   */
  async *stream(
    from: number,
    to: number,
    { signal, onSkip }: StreamOptions = {},
  ): AsyncGenerator<TableRow> {
    const load = (row: number) => {
      const end = this.#togetherFrom(row, to);
      const start = this.#offset(row);
      // One alone may have more room than it needs.
      const bytes =
        end - row > 1 ? this.#rec.read(start, this.#end(end - 1) - start, signal) : undefined;
      // Its failure is met when its turn comes; until then it must not count as unhandled.
      bytes?.catch(() => undefined);
      return { row, end, start, bytes };
    };
    for (let next = from < to ? load(from) : undefined; next;) {
      const { row: first, end, start, bytes: reading } = next;
      const bytes = await reading;
      next = end < to ? load(end) : undefined;
      for (let row = first; row < end; row++) {
        const place = this.#place(row);
        let record: FaceRecord | null = null;
        try {
          const found = bytes
            ? imageRecordOf(
                payloadOf(
                  bytes.subarray(this.#offset(row) - start, this.#end(row) - start),
                  this.#rec.name,
                  this.#offset(row),
                ),
                this.#rec.name,
                this.#offset(row),
              )
            : await recordAt(this.#rec, this.index, place, signal);
          // Copied, so that a picture that waits in a shuffle doesn't keep all that was read with
          // it.
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
        if (this.#tellsGaps && onSkip) {
          const room = bytes && bytes.subarray(this.#offset(row) - start, this.#end(row) - start);
          await this.#tellGap(row, room ?? null, onSkip, signal);
        }
        if (record) yield { row, record };
      }
    }
  }

  /**
   * Tells of records between one and the next that the index names.
   * @param room what was read from the row's record up to the next; null where it was read alone
   */
  async #tellGap(
    row: number,
    room: Uint8Array | null,
    onSkip: Told,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const [offset, end] = [this.#offset(row), this.#end(row)];
    // What lies behind the last was told at the opening.
    const isTold = this.randomAccess && end === this.#rec.size;
    if (isTold || (room && endOf(room, this.#rec.name, offset) >= room.length)) return;
    // The first of them is the one that the index names.
    const count = (await countRecords(partOf(this.#rec, offset, end), signal)) - 1;
    if (count <= 0) return;
    const key = this.index.keyAt(this.#place(row));
    const reason = `the index names none of ${count} behind this one`;
    onSkip({ shard: this.name, member: String(key), kind: 'not-indexed', count, reason });
  }

  /** The row behind the last that is read together with one. */
  #togetherFrom(row: number, to: number): number {
    const start = this.#offset(row);
    let end = row + 1;
    while (
      end < to &&
      this.#end(end - 1) === this.#offset(end) &&
      this.#end(end) - start <= READ_AT_ONCE
    )
      end++;
    return end;
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

/** Where a record ends; at the end of its room where it is damaged, for what follows is unknown. */
function endOf(room: Uint8Array, name: string, at: number): number {
  try {
    return recordEnd(room, name, at);
  } catch (thrown) {
    if (thrown instanceof StudioError && thrown.code === 'bad-shard') return room.length;
    throw thrown;
  }
}

const hashOfNumbers = ({ buffer, byteOffset, byteLength }: Float64Array) =>
  sha256Hex(new Uint8Array(buffer, byteOffset, byteLength));
