import type { SourceInfo } from '../../faces/face-source';
import type { PickedFile } from '../../faces/sources/folder/local-file';
import type { LeftOut } from '../../faces/survey/left-out';
import type { AlignmentSample } from '../../inference/align/alignment';
import type { SurveyResult } from '../../faces/survey/source-survey';
import type { RunConfig } from '../../training/config/run-config';
import type { RunPlan } from '../../training/session/run-plan';

/**
 * Messages about a source of pictures before a run, and about the cache of streamed shards. One
 * question about a source is answered at a time: a new one replaces the one before.
 */
export type DataCommand =
  /**
   * Opens a source and reads its first `count` pictures. An `alignment` event may follow the reply.
   */
  | {
      readonly type: 'look-at-source';
      readonly shards: string;
      readonly files?: readonly PickedFile[];
      readonly count: number;
    }
  /** Reads every record once. */
  | {
      readonly type: 'survey-source';
      readonly shards: string;
      readonly files?: readonly PickedFile[];
    }
  /** Writes aligned crops of a source's faces into a tar. Refused while a run is on. */
  | {
      readonly type: 'align-source';
      readonly shards: string;
      readonly files?: readonly PickedFile[];
      /** Whether pictures of 112 × 112 are aligned too. */
      readonly mode: AlignmentSample['remedy'];
    }
  /** Reads, decodes and embeds for ten seconds as a run would. Refused while a run is on. */
  | {
      readonly type: 'plan-run';
      readonly config: RunConfig;
      readonly files?: readonly PickedFile[];
    }
  /** Stops the current question. A survey replies with what it has read, all others with null. */
  | { readonly type: 'stop-data' }
  /**
   * Sets how many bytes of streamed shards are kept at most; 0 keeps none. A `cache` event follows.
   */
  | { readonly type: 'set-cache-quota'; readonly bytes: number }
  /** Deletes the kept shards. A `cache` event follows. */
  | { readonly type: 'clear-cache' };

/**
 * The replies about a source. null if the question was stopped, or another took its place.
 */
export interface DataReplies {
  readonly 'look-at-source': SourceLook | null;
  readonly 'survey-source': SourceCount | null;
  readonly 'align-source': AlignedSet | null;
  readonly 'plan-run': RunPlan | null;
}

export type DataEvent =
  /** Follows a look once some of its pictures were looked at; not while a run is on. */
  | { readonly type: 'alignment'; readonly alignment: SourceAlignment }
  /** Posted whenever the cache of shards changes. */
  | { readonly type: 'cache'; readonly cache: CacheState };

/** One picture of a source, to choose from. */
export interface SampleFace {
  readonly key: string;
  readonly label: number;
  /** The encoded picture, for an `<img>`. */
  readonly encoded: Uint8Array;
  /** How spoiled a drawn picture is, 0..1; null if that isn't known. */
  readonly severity: number | null;
}

/** A source before anything is trained on it. */
export interface SourceLook {
  /** As in `look-at-source`: the page may show another source by now. */
  readonly shards: string;
  readonly info: SourceInfo;
  /** Its first pictures; two pictures of one person are next to each other. */
  readonly samples: readonly SampleFace[];
}

/** What reading every record of a source once has counted. */
export interface SourceCount {
  readonly shards: string;
  readonly survey: SurveyResult;
  /** false if it was stopped. */
  readonly complete: boolean;
  /** As in `SourceInfo`, once the source has been read. */
  readonly notes: readonly string[];
}

/** Whether the pictures of a source are aligned, by a look at a few of them. */
export interface SourceAlignment {
  readonly shards: string;
  /** null if no picture could be looked at. */
  readonly sample: AlignmentSample | null;
  /** Why none could; null if some were. */
  readonly problem: string | null;
}

/** A tar of aligned crops, made of a source. */
export interface AlignedSet {
  /** The source, as in `align-source`. */
  readonly shards: string;
  readonly name: string;
  readonly file: File;
  readonly images: number;
  readonly identities: number;
  readonly leftOut: readonly LeftOut[];
}

/** The cache of streamed shards on this machine. */
export interface CacheState {
  readonly bytes: number;
  readonly shards: number;
  readonly quotaBytes: number;
  /** Bytes that the browser lets this page store in addition; null if it doesn't say. */
  readonly freeBytes: number | null;
}
