import type { CropDecoder } from '../faces/crop-decoder';
import type { FaceSource, SkippedItem, SourceInfo } from '../faces/face-source';
import type { Backbone } from '../models/backbone';
import { GrowingCentres } from '../models/growing-centres';
import type { ConfidenceHead } from '../models/heads/confidence-head';
import type { RunCursor } from './checkpoint';
import { decodeFirstPass, encodeFirstPass, firstPassKey } from './feature-file';
import { firstPass } from './feature-pass';
import { FeatureStore } from './feature-store';
import { batchesWhileGrowing, type GrowingPass } from './growing-batches';
import { decodeGrowingCentres, decodeValidation, encodeGrowingCentres, encodeValidation } from './growing-file';
import { batchesFromSource, batchesFromStore, type EpochBatch } from './head-batches';
import { progressMeter } from './progress-meter';
import type { RunConfig } from './run-config';
import type { Progress } from './run-events';
import type { RunStore } from './run-store';

/** Names in a {@link RunStore}. */
export const FEATURES_FILE = 'features.safetensors';
export const CENTRES_FILE = 'centres.safetensors';
export const VALIDATION_FILE = 'validation.safetensors';

/** What a run trains and validates on, once it is ready to. */
export interface RunData {
  readonly info: SourceInfo;
  /** Null where only the first epoch tells. */
  readonly trainingImages: number | null;
  readonly validation: FeatureStore;
  /** cos θ of a validation picture to its identity's centre; undefined where it has none yet. */
  cosThetaOf(label: number, embedding: Float32Array): number | undefined;
  /** The batches of an epoch from the cursor on. */
  batches(cursor: RunCursor): AsyncGenerator<EpochBatch>;
  /** An epoch has been trained on to its end. */
  epochEnded(): void;
  /** Keeps what a checkpoint can't be gone on from without, as far as it has changed. To be awaited before one is written. */
  keep(): Promise<void>;
}

/** What data is made of, and whom it tells. */
export interface RunDataOptions {
  readonly config: RunConfig;
  readonly source: FaceSource;
  readonly decoder: CropDecoder;
  readonly backbone: Backbone;
  readonly head: ConfidenceHead;
  readonly store: RunStore;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  readonly onSkip: (item: SkippedItem) => void;
  readonly onRetry: (shard: string, attempt: number, reason: string) => void;
  /** Writes a file, and says aloud where that fails. */
  readonly keep: (name: string, bytes: Uint8Array) => Promise<boolean>;
}

/**
 * Makes ready what a run trains on: the first pass over the source, made now or kept from an earlier run; or nothing but
 * room, where centres grow while it trains.
 * @param resumed whether the run goes on from a checkpoint
 * @throws StudioError from the source or the backbone
 */
export async function openRunData(options: RunDataOptions, resumed: boolean): Promise<RunData> {
  const { config, source, backbone } = options;
  const info = await source.info();
  const key = firstPassKey(config, backbone.hash, info.name);
  return config.features === 'stream' && config.centres === 'growing' ? growingData(options, info, key, resumed) : firstPassData(options, info, key);
}

async function firstPassData(options: RunDataOptions, info: SourceInfo, key: string): Promise<RunData> {
  const { config } = options;
  const kept = await options.store.read(FEATURES_FILE).catch(keepsNothing);
  let pass = kept && decodeFirstPass(kept, key);
  if (!pass) {
    const total = info.images === undefined ? null : info.images * (config.features === 'reuse' ? config.copies : 1);
    const progress = progressMeter('reading-features', 'Embedding every picture once: class centres and features', total, 'pictures', options.onProgress);
    pass = await firstPass({ ...options, expectedIdentities: info.identities, onProgress: progress });
    if (pass.complete && pass.trainingImages > 0) await options.keep(FEATURES_FILE, encodeFirstPass(pass, key));
  }
  const { centres, training, validation, trainingImages } = pass;
  return {
    info,
    trainingImages,
    validation,
    cosThetaOf: (label, embedding) => centres.cosTheta(label, embedding),
    batches: ({ epoch, batch, recordsRead }) =>
      config.features === 'reuse' ? batchesFromStore(training, centres, config, epoch, batch) : batchesFromSource({ ...options, centres }, config, epoch, recordsRead),
    epochEnded: () => undefined,
    keep: async () => undefined,
  };
}

async function growingData(options: RunDataOptions, info: SourceInfo, key: string, resumed: boolean): Promise<RunData> {
  const { config, backbone, head } = options;
  const [centresFile, validationFile] = await Promise.all([CENTRES_FILE, VALIDATION_FILE].map((name) => options.store.read(name).catch(keepsNothing)));
  const [keptCentres, keptValidation] = [centresFile && decodeGrowingCentres(centresFile, key), validationFile && decodeValidation(validationFile, key)];
  // A new run takes whole centres of the same source; half of them belong to the run that gathered them.
  const isOurs = keptCentres && keptValidation && (resumed || keptCentres.whole);
  const pass: GrowingPass = isOurs
    ? { centres: keptCentres.centres, validation: keptValidation }
    : { centres: new GrowingCentres(backbone.embeddingDim), validation: new FeatureStore(head.inputSize, backbone.embeddingDim) };
  const { centres, validation } = pass;
  let whole = isOurs ? keptCentres.whole : false;
  let [centresAreKept, validationKept] = [whole, isOurs ? validation.count : -1];
  return {
    info,
    trainingImages: null,
    validation,
    // The picture itself is in its identity's sum.
    cosThetaOf: (label, embedding) => centres.cosThetaWithout(label, embedding, embedding),
    batches: ({ epoch, recordsRead }) => (whole ? batchesFromSource({ ...options, centres }, config, epoch, recordsRead) : batchesWhileGrowing(options, pass, config, epoch, recordsRead)),
    epochEnded: () => void (whole = true),
    keep: async () => {
      if (!centresAreKept) centresAreKept = (await options.keep(CENTRES_FILE, encodeGrowingCentres({ centres, whole }, key))) && whole;
      if (validationKept !== validation.count && (await options.keep(VALIDATION_FILE, encodeValidation(validation, key)))) validationKept = validation.count;
    },
  };
}

/** A store that can't be read keeps nothing; the write that follows says so. */
const keepsNothing = () => null;
