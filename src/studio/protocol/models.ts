import type { ConventionOrigin, InputConvention } from '../../engine/input-convention';
import type { PickedFile } from '../../faces/sources/folder/local-file';
import type { NetworkOutline } from '../../models/backbones/network-outline';
import type { HeadName } from '../../models/heads/confidence-head';
import type { CentreComparison } from '../../training/centres/compare-centres';
import type { LessonConfig } from '../../training/lesson/lesson-config';
import type { LessonEvent } from '../../training/lesson/lesson-events';
import type { RunConfig } from '../../training/config/run-config';
import type { HeadDescription } from './heads';
import type { ExportedFile } from './run';

/**
 * Messages about backbones, class centres and heads from files, and about the lesson, which trains
 * a small backbone. Which head is used is in `heads.ts`.
 */
export type ModelCommand =
  /**
   * Reads a backbone, and puts it in use in place of the current one: a `backbone` event follows.
   * If that fails, the current backbone stays.
   */
  | {
      readonly type: 'use-backbone';
      readonly choice: BackboneChoice;
      readonly files?: readonly PickedFile[];
    }
  /** Reads class centres from one file, or from the parts in several. */
  | { readonly type: 'use-centres'; readonly name: string; readonly files: readonly File[] }
  /** Makes class centres in every available way and compares them. */
  | {
      readonly type: 'compare-centres';
      readonly config: RunConfig;
      readonly files?: readonly PickedFile[];
    }
  /** Reads a trained head from a file, which can then be chosen: a `file-head` event follows. */
  | { readonly type: 'load-head'; readonly file: File }
  /** Stops reading a model or comparing centres. Whatever is in use stays. */
  | { readonly type: 'stop-models' }
  /** Starts the lesson: trains a small backbone from scratch. `lesson` events report it. */
  | {
      readonly type: 'start-lesson';
      readonly config: LessonConfig;
      readonly files?: readonly PickedFile[];
    }
  | { readonly type: 'stop-lesson' }
  /** Makes a file of the small backbone in its current state. */
  | { readonly type: 'export-lesson' }
  /** Puts the small backbone in use: a `backbone` event follows. */
  | { readonly type: 'use-lesson' };

/** The replies about models. null if the request was stopped, or another took its place. */
export interface ModelReplies {
  readonly 'use-centres': CentresInUse | null;
  readonly 'compare-centres': SourceCentres | null;
  readonly 'export-lesson': ExportedFile;
}

export type ModelEvent =
  /** Another backbone is in use. Heads and readings of the one before are gone. */
  | {
      readonly type: 'backbone';
      readonly backbone: BackboneInUse;
      readonly heads: readonly HeadSize[];
    }
  | { readonly type: 'lesson'; readonly event: Exclude<LessonEvent, { type: 'progress' }> }
  /** The head that was read from a file; null if there is none. */
  | { readonly type: 'file-head'; readonly head: HeadDescription | null };

/** Which backbone, and how it is fed: a part of a run's settings. */
export type BackboneChoice = Pick<RunConfig, 'backbone' | 'inputConvention' | 'convFeature'>;

/** The backbone in use. */
export interface BackboneInUse extends BackboneChoice {
  readonly name: string;
  /** The kind of file that it was recognised as. */
  readonly layout: string;
  /** null if its kind of file doesn't say. */
  readonly parameters: number | null;
  readonly input: InputConvention;
  readonly inputOrigin: ConventionOrigin;
  readonly embeddingDim: number;
  readonly convShape: readonly [number, number, number];
  /** The name of the network's value that feeds the head. */
  readonly convFeatureName: string;
  /** Its blocks, for a drawing. */
  readonly outline: NetworkOutline;
  readonly hash: string;
}

/** Class centres that were read from files. */
export interface CentresInUse {
  /** The name of the file or folder that was picked. */
  readonly name: string;
  /** The format that was recognised, as a sentence. */
  readonly form: string;
  readonly classes: number;
  readonly dimension: number;
  readonly parts: readonly { readonly name: string; readonly classes: number }[];
  /** Number of rows that are zero, and so the centre of nobody. */
  readonly zeroRows: number;
}

/** How class centres of a source compare, by the way in which they were made. */
export interface SourceCentres {
  readonly shards: string;
  readonly comparison: readonly CentreComparison[];
}

/** What a kind of head needs of the machine, on the backbone in use. */
export interface HeadSize {
  readonly name: HeadName;
  readonly parameters: number;
  /** Peak bytes held while it is trained. */
  readonly trainingBytes: number;
}
