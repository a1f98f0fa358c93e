import type { FaceRecord } from '../face-record';
import type { SkippedItem, LeftOut } from '../survey/left-out';
import type { SourceForm } from './source-form';

/**
 * Labelled pictures that lie in numbered rows and can be read in any order: RecordIO with its
 * index, a folder, Parquet. A form of data is one such table; the order of an epoch is {@link
 * TableSource}'s, the same for all.
 */
export interface RecordTable {
  /** What the person picked or typed, for messages. */
  readonly name: string;
  readonly form: SourceForm;
  /** Rows, damaged ones included: the table finds out when it reads them. */
  readonly count: number;
  readonly identities?: number;
  /**
   * Whether the labels are 0 to identities − 1, each used; absent where only reading them all would
   * tell.
   */
  readonly denseLabels?: boolean;
  readonly bytes?: number;
  /** What opening it left out. */
  readonly leftOut?: readonly LeftOut[];
  /** How it was read where that isn't the only way: sentences for a person. */
  readonly notes?: readonly string[];
  /**
   * Single rows in any order cost about what they cost in sequence. False over HTTP and for
   * compressed blocks.
   */
  readonly randomAccess: boolean;
  /** As a `FaceSource` has it. */
  fingerprint(signal?: AbortSignal): Promise<string>;
  /**
   * The record of a row, 0 ≤ row < count. Its key names the same picture in every form of a data
   * set, where the forms allow it; its label is the source's own.
   * @throws StudioError `bad-shard` for a damaged row, which the reader counts and passes over;
   * `network`
   */
  read(row: number, signal?: AbortSignal): Promise<FaceRecord>;
  /**
   * The records of rows [from, to) in order, as one read or few; absent where single reads are as
   * good. Damaged rows are told and left out.
   */
  stream?(from: number, to: number, options: StreamOptions): AsyncIterable<TableRow>;
}

/** How a run of rows is read. */
export interface StreamOptions {
  readonly signal?: AbortSignal;
  readonly onSkip?: (item: SkippedItem) => void;
}

/** A record and the row it lies in. */
export interface TableRow {
  readonly row: number;
  readonly record: FaceRecord;
}
