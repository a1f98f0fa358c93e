import type { FileStore } from '../../formats/bytes/file-store';
import type { StudioErrorRecord } from '../../core/studio-error';
import type { Progress } from '../../core/progress-meter';
import type { CropDecoder } from '../../faces/decode/crop-decoder';
import type { FaceSource, SourceInfo } from '../../faces/face-source';
import type { SkippedItem } from '../../faces/survey/left-out';
import type { Backbone } from '../../models/backbones/backbone';
import type { ClassCentres } from '../../models/centres/class-centres';
import type { ConfidenceHead } from '../../models/heads/confidence-head';
import type { RunCursor } from '../checkpoint/checkpoint';
import type { RunCaches } from '../checkpoint/kept-files';
import type { RunConfig } from '../config/run-config';
import type { FeatureRows } from './features/feature-rows';
import type { EpochBatch } from './head-batches';
import type { FaceMapPart } from './map/face-map';

/** Names in a {@link FileStore}. */
export const FEATURES_FILE = 'features.safetensors';
export const CENTRES_FILE = 'centres.safetensors';
export const VALIDATION_FILE = 'validation.safetensors';
export const VIEWS_FILE = 'views.safetensors';

/** Files that a checkpoint depends on. The others are found by their contents, for any run. */
const OWN_FILES: readonly string[] = [CENTRES_FILE, VALIDATION_FILE];

/** Where a file of a run's data is kept: beside its checkpoints, or where all runs find it. */
export const storeOf = (
  name: string,
  { store, shared }: { readonly store: FileStore; readonly shared?: FileStore },
): FileStore => (OWN_FILES.includes(name) ? store : (shared ?? store));

/** What a run trains and validates on. */
export interface RunData {
  readonly info: SourceInfo;
  /** null until the first epoch has counted them. */
  readonly trainingImages: number | null;
  readonly validation: FeatureRows;
  /** cos θ of a row of `validation` to its identity's centre; undefined if it has none yet. */
  cosThetaOf(row: number): number | undefined;
  /** The centres that pictures of held-out people are compared with. */
  readonly centres: HeldOutCentres;
  /** What the data is made of, and where what is read of it is kept. */
  readonly contents: SourceContents;
  /** Features of the training pictures, if all are kept; null if every epoch embeds them again. */
  readonly kept: KeptPictures | null;
  /** The batches of an epoch, from the cursor on. */
  batches(cursor: RunCursor): AsyncGenerator<EpochBatch>;
  /**
   * Called when an epoch has been trained on to its end.
   * @throws StudioError `bad-source` if everybody turns out to have one picture
   */
  epochEnded(): void;
  /**
   * Persists the state that checkpoints depend on, as far as it has changed. Awaited before a
   * checkpoint is written.
   */
  persist(): Promise<void>;
  /** Releases kept features. No batch can be made afterwards. */
  close(): void;
}

/** The class centres of a run, as pictures of held-out people are compared with them. */
export interface HeldOutCentres {
  /** Whether a person has a centre. @throws StudioError for given centres without the label */
  has(label: number): boolean;
  /**
   * cos θ of a picture to its identity's centre; undefined if there is none without the picture.
   * @param own the unit embedding by which the original picture is part of the centre
   */
  cosThetaTo(label: number, embedding: Float32Array, own: Float32Array): number | undefined;
  /**
   * The unit embedding by which the picture at a place of the source's order is part of its centre;
   * undefined if it isn't kept.
   */
  ownAt?(sourcePosition: number, label: number): Float32Array | undefined;
}

/** Training pictures whose features are kept. */
export interface KeptPictures {
  readonly rows: FeatureRows;
  /** cos θ of a row to its identity's centre. */
  cosThetaOf(row: number): number;
}

/** What every kind of run data has of its own. */
type OwnRunData = Pick<
  RunData,
  'info' | 'validation' | 'cosThetaOf' | 'centres' | 'contents' | 'batches'
>;

/**
 * Run data whose other members are those of a stream that keeps nothing: an unknown number of
 * training pictures, no kept features, and nothing to persist or release.
 */
export function runDataOf(own: OwnRunData & Partial<RunData>): RunData {
  return {
    trainingImages: null,
    kept: null,
    epochEnded: () => undefined,
    persist: async () => undefined,
    close: () => undefined,
    ...own,
  };
}

/** What run data is made of, and its callbacks. */
export interface RunDataOptions {
  readonly config: RunConfig;
  readonly source: FaceSource;
  readonly decoder: CropDecoder;
  readonly backbone: Backbone;
  readonly head: ConfidenceHead;
  /** Pictures in one pass of the backbone. */
  readonly backboneBatch: number;
  readonly store: FileStore;
  /** Where it keeps what later runs can use too; by default `store`. */
  readonly shared?: FileStore;
  /** Keeps features; null to hold them in memory. */
  readonly features: FileStore | null;
  readonly signal: AbortSignal;
  /** The fingerprint of the source. @throws StudioError as the source does */
  readonly fingerprint: () => Promise<string>;
  /** @throws StudioError `bad-checkpoint` if the run was begun on other pictures */
  readonly requireSame: (fingerprint: string) => void;
  /** Class centres from elsewhere: required by `centres: file`, ignored otherwise. */
  readonly centres?: ClassCentres;
  readonly onProgress: (progress: Progress | null) => void;
  /** Takes a map of the embeddings while they are made or read; absent if nobody looks at it. */
  readonly onMapPart?: (part: FaceMapPart) => void;
  readonly onSkip: (item: SkippedItem) => void;
  readonly onRetry: (shard: string, attempt: number, reason: string) => void;
  /** Writes a file, and reports a failure. @returns whether it was written */
  readonly write: (store: FileStore, name: string, bytes: Uint8Array) => Promise<boolean>;
  /** Something can't be kept, and the run goes on. */
  readonly onWarning: (error: StudioErrorRecord) => void;
  /** Something that a person should know, and that ends nothing. */
  readonly onNotice: (text: string) => void;
}

/** A source's contents, the key of features kept for them, and where kept files are. */
export interface SourceContents {
  readonly info: SourceInfo;
  /** null for a served stream, which is known by its address only. */
  readonly fingerprint: string | null;
  /** As {@link firstPassKey} makes it. */
  readonly key: string;
  /** The files beside the run's checkpoint. */
  readonly files: RunCaches;
  /** Awaited before the first picture is embedded. */
  readonly onReading: () => Promise<void>;
}
