import type { MethodName, TrainedMethodName } from '../../confidence/confidence-method';
import type { SourceInfo } from '../../faces/face-source';
import type { SkippedItem, LeftOut } from '../../faces/survey/left-out';
import type { StudioErrorRecord } from '../../core/studio-error';
import type { ObjectiveMode, RunConfig } from '../config/run-config';
import type { Progress } from '../../core/progress-meter';
import type { KappaProfile } from '../../evaluation/kappa-profile';
import type { Interval } from '../../evaluation/statistics/figures';
import type { FaceMapPart } from '../data/map/face-map';
import type { ReadingPolicy } from '../../inference/reading-policy';

/** The state of a run; `run-machine.ts` says which follows which. */
export type RunState =
  | 'idle'
  | 'preparing'
  | 'running'
  | 'paused'
  /** Its device has failed; whether it goes on by itself is being seen to. */
  | 'recovering'
  | 'stopped'
  | 'finished'
  | 'failed';

/** Figures of one optimiser step. Loss and κ are finite, except in the last step if it diverged. */
export interface StepMetrics {
  /** From 1. */
  readonly step: number;
  /** From 1. */
  readonly epoch: number;
  /** Batch mean of the whole loss. */
  readonly loss: number;
  /**
   * −κ cos θ, the normaliser −v log κ + log I_v(κ), and the constant (or SCF-G's); they add up to
   * `loss`. NaN if the loss is computed over pairs.
   */
  readonly lossAlignment: number;
  readonly lossNormalizer: number;
  /**
   * SCF's normaliser in its two terms, as the published code logs them: −v log κ, and log I_v(κ);
   * `reference` with its 1e-6 in both. NaN for other methods.
   */
  readonly lossLogKappa: number;
  readonly lossLogBessel: number;
  readonly lossConstant: number;
  readonly kappaMean: number;
  /** 5 % and 95 % quantiles of κ in the batch. */
  readonly kappaLow: number;
  readonly kappaHigh: number;
  readonly cosThetaMean: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
  /** Bytes that the backend holds: allocated on the GPU (webgpu) or in tensors (wasm). */
  readonly bytesAllocated: number;
}

/** A validation on held-out identities. Its arrays are parallel: one entry for each picture. */
export interface ValidationResult {
  readonly step: number;
  readonly epoch: number;
  readonly method: TrainedMethodName;
  /** Only used by `scf`. */
  readonly objective: ObjectiveMode;
  /** NaN if the method learns from pairs and there are none. */
  readonly loss: number;
  /** Spearman's ρ between κ and cos θ; null if it is undefined. */
  readonly spearman: number | null;
  /**
   * Its 95 % interval, by a bootstrap over people; null if it is undefined, or of few people.
   */
  readonly spearmanInterval: Interval | null;
  /** ρ over the clean pictures alone: see `isClean`. */
  readonly spearmanClean: number | null;
  readonly images: number;
  readonly identities: number;
  /** κ, or the method's counterpart: its confidence in each picture. */
  readonly kappa: Float32Array;
  readonly cosTheta: Float32Array;
  /** True severity 0..1 of the picture's degradation; NaN if it isn't known. */
  readonly severity: Float32Array;
}

/**
 * The pictures of validations, as plain data: arrays parallel to those of a
 * {@link ValidationResult}.
 */
export interface HeldOutPictures {
  readonly labels: Int32Array;
  /** Places among the source's records, from 1; null if they aren't known, as of a stream. */
  readonly places: Int32Array | null;
  /** Which copy of its picture each is; 0 is the unaugmented picture. */
  readonly copies: Int32Array;
}

/**
 * Scores of genuine and impostor pairs of the validation pictures, under the current head. No pair
 * has two copies of one picture.
 */
export interface PairDistributions {
  readonly step: number;
  /** How the pictures were read: only scores of faces read alike are held against these. */
  readonly policy: ReadingPolicy;
  readonly method: MethodName;
  readonly genuine: Float32Array;
  readonly impostor: Float32Array;
}

/**
 * What a head gives for its validation pictures when they are read under one policy: what a κ and a
 * score of a face that is read so are held against.
 */
export interface HeadReading {
  readonly policy: ReadingPolicy;
  /**
   * How the κ of the head's own method is spread; null without clean pictures, and in files of
   * older versions.
   */
  readonly kappa: KappaProfile | null;
  /** By method; empty without genuine or impostor pairs. */
  readonly distributions: readonly PairDistributions[];
}

/**
 * What an error is about.
 * - `studio`: everything; the page has to be reloaded
 * - `run`: the training run, or something that the run survives, such as writing a checkpoint
 * - `verification`: a request about single faces or the camera
 * - `evaluation`: the evaluation of methods
 * - `data`: a request about a source of pictures or the shard cache
 * - `models`: reading a backbone, centres or a head, a lesson, or an export
 * - `machine`: the benchmarks
 */
export type ErrorScope =
  'studio' | 'run' | 'verification' | 'evaluation' | 'data' | 'models' | 'machine';

/** What a training session posts while it runs. */
export type SessionEvent =
  | { readonly type: 'run-state'; readonly state: RunState; readonly config: RunConfig | null }
  | { readonly type: 'progress'; readonly progress: Progress | null }
  /** Counts are null if they are known only after the first epoch. */
  | {
      readonly type: 'source';
      readonly info: SourceInfo;
      readonly trainingImages: number | null;
      readonly validationImages: number | null;
    }
  | { readonly type: 'steps'; readonly metrics: readonly StepMetrics[] }
  /** Of the first pass, while it embeds or reads pictures. */
  | { readonly type: 'face-map'; readonly part: FaceMapPart }
  /** Which pictures the next validations are of, before the first of them. */
  | { readonly type: 'held-out'; readonly heldOut: HeldOutPictures }
  | { readonly type: 'validation'; readonly result: ValidationResult }
  /** After each validation, and when the run diverges: why the head isn't learning, or null. */
  | { readonly type: 'head-collapse'; readonly collapse: HeadCollapse | null }
  /**
   * Of the head as it is now. After each validation: `single`. At the end of a run: `full` too,
   * unless a notice says that it is missing.
   */
  | { readonly type: 'head-readings'; readonly readings: readonly HeadReading[] }
  /** Items left out since the last such event; `leftOut` counts all so far, by kind. */
  | {
      readonly type: 'skipped';
      readonly items: readonly SkippedItem[];
      readonly leftOut: readonly LeftOut[];
    }
  | {
      readonly type: 'retrying';
      readonly shard: string;
      readonly attempt: number;
      readonly reason: string;
    }
  /** Something that a person should know, and that ends nothing. */
  | { readonly type: 'notice'; readonly text: string }
  | {
      readonly type: 'checkpoint-saved';
      readonly step: number;
      readonly epoch: number;
      readonly savedAt: number;
    }
  /** An error that doesn't end the run, such as a checkpoint that could not be written. */
  | { readonly type: 'error'; readonly scope: ErrorScope; readonly error: StudioErrorRecord };

/** Why a head can't tell good pictures from bad ones: plain data. */
export interface HeadCollapse {
  readonly kind: 'not-finite' | 'at-bound' | 'constant' | 'unmoved' | 'chance';
  /** What was found, as a sentence. */
  readonly message: string;
  /** What can be done, as a sentence. */
  readonly nextStep: string;
}
