import type { FaceRecord } from '../face-record';
import type { SkippedItem, LeftOut } from '../survey/left-out';
import type { SourceForm } from './source-form';

/**
 * Labelled pictures in numbered rows that can be read in any order: RecordIO with its index, a
 * folder, Parquet. {@link TableSource} determines the order of an epoch, the same way for all.
 */
export interface RecordTable {
  /** What the user picked or typed, for messages. */
  readonly name: string;
  readonly form: SourceForm;
  /** Number of rows, including damaged ones, which are found only when they are read. */
  readonly count: number;
  readonly identities?: number;
  /**
   * Whether the labels are 0 to identities − 1, each used; absent if that is unknown before reading
   * them all.
   */
  readonly denseLabels?: boolean;
  readonly bytes?: number;
  /** Files and records that were left out when it was opened. */
  readonly leftOut?: readonly LeftOut[];
  /** Sentences for the user on choices made while reading it. */
  readonly notes?: readonly string[];
  /**
   * Whether reading single rows in any order costs about as much as reading them in sequence. False
   * over HTTP and for compressed blocks.
   */
  readonly randomAccess: boolean;
  /** See `FaceSource.fingerprint`. */
  fingerprint(signal?: AbortSignal): Promise<string>;
  /**
   * The record of a row, 0 ≤ row < count. Its key names the same picture in every form of a data
   * set, if the forms allow it; its label is the source's own.
   * @throws StudioError `bad-shard` for a damaged row, which the reader counts and skips;
   * `network`
   */
  read(row: number, signal?: AbortSignal): Promise<FaceRecord>;
  /**
   * The records of rows [from, to) in order, with few reads; absent if single reads are as fast.
   * Damaged rows are reported and left out.
   */
  stream?(from: number, to: number, options: StreamOptions): AsyncIterable<TableRow>;
}

/** Options for streaming rows. */
export interface StreamOptions {
  readonly signal?: AbortSignal;
  readonly onSkip?: (item: SkippedItem) => void;
}

/** A record and the row it lies in. */
export interface TableRow {
  readonly row: number;
  readonly record: FaceRecord;
}
