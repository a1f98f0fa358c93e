import type { PickedFile } from '../../faces/sources/folder/local-file';
import type { RunConfig } from '../../training/config/run-config';
import type { ReadPicture, SourcePicture } from '../../training/data/held-out/picture-reader';
import type { SessionEvent } from '../../training/session/run-events';

/** Messages about the training run. There is at most one. */
export type RunCommand =
  /** Starts a run with these settings. The one before stays among the kept runs. */
  | ({ readonly type: 'start'; readonly config: RunConfig } & RunAccess)
  | { readonly type: 'pause' }
  /** Continues a paused run. */
  | { readonly type: 'continue' }
  /** Takes one optimiser step, then pauses. */
  | { readonly type: 'step' }
  /** Stops the run after its current step; it saves a checkpoint. */
  | { readonly type: 'stop' }
  /** Resumes a kept run from its checkpoint, such as the one that a `resumable` event offered. */
  | ({ readonly type: 'resume-run'; readonly runId: string } & RunAccess)
  /**
   * Resumes a run from a file: a run that this studio saved, with the file's settings; or a
   * `ckpt_e{N}.pt` of the published code, which has no settings, with `config`.
   */
  | ({ readonly type: 'resume-file'; readonly file: File; readonly config: RunConfig } & RunAccess)
  /**
   * Reads pictures of the run again, to show them. `side`: in pixels, 28, 56 or 112.
   */
  | {
      readonly type: 'read-pictures';
      readonly pictures: readonly SourcePicture[];
      readonly side: number;
    }
  /** Makes a file of the run, to download. */
  | { readonly type: 'export'; readonly what: ExportKind };

export type RunEvent =
  | SessionEvent
  /** The run that is on, or was on last, has its place among the kept runs. */
  | { readonly type: 'kept-run'; readonly id: string; readonly name: string }
  /** The run that was saved last and can be resumed, or null if there is none. */
  | { readonly type: 'resumable'; readonly run: ResumableRun | null }
  /**
   * Whether another tab of this browser has a run or a lesson. While it has, that tab's session
   * events are posted here too.
   */
  | { readonly type: 'elsewhere'; readonly isOn: boolean }
  /** A kept run was made, changed, removed or taken back, in this tab or another. */
  | { readonly type: 'runs-changed' };

export interface RunReplies {
  readonly export: ExportedFile;
  /** In the order of the request; null for a picture that can't be read. */
  readonly 'read-pictures': readonly (RunPicture | null)[];
}

/** A picture of the run, as its backbone saw it. */
export interface RunPicture extends Omit<ReadPicture, 'crop'> {
  /** `side` × `side` RGBA bytes, for a canvas. */
  readonly pixels: Uint8ClampedArray;
}

/**
 * A file to download. A Blob, since the browser may keep it on disk: a checkpoint of the published
 * head has 4.7 GB.
 */
export interface ExportedFile {
  readonly name: string;
  readonly blob: Blob;
}

/** What a run may read besides the studio's own files. */
export interface RunAccess {
  /** The files of a picked folder, if `config.shards` is `files:NAME`. */
  readonly files?: readonly PickedFile[];
  /**
   * Origins that a person has seen and allowed. A manifest that names others is refused before any
   * of its shards is fetched.
   */
  readonly allowedOrigins: readonly string[];
}

/**
 * What can be downloaded of the current run: its head alone, a checkpoint for the published code,
 * or everything that this studio needs to resume it.
 */
export type ExportKind = 'head' | 'checkpoint' | 'run';

/** A saved run that can be resumed. */
export interface ResumableRun {
  /** Of the kept run. */
  readonly runId: string;
  readonly name: string;
  readonly config: RunConfig;
  readonly step: number;
  readonly epoch: number;
  /** It has run to its end, by its epochs or by its patience. */
  readonly isFinished: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly savedAt: number;
}
