import type { PickedFile } from '../../faces/sources/folder/local-file';
import type { AlignMode } from '../../inference/align/alignment';
import type { EvaluationResult, Protocol } from '../../inference/evaluation/evaluate';
import type { FolderPairsRule } from '../../inference/evaluation/folder-pairs';
import type { MachineFigures } from '../../training/session/measure-machine';
import type { Progress } from '../../core/progress-meter';

/** Messages about the evaluation of methods on pictures. */
export type EvaluationCommand =
  /**
   * Evaluates methods on pictures. Posts `evaluation-progress`, then `evaluation`. Refused while a
   * run is on.
   */
  | { readonly type: 'evaluate'; readonly request: EvaluationRequest }
  /** Stops it; the figures of the pictures read so far are posted. */
  | { readonly type: 'stop-evaluation' };

export type EvaluationEvent =
  | { readonly type: 'evaluation-progress'; readonly progress: Progress | null }
  /**
   * null if it was stopped before any pair had a score. The last result is posted again when the
   * studio opens.
   */
  | { readonly type: 'evaluation'; readonly result: EvaluationResult | null };

/** Messages about benchmarks of this machine. */
export type MachineCommand =
  /**
   * Measures backbone and head on this machine. Posts `benchmark-progress`, then `benchmarks`.
   * Refused while a run is on.
   */
  { readonly type: 'run-benchmarks' } | { readonly type: 'stop-benchmarks' };

export type MachineEvent =
  | { readonly type: 'benchmark-progress'; readonly progress: Progress | null }
  | { readonly type: 'benchmarks'; readonly figures: MachineFigures };

/** Qualities of pictures in a text with lines of `picture score`. */
export interface QualityRequest {
  /** Of the quality, for people. */
  readonly name: string;
  readonly file: File;
  readonly lowerIsBetter: boolean;
}

/** What to evaluate. */
export interface EvaluationRequest {
  /** The name of the picked folder, or of the set. */
  readonly name: string;
  /** Pictures, in one folder for each person; empty for a `.bin` set. */
  readonly files: readonly PickedFile[];
  /** A list of pairs in LFW's format, or an InsightFace `.bin`; null if only templates are used. */
  readonly pairs: File | null;
  /** Makes pairs from the folders; only without `pairs`. */
  readonly fromFolders?: FolderPairsRule;
  readonly protocols: readonly Protocol[];
  readonly align: AlignMode;
  readonly seed: number;
  /** Qualities of other programs, to discard pairs by. */
  readonly qualities: readonly QualityRequest[];
  /** How often the degradations of a protocol are drawn, from 1. */
  readonly degradeSeeds: number;
}
