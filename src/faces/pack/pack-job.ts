import type { FaceSource } from '../face-source';
import type { LeftOut, SkippedItem } from '../survey/left-out';
import type { PackPlan } from './pack-plan';
import type { RecordIoLayout } from './pack-recordio';
import type { PackedSet, SetState } from './pack-set';
import type { FileLengths, PackSink } from './pack-sink';

/** State from which an interrupted pack resumes; plain data. */
export interface PackCheckpoint {
  readonly layout: RecordIoLayout;
  /** Number of records read from the source. */
  readonly read: number;
  /**
   * Position in the source's order at which reading resumes; null if the source has no positions
   * and is read from its start.
   */
  readonly place: number | null;
  readonly sets: readonly SetState[];
  /** Lengths of the unfinished files. */
  readonly lengths: FileLengths;
  /** What was left out so far; absent in checkpoints of earlier versions. */
  readonly leftOut?: readonly LeftOut[];
}

/** Inputs and callbacks of a pack. */
export interface PackJob {
  readonly plan: PackPlan;
  readonly source: FaceSource;
  readonly sink: PackSink;
  /** Saves a checkpoint atomically. */
  readonly saveCheckpoint: (checkpoint: PackCheckpoint) => Promise<void>;
  /** Called after each record with the number of records read. */
  readonly onRecord?: (read: number) => void;
  /** Called for damage in the source; repeated if a resumed pack reads the records again. */
  readonly onSkip?: (item: SkippedItem) => void;
  readonly onRetry?: (shard: string, attempt: number, reason: string) => void;
  readonly signal?: AbortSignal;
  /** For tests. */
  readonly checkpointRecords?: number;
}

/** The result of a pack. */
export interface PackResult {
  readonly sets: readonly PackedSet[];
  /** Records of the source that are damaged, or that it announces and doesn't contain. */
  readonly skipped: number;
  /**
   * Everything left out by kind, including on opening the source; absent in packs of earlier
   * versions.
   */
  readonly leftOut?: readonly LeftOut[];
}
