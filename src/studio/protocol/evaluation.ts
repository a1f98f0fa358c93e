import type { PickedFile } from '../../faces/sources/folder/local-file';
import type { AlignMode } from '../../inference/align/alignment';
import type { EvaluationResult, Protocol } from '../../inference/evaluation/evaluate';
import type { FolderPairsRule } from '../../inference/evaluation/folder-pairs';
import type { MachineFigures } from '../../training/session/measure-machine';

/** Messages about the evaluation of methods on pictures. */
export type EvaluationCommand =
  /** Evaluates methods on pictures. Refused while a run is on. */
  | { readonly type: 'evaluate'; readonly request: EvaluationRequest }
  /**
   * Evaluates methods on pairs of the demo set's people whom no head has trained on. Refused while
   * a run is on.
   */
  | { readonly type: 'evaluate-demo'; readonly seed: number }
  /** Measures how long `evaluate-demo` would take. */
  | { readonly type: 'time-demo' }
  /** Stops it; its reply has the figures of the pictures read so far. */
  | { readonly type: 'stop-evaluation' };

/** The replies about evaluations and benchmarks. */
export interface FigureReplies {
  /** null if it was stopped before any pair had a score, or another took its place. */
  readonly evaluate: EvaluationResult | null;
  readonly 'evaluate-demo': EvaluationResult | null;
  readonly 'time-demo': DemoTime;
  /** null if they were stopped. */
  readonly 'run-benchmarks': MachineFigures | null;
}

/** The last result that was kept, when the studio opens. */
export interface EvaluationEvent {
  readonly type: 'evaluation';
  readonly result: EvaluationResult;
}

/** Messages about benchmarks of this machine. */
export type MachineCommand =
  /** Measures backbone and head on this machine. Refused while a run is on. */
  { readonly type: 'run-benchmarks' } | { readonly type: 'stop-benchmarks' };

/** What an evaluation of the demo set's held-out people would read, and for how long. */
export interface DemoTime {
  readonly people: number;
  /** People of the demo set. */
  readonly of: number;
  /** Faces read at most: each picture as it is, and degraded. */
  readonly faces: number;
  /** By the rate that was measured on this machine now. */
  readonly seconds: number;
}

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
