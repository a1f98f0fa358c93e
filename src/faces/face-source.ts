import type { FaceRecord } from './face-record';
import type { LeftOut, SkippedItem } from './survey/left-out';
import type { PickedFile } from './sources/folder/local-file';
import type { SourceForm } from './sources/source-form';

/**
 * How the records of an epoch are put in order.
 * - `global`: a permutation of all of them, which needs reads at any place.
 * - `blocks`: blocks of neighbouring records in shuffled order, and a shuffle buffer over their
 *   stream: what tar shards allow, a block being a shard.
 */
export type ShuffleMode = 'global' | 'blocks';

/**
 * What a source is, before a byte of it is trained on. Unknown figures are `undefined`, never
 * guessed.
 */
export interface SourceInfo {
  readonly name: string;
  readonly shards: readonly string[];
  readonly images?: number;
  readonly identities?: number;
  readonly bytes?: number;
  readonly form: SourceForm;
  /** Whether the labels are 0 to identities − 1, each used. */
  readonly denseLabels?: boolean;
  /** How far its records can be shuffled. */
  readonly shuffle: ShuffleMode;
  /** Origins other than the manifest's that its shards would be fetched from. */
  readonly foreignOrigins?: readonly string[];
  /**
   * What opening it left out; what its records turn out to be is told by {@link
   * OpenOptions.onSkip}.
   */
  readonly leftOut?: readonly LeftOut[];
  /** How it was read where that isn't the only way: sentences for a person. */
  readonly notes?: readonly string[];
}

/** Where to begin in a source. The same options give the same records in the same order. */
export interface OpenOptions {
  /** Decides shard order and the shuffle buffer's draws, together with `epoch`. */
  readonly seed: number;
  readonly epoch: number;
  /** How many records of this order to pass over: how a run resumes. */
  readonly skip?: number;
  /**
   * Records held to shuffle from; 0 or 1 keeps the shards' own order (shards too stay in order when
   * 0).
   */
  readonly shuffleBuffer: number;
  /** What is wanted where the source can do both; left out, the farthest that it can do cheaply. */
  readonly shuffle?: ShuffleMode;
  readonly signal?: AbortSignal;
  /** Called for each damaged member or lost shard; the rest goes on. */
  readonly onSkip?: (item: SkippedItem) => void;
  /** Called before a retry of an unreachable shard. */
  readonly onRetry?: (shard: string, attempt: number, reason: string) => void;
}

/** Labelled face crops, streamed. */
export interface FaceSource {
  info(): Promise<SourceInfo>;
  /**
   * A SHA-256, in hexadecimal, over what decides its records: another one where a picture, a label
   * or their order is another, the same for the same files under another name. Made anew at every
   * call, of parts of large files (see `contentFingerprint`), and never by reading all of a large
   * set.
   * @throws StudioError `network` where a server can't be asked; what keeps files from being read
   */
  fingerprint(signal?: AbortSignal): Promise<string>;
  /**
   * Its fingerprint takes a request for every shard, which a slow server may be long in answering.
   */
  readonly isServed?: boolean;
  open(options: OpenOptions): AsyncIterable<FaceRecord>;
}

/**
 * A source as data that crosses worker seams and lies in a checkpoint (files excepted, which are
 * re-picked).
 */
export type SourceSpec =
  | { readonly kind: 'manifest'; readonly url: string }
  | { readonly kind: 'pattern'; readonly pattern: string }
  | { readonly kind: 'files'; readonly name: string; readonly files: readonly PickedFile[] };
