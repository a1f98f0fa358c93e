import type { ByteSource } from '../../../formats/bytes/byte-source';
import { bytesOfEach, contentFingerprint } from '../../../formats/bytes/content-fingerprint';
import { mapConcurrently } from '../../../core/map-concurrently';
import { sha256OfText } from '../../../formats/bytes/sha256-hex';
import { StudioError } from '../../../core/studio-error';
import type { FaceRecord } from '../../face-record';
import { ParquetFile, type GroupValues } from './parquet-file';
import { LeftOutError, type LeftOut, type LeftOutKind } from '../../survey/left-out';
import type { RecordTable, StreamOptions, TableRow } from '../record-table';

/**
 * Decoded row groups kept: the one being read and the one before, which a block's end shares with
 * the next one's start.
 */
const KEPT_GROUPS = 2;
/** Only one group is kept where two would take more bytes than this. */
const KEPT_BYTES = 256 * 2 ** 20;
/** Files whose footers, or contents, are read at once. */
const CONCURRENT_FILES = 8;
/** Rows of all files together: what a row's place in an order is a 32-bit number for. */
const MAX_ROWS = 2 ** 31;

/** A row group among those of all files. */
interface PlacedGroup {
  readonly file: ParquetFile;
  /** Within the file. */
  readonly index: number;
  /** The first of its rows in the table. */
  readonly first: number;
  readonly rows: number;
}

/** A decoded group that is kept. */
interface KeptGroup {
  readonly place: PlacedGroup;
  readonly values: GroupValues;
}

/**
 * Parquet files of labelled pictures as one table, the files in the order given: what data hubs
 * convert their sets to. Reads by row group and only the columns of pictures, labels and keys; see
 * {@link ParquetFile} for which files are read.
 *
 * A row group is decoded whole, one at a time however many rows are asked for, and at most two are
 * held: memory is bounded by the largest of them. A damaged one is not read again.
 */
export class ParquetTable implements RecordTable {
  readonly form = 'parquet';
  readonly randomAccess = false;
  readonly count: number;
  readonly bytes: number;
  /** The last used first. */
  #kept: KeptGroup[] = [];
  readonly #damaged = new Map<PlacedGroup, StudioError>();
  /** Ends when the last reader of a group is done. */
  #turn: Promise<unknown> = Promise.resolve();

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
   * @param name what the person picked or typed
   * @param sources at least one, in the order of their rows
   * @param beside what lies beside them and is left out, for {@link leftOut} and {@link notes}
   * @throws StudioError `bad-source` for a file that can't be read as pictures and labels, or for
   * no rows at all; whatever a source throws
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
    const most = bytesOfEach(files.length);
    const contents = await mapConcurrently(files, CONCURRENT_FILES, ({ source }) =>
      contentFingerprint(source, most, signal),
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

  /** The groups that rows [from, to) lie in. */
  #groups(from: number, to: number): readonly PlacedGroup[] {
    // The first group that ends behind `from`.
    let [low, high] = [0, this.groups.length];
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
   * A decoded group. Readers take turns: sixteen rows read at once must not be sixteen groups in
   * memory.
   */
  #values(place: PlacedGroup, signal: AbortSignal | undefined): Promise<GroupValues> {
    const turn = this.#turn.then(() => this.#load(place, signal));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #load(place: PlacedGroup, signal: AbortSignal | undefined): Promise<GroupValues> {
    signal?.throwIfAborted();
    const damage = this.#damaged.get(place);
    if (damage) throw damage;
    let kept = this.#kept.find((group) => group.place === place);
    if (!kept) {
      // Room is made before the next group is there.
      this.#kept = this.#kept
        .slice(0, KEPT_GROUPS - 1)
        .filter(({ values }) => values.bytes <= KEPT_BYTES);
      try {
        kept = { place, values: await place.file.readGroup(place.index, signal) };
      } catch (thrown) {
        if (thrown instanceof StudioError && thrown.code === 'bad-shard')
          this.#damaged.set(place, thrown);
        throw thrown;
      }
    }
    const groups = [kept, ...this.#kept.filter((group) => group !== kept)];
    const bytes = groups.reduce((sum, { values }) => sum + values.bytes, 0);
    this.#kept = bytes > KEPT_BYTES ? [kept] : groups;
    return kept.values;
  }
}

/** What is wrong with a row. */
interface Unusable {
  readonly kind: LeftOutKind;
  readonly reason: string;
}

/** The record of a group's row, or what is wrong with it. */
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
  // Copied, so that a record that waits in a shuffle doesn't keep its whole page.
  return {
    key: text || String(first + row),
    label: Number(label),
    encoded: image.slice(),
    shard: file.name,
  };
}
