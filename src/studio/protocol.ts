import type { TrainedMethodName } from '../confidence/confidence-method';
import type { BackendReport } from '../engine/backend';
import type { ConventionOrigin, InputConvention } from '../engine/input-convention';
import type { FoundFace } from '../inference/align/find-faces';
import type { FaceBox } from '../inference/align/detect-faces';
import type { DegradationLevels } from '../faces/face-record';
import type { SourceInfo } from '../faces/face-source';
import type { PickedFile } from '../faces/sources/folder/local-file';
import type { Point } from '../faces/similarity-transform';
import type { SurveyResult } from '../faces/survey/source-survey';
import type { HeadName } from '../models/heads/confidence-head';
import type { CentreComparison } from '../training/centres/compare-centres';
import type { Align } from '../inference/align/alignment';
import type { EvaluationResult, Protocol } from '../inference/evaluation/evaluate';
import type { LessonConfig } from '../training/lesson/lesson-config';
import type { LessonEvent } from '../training/lesson/lesson-events';
import type { MachineFigures } from '../training/session/measure-machine';
import type { RunConfig } from '../training/config/run-config';
import type { SessionEvent } from '../training/session/run-events';
import type { Progress } from '../core/progress-meter';
import type { RunPlan } from '../training/session/run-plan';

/**
 * The seam between the page and the worker that owns tensors. Everything here is
 * structured-cloneable; neither side imports the other's code, only this file.
 */

/** Which of the two faces of a comparison. */
export type FaceSlot = 'a' | 'b';

/** What a run may reach. */
export interface RunAccess {
  /** Those of a picked folder when `config.shards` is `files:NAME`. */
  readonly files?: readonly PickedFile[];
  /**
   * Origins that a person was shown and allowed. A manifest that names others is refused before a
   * byte of its shards.
   */
  readonly allowedOrigins: readonly string[];
}

/** What the page asks. */
export type WorkerCommand =
  /**
   * First message, once. `base` is the page's address: models, shards and wasm binaries lie beside
   * it.
   */
  | {
      readonly type: 'initialise';
      readonly base: string;
      readonly backend: 'auto' | 'webgpu' | 'wasm';
    }
  | ({ readonly type: 'start'; readonly config: RunConfig } & RunAccess)
  | { readonly type: 'pause' }
  | { readonly type: 'continue' }
  /** One optimiser step, then pause. */
  | { readonly type: 'step' }
  | { readonly type: 'stop' }
  /** Go on from the checkpoint that a `resumable` event offered. */
  | ({ readonly type: 'resume-saved' } & RunAccess)
  | { readonly type: 'discard-saved' }
  /**
   * Goes on with a run from a file: one that this studio saved, with its own settings, or
   * `ckpt_e{N}.pt` of the published code, with these.
   */
  | ({ readonly type: 'resume-file'; readonly file: File; readonly config: RunConfig } & RunAccess)
  /** A file of the run, or of the head in use; answered by `file`. */
  | { readonly type: 'export'; readonly what: ExportKind }
  /**
   * Puts another backbone in the place of the one in use, once it has been read; answered by
   * `backbone`, or an `error` of scope `models`.
   */
  | {
      readonly type: 'use-backbone';
      readonly choice: BackboneChoice;
      readonly files?: readonly PickedFile[];
    }
  /** Reads class centres, in one file or the parts of several; answered by `centres`. */
  | { readonly type: 'use-centres'; readonly name: string; readonly files: readonly File[] }
  /**
   * Makes class centres in every way that can be had and compares them; answered by
   * `centre-comparison`.
   */
  | {
      readonly type: 'compare-centres';
      readonly config: RunConfig;
      readonly files?: readonly PickedFile[];
    }
  /** Takes a trained head from a file for the comparison of faces; answered by `head`. */
  | { readonly type: 'load-head'; readonly file: File }
  /** Ends the reading of a model, or a comparison of centres; what is in use stays. */
  | { readonly type: 'stop-models' }
  /** Trains a small backbone from scratch; `lesson` events tell of it. */
  | {
      readonly type: 'start-lesson';
      readonly config: LessonConfig;
      readonly files?: readonly PickedFile[];
    }
  | { readonly type: 'stop-lesson' }
  /** The small backbone as it is, in a file; answered by `file`. */
  | { readonly type: 'export-lesson' }
  /** Puts the small backbone in use; answered by `backbone`. */
  | { readonly type: 'use-lesson' }
  /**
   * What a source is, and its first pictures; answered by `source-look`, or an `error` of scope
   * `data`. The last asked for counts.
   */
  | {
      readonly type: 'look-at-source';
      readonly shards: string;
      readonly files?: readonly PickedFile[];
      readonly count: number;
    }
  /** Reads every record once; `data-progress` while it does, then `survey`. */
  | {
      readonly type: 'survey-source';
      readonly shards: string;
      readonly files?: readonly PickedFile[];
    }
  /**
   * Reads, decodes and embeds as a run would for ten seconds; `data-progress` while it does, then
   * `plan`. Refused while a run is on.
   */
  | {
      readonly type: 'plan-run';
      readonly config: RunConfig;
      readonly files?: readonly PickedFile[];
    }
  /** Ends a survey (what was read is posted) or a measurement (nothing is). */
  | { readonly type: 'stop-data' }
  /** Bytes of streamed shards to keep, at most; 0 keeps none. Answered by `cache`. */
  | { readonly type: 'set-cache-quota'; readonly bytes: number }
  | { readonly type: 'clear-cache' }
  /**
   * A picture for a side, in the place of those that it has, or beside them. `id` is the page's.
   */
  | {
      readonly type: 'choose-sample';
      readonly slot: FaceSlot;
      readonly id: string;
      readonly key: string;
      readonly add: boolean;
    }
  /**
   * A person's own picture: detected, aligned, cropped. Those of one `drop` stand beside one
   * another, whichever of them can be read.
   */
  | {
      readonly type: 'choose-photo';
      readonly slot: FaceSlot;
      readonly id: string;
      readonly photo: Blob;
      readonly name: string;
      readonly add: boolean;
      readonly drop: string;
    }
  /** Another face of a photograph, by its place among those found. */
  | {
      readonly type: 'choose-face';
      readonly slot: FaceSlot;
      readonly id: string;
      readonly face: number;
    }
  | { readonly type: 'remove-face'; readonly slot: FaceSlot; readonly id: string }
  | {
      readonly type: 'degrade-face';
      readonly slot: FaceSlot;
      readonly id: string;
      readonly levels: DegradationLevels;
    }
  /**
   * Compares again and again as one picture is degraded; `sweep-progress` while it does, then
   * `sweep`.
   */
  | { readonly type: 'sweep'; readonly slot: FaceSlot; readonly id: string }
  | { readonly type: 'stop-sweep' }
  /** A frame of the camera, which is read and closed; answered by `camera-reading`. */
  | { readonly type: 'camera-frame'; readonly frame: ImageBitmap }
  /**
   * The next frames with a face become the person that is looked for, or nobody is looked for any
   * more.
   */
  | { readonly type: 'camera-enrol' }
  | { readonly type: 'camera-forget' }
  /**
   * Evaluates methods on pictures; `evaluation-progress` while it does, then `evaluation`. Refused
   * while a run is on.
   */
  | { readonly type: 'evaluate'; readonly request: EvaluationRequest }
  /** Ends it; what was read is posted. */
  | { readonly type: 'stop-evaluation' }
  /**
   * Measures backbone and head on this machine; `benchmark-progress` while it does, then
   * `benchmarks`. Refused while a run is on.
   */
  | { readonly type: 'run-benchmarks' }
  | { readonly type: 'stop-benchmarks' };

/** What is to be evaluated. */
export interface EvaluationRequest {
  /** The picked folder's, or the set's. */
  readonly name: string;
  /** Pictures, one folder a person; empty for a `.bin` set. */
  readonly files: readonly PickedFile[];
  /** A list of pairs in LFW's form, or an InsightFace `.bin`; null for templates alone. */
  readonly pairs: File | null;
  readonly protocols: readonly Protocol[];
  readonly align: Align;
  readonly seed: number;
}

/** Which backbone, and how it is fed: a part of a run's settings. */
export type BackboneChoice = Pick<RunConfig, 'backbone' | 'inputConvention' | 'convFeature'>;

/**
 * What can be downloaded of the run at hand: the head alone, a checkpoint for the published code,
 * all that this studio goes on
 * from. `saved` is that of the run which lies saved.
 */
export type ExportKind = 'head' | 'checkpoint' | 'run' | 'saved';

/** The backbone in use. */
export interface BackboneInUse extends BackboneChoice {
  readonly name: string;
  /** What its file was recognised as. */
  readonly layout: string;
  /** null where its kind doesn't say. */
  readonly parameters: number | null;
  readonly input: InputConvention;
  readonly inputOrigin: ConventionOrigin;
  readonly embeddingDim: number;
  readonly convShape: readonly [number, number, number];
  /** The name of the value that feeds the head. */
  readonly convFeatureName: string;
  readonly hash: string;
}

/** Class centres that were read from files. */
export interface CentresInUse {
  /** What was picked. */
  readonly name: string;
  /** What was recognised, as a sentence. */
  readonly form: string;
  readonly classes: number;
  readonly dimension: number;
  readonly parts: readonly { readonly name: string; readonly classes: number }[];
  /** Rows of zeros, which are the centre of nobody. */
  readonly zeroRows: number;
}

/** A head that came out of a file. */
export interface HeadInUse {
  /** The file's name. */
  readonly name: string;
  /** It came with the studio. */
  readonly ready: boolean;
  readonly head: HeadName;
  readonly method: TrainedMethodName;
  readonly step: number | null;
  /** false where the file doesn't say which backbone it was trained on. */
  readonly backboneVerified: boolean;
  /** How it failed to learn, as a sentence, where its file says that it did. */
  readonly collapse: string | null;
}

/** A picture of the verification panel, as it stands after degradation. */
export interface FaceReading {
  readonly id: string;
  readonly name: string;
  /** 112 × 112 RGBA bytes of the crop, for a canvas. */
  readonly crop: Uint8ClampedArray;
  readonly levels: DegradationLevels;
  /** null until a head has been trained or loaded. */
  readonly kappa: number | null;
  readonly embeddingNorm: number;
  /** Its share in its side's direction, Eqn (14), 0..1; equal shares where there is no κ. */
  readonly weight: number;
  /** The photograph's size and faces, main one first, and which of them this is; null for crops. */
  readonly photo: {
    readonly width: number;
    readonly height: number;
    readonly faces: readonly FoundFace[];
    readonly chosen: number;
  } | null;
  /** Where it came from; `photo` was detected and aligned, `aligned` was a 112×112 crop already. */
  readonly origin: 'sample' | 'photo' | 'aligned';
}

/**
 * The comparison of the two sides. What its numbers mean, the validation pairs of a `distributions`
 * event say.
 */
export interface PairReading {
  /** Of the sides' directions, pooled by κ where there is a head. */
  readonly cosTheta: number;
  /** The same with pictures pooled by their plain mean; null where that is no other. */
  readonly plainCosTheta: number | null;
  /** Eqn (13); null until there is a head. */
  readonly scfScore: number | null;
}

/** A comparison as one kind of degradation goes from none to the worst. */
export interface SweepKind {
  readonly kind: keyof DegradationLevels;
  readonly points: readonly {
    readonly level: number;
    readonly cosTheta: number;
    readonly scfScore: number | null;
    readonly kappa: number | null;
  }[];
}

/** What a frame of the camera shows. */
export interface CameraReading {
  /** The frame's size: what box and points are pixels of. */
  readonly width: number;
  readonly height: number;
  /** Faces found; the main one is read. */
  readonly faces: number;
  readonly face: {
    readonly box: FaceBox;
    /** Eyes, nose tip and mouth corners. */
    readonly points: readonly Point[];
    /** 112 × 112 RGBA bytes: what the backbone saw. */
    readonly crop: Uint8ClampedArray;
    readonly kappa: number | null;
    /** Against whoever is enrolled. */
    readonly match: Omit<PairReading, 'plainCosTheta'> | null;
  } | null;
  readonly enrolling: { readonly taken: number; readonly wanted: number } | null;
  /** The surest frame of whoever is enrolled, and κ of all of them pooled. */
  readonly enrolled: { readonly crop: Uint8ClampedArray; readonly kappa: number | null } | null;
  readonly milliseconds: number;
}

/** One picture to choose from. */
export interface SampleFace {
  readonly key: string;
  readonly label: number;
  /** Encoded picture, for an `<img>`. */
  readonly encoded: Uint8Array;
}

/** A source before anything is trained on it. */
export interface SourceLook {
  /** As `look-at-source` named it: what is on show may be another by now. */
  readonly shards: string;
  readonly info: SourceInfo;
  /** Pictures of its beginning, two of a person beside each other where they come. */
  readonly samples: readonly SampleFace[];
}

/** Streamed shards that are kept on this machine. */
export interface CacheState {
  readonly bytes: number;
  readonly shards: number;
  readonly quotaBytes: number;
  /**
   * Bytes that the browser would let this page store beyond what it stores now; null where it
   * doesn't say.
   */
  readonly freeBytes: number | null;
}

/** What a head asks of the machine, on the backbone at hand. */
export interface HeadSize {
  readonly name: HeadName;
  readonly parameters: number;
  /** Bytes held while it is trained, all told. */
  readonly trainingBytes: number;
}

/** A run that lies saved and can be gone on with. */
export interface ResumableRun {
  readonly config: RunConfig;
  readonly step: number;
  readonly epoch: number;
  /** Milliseconds since the epoch. */
  readonly savedAt: number;
  /** It was trained on a picked folder, which has to be picked again. */
  readonly needsFiles: boolean;
}

/**
 * What the worker says. An `error` event's scope says what was lost: the studio itself, the run, or
 * one request about faces or data.
 */
export type WorkerEvent =
  /** Before anything else: from now until its end it holds the Web Lock of its own name. */
  | { readonly type: 'alive' }
  | {
      readonly type: 'ready';
      readonly backend: BackendReport;
      readonly backbone: BackboneInUse;
      readonly heads: readonly HeadSize[];
      readonly resumable: ResumableRun | null;
    }
  /** Another is in use; whatever was trained on the one before is no longer at hand. */
  | {
      readonly type: 'backbone';
      readonly backbone: BackboneInUse;
      readonly heads: readonly HeadSize[];
    }
  | { readonly type: 'lesson'; readonly event: LessonEvent }
  | { readonly type: 'models-progress'; readonly progress: Progress | null }
  | { readonly type: 'centres'; readonly centres: CentresInUse }
  | {
      readonly type: 'centre-comparison';
      readonly shards: string;
      readonly comparison: readonly CentreComparison[];
    }
  /** null: none but what the session trains. */
  | { readonly type: 'head'; readonly head: HeadInUse | null }
  | SessionEvent
  | { readonly type: 'resumable'; readonly run: ResumableRun | null }
  /**
   * Another tab of this browser has a run or a lesson, of which its events tell here as well; or
   * has it no more.
   */
  | { readonly type: 'elsewhere'; readonly isOn: boolean }
  | { readonly type: 'file'; readonly name: string; readonly blob: Blob }
  | { readonly type: 'source-look'; readonly look: SourceLook }
  | { readonly type: 'data-progress'; readonly progress: Progress | null }
  /** `complete` is false where it was stopped. */
  /** `notes` as `SourceInfo` has them once it has been read. */
  | {
      readonly type: 'survey';
      readonly shards: string;
      readonly survey: SurveyResult;
      readonly complete: boolean;
      readonly notes: readonly string[];
    }
  | { readonly type: 'plan'; readonly plan: RunPlan }
  | { readonly type: 'cache'; readonly cache: CacheState }
  /** A side's pictures, all of them. */
  | { readonly type: 'side'; readonly slot: FaceSlot; readonly faces: readonly FaceReading[] }
  | { readonly type: 'face-busy'; readonly slot: FaceSlot; readonly busy: boolean }
  | { readonly type: 'pair'; readonly pair: PairReading | null }
  | { readonly type: 'sweep-progress'; readonly progress: Progress | null }
  | {
      readonly type: 'sweep';
      readonly slot: FaceSlot;
      readonly id: string;
      readonly kinds: readonly SweepKind[];
    }
  | { readonly type: 'camera-reading'; readonly reading: CameraReading }
  | { readonly type: 'evaluation-progress'; readonly progress: Progress | null }
  /**
   * null where it was stopped before a pair had a score. The last one is posted again when the
   * studio opens.
   */
  | { readonly type: 'evaluation'; readonly result: EvaluationResult | null }
  | { readonly type: 'benchmark-progress'; readonly progress: Progress | null }
  | { readonly type: 'benchmarks'; readonly figures: MachineFigures };
