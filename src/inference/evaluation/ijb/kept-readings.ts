import { count } from '../../../core/number-words';
import { StudioError } from '../../../core/studio-error';
import {
  headerOf,
  headerWithCommit,
  lastCommit,
  RECORDS_AT,
  writeCommit,
  type Commit,
} from '../../../formats/bytes/commit-header';
import type { InPlaceFile } from '../../../formats/bytes/file-store';
import {
  contentBytes,
  readingIn,
  RECORD_HEADER_BYTES,
  recordOf,
  type IjbReading,
  type ReadingLayout,
} from './reading-record';

/** Bytes that are read from the file at a time. */
const BLOCK_BYTES = 2 ** 20;

/**
 * What the pictures of a release have given, in one file, in the order in which they are read. What
 * has been committed survives a crash at any moment; what was written after the last commit is
 * dropped, and its pictures are read again.
 */
export class KeptReadings {
  #commit: Commit;
  #records: number;
  /** Where the next record begins; unknown until the committed ones have been passed over. */
  #end: number | null;

  private constructor(
    readonly file: InPlaceFile,
    readonly layout: ReadingLayout,
    commit: Commit,
  ) {
    this.#commit = commit;
    this.#records = commit.records;
    this.#end = commit.records === 0 ? RECORDS_AT : null;
  }

  /**
   * Opens a file, and begins it if it is empty.
   * @param text what its readings are of
   * @throws StudioError `bad-checkpoint` if it is damaged, or of something else; what the file
   * throws
   */
  static open(file: InPlaceFile, text: string, layout: ReadingLayout): KeptReadings {
    const header = headerOf(text);
    const commit = lastCommit(file, header);
    if (commit) return new KeptReadings(file, layout, commit);
    if (file.size() > 0) throw damaged('their beginning', null);
    const first: Commit = { turn: 1, records: 0, complete: false };
    // In one piece: a file without a commit is a damaged one, not one that a crash cut off.
    file.write(headerWithCommit(text, first), 0);
    file.flush();
    return new KeptReadings(file, layout, first);
  }

  /** Pictures whose readings are in the file. */
  get count(): number {
    return this.#records;
  }

  /**
   * The committed readings in order, a block of the file in memory at a time. Afterwards others can
   * be added.
   * @throws StudioError `bad-checkpoint` at one that is not what was written
   */
  *replay(): Generator<IjbReading> {
    const block = new Uint8Array(BLOCK_BYTES);
    let [held, at, position] = [block.subarray(0, 0), RECORDS_AT, 0];
    const need = (bytes: number): Uint8Array | null => {
      if (held.length - position < bytes) {
        at += position;
        const into = bytes > block.length ? new Uint8Array(bytes) : block;
        held = into.subarray(0, this.file.read(into, at));
        position = 0;
      }
      return held.length - position < bytes ? null : held.subarray(position, position + bytes);
    };
    for (let record = 0; record < this.#commit.records; record++) {
      const header = need(RECORD_HEADER_BYTES);
      const bytes = header && RECORD_HEADER_BYTES + contentBytes(header);
      const whole = bytes !== null && bytes <= this.file.size() ? need(bytes) : null;
      const reading = whole && readingIn(whole, this.layout);
      if (!reading) throw damaged(`picture ${count(record + 1)}`, this.#commit.records);
      position += whole.length;
      yield reading;
    }
    this.#end = at + position;
    this.file.truncate(this.#end);
  }

  /**
   * Adds what further pictures have given, after {@link replay}.
   * @throws StudioError `storage-full` or `storage-denied`
   */
  append(readings: readonly IjbReading[]): void {
    if (this.#end === null) throw new RangeError('Kept readings are replayed before any is added.');
    for (const reading of readings) {
      const record = recordOf(reading, this.layout);
      this.file.write(record, this.#end);
      this.#end += record.length;
      this.#records++;
    }
  }

  /** Makes the readings so far survive a crash. @throws StudioError as {@link append} */
  commit(complete = false): void {
    if (this.#records === this.#commit.records && complete === this.#commit.complete) return;
    // The records must be on disk before the commit that counts them.
    this.file.flush();
    const next = { turn: this.#commit.turn + 1, records: this.#records, complete };
    writeCommit(this.file, next);
    this.file.flush();
    this.#commit = next;
  }

  close(): void {
    this.file.close();
  }
}

/** @param kept pictures that the file has by its own count; null if that isn't known */
function damaged(where: string, kept: number | null): StudioError {
  const of = kept === null ? '' : ` of ${count(kept)}`;
  return new StudioError(
    'bad-checkpoint',
    `The readings that were kept are damaged at ${where}${of}.`,
    'The pictures are read again.',
  );
}
