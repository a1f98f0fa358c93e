import type { FaceRecord } from './face-record';
import type { LeftOut, SkippedItem } from './survey/left-out';
import type { PickedFile } from './sources/folder/local-file';
import type { SourceForm } from './sources/source-form';

/**
 * How the records of an epoch are shuffled.
 * - `global`: a permutation of all records, which needs random access.
 * - `blocks`: shuffled blocks of consecutive records, streamed through a shuffle buffer. Tar shards
 *   allow only this; a block is a shard.
 */
export type ShuffleMode = 'global' | 'blocks';

/**
 * Facts about a source before training. Unknown numbers are `undefined`, never guessed.
 */
export interface SourceInfo {
  readonly name: string;
  readonly shards: readonly string[];
  readonly images?: number;
  readonly identities?: number;
  readonly bytes?: number;
  readonly form: SourceForm;
  /** Whether the studio's generator drew the pictures, by the manifest. */
  readonly isDrawn?: boolean;
  /** Whether the labels are 0 to identities − 1, each used. */
  readonly denseLabels?: boolean;
  /** The best shuffle that it supports. */
  readonly shuffle: ShuffleMode;
  /** Other origins than the manifest's from which shards would be fetched. */
  readonly foreignOrigins?: readonly string[];
  /**
   * What was left out on opening. Records skipped during reading are reported by {@link
   * OpenOptions.onSkip}.
   */
  readonly leftOut?: readonly LeftOut[];
  /** Sentences for the user on choices made while reading it. */
  readonly notes?: readonly string[];
}

/** Order and start of reading. The same options yield the same records in the same order. */
export interface OpenOptions {
  /** Together with `epoch` determines the shard order and the shuffle buffer's draws. */
  readonly seed: number;
  readonly epoch: number;
  /** Number of records of this order to skip when a run resumes. */
  readonly skip?: number;
  /**
   * Size of the shuffle buffer in records. With 0 or 1 the records of a shard keep their order;
   * with 0 the shards do too.
   */
  readonly shuffleBuffer: number;
  /** Preferred shuffle; by default the best one that the source supports cheaply. */
  readonly shuffle?: ShuffleMode;
  readonly signal?: AbortSignal;
  /** Called for each damaged member or lost shard; reading continues. */
  readonly onSkip?: (item: SkippedItem) => void;
  /** Called before a retry of an unreachable shard. */
  readonly onRetry?: (shard: string, attempt: number, reason: string) => void;
}

/** A source of labelled face crops. */
export interface FaceSource {
  info(): Promise<SourceInfo>;
  /**
   * A hexadecimal SHA-256 that identifies the records: it changes with pictures, labels and their
   * order, but not with file names. Computed at every call, from parts of large files (see
   * `contentFingerprint`), never by reading all of a large set.
   * @throws StudioError `network` if a server can't be reached; the reason why files can't be read
   */
  fingerprint(signal?: AbortSignal): Promise<string>;
  /** On a server: computing the fingerprint takes a request per shard, which may be slow. */
  readonly isServed?: boolean;
  open(options: OpenOptions): AsyncIterable<FaceRecord>;
}

/**
 * A source as plain data, for messages between workers and for checkpoints. Files aren't saved: the
 * user picks them again.
 */
export type SourceSpec =
  | { readonly kind: 'manifest'; readonly url: string }
  | { readonly kind: 'pattern'; readonly pattern: string }
  | { readonly kind: 'files'; readonly name: string; readonly files: readonly PickedFile[] };
