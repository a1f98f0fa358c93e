import type { CropDecoder } from '../faces/crop-decoder';
import type { FaceSource, SkippedItem, SourceInfo } from '../faces/face-source';
import { labelFactsOf, labelFit } from '../faces/label-fit';
import { StudioError } from '../formats/studio-error';
import type { Backbone } from '../models/backbone';
import { ClassCentreBuilder, type ClassCentres } from '../models/class-centres';
import { GrowingCentres, type ClassDirections } from '../models/growing-centres';
import type { ConfidenceHead } from '../models/heads/confidence-head';
import type { RunCursor } from './checkpoint';
import { decodeFirstPass, encodeFirstPass, firstPassKey } from './feature-file';
import { firstPass, type CentreMaker } from './feature-pass';
import { FeatureStore } from './feature-store';
import { GivenCentres } from './given-centres';
import { batchesWhileGrowing, type GrowingPass } from './growing-batches';
import { decodeGrowingCentres, decodeValidation, encodeGrowingCentres, encodeValidation } from './growing-file';
import { batchesFromSource, batchesFromStore, type EpochBatch } from './head-batches';
import { progressMeter } from './progress-meter';
import type { RunConfig } from './run-config';
import type { Progress } from './run-events';
import type { RunStore } from './run-store';
import { TrainedCentres } from './trained-centres';

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
  /** Class centres made elsewhere, for `centres: file`; of no use otherwise. */
  readonly centres?: ClassCentres;
  readonly onProgress: (progress: Progress | null) => void;
  readonly onSkip: (item: SkippedItem) => void;
  readonly onRetry: (shard: string, attempt: number, reason: string) => void;
  /** Writes a file, and says aloud where that fails. */
  readonly keep: (name: string, bytes: Uint8Array) => Promise<boolean>;
}

/**
 * Makes ready what a run trains on: the first pass over the source, made now or kept from an earlier run; or nothing but
 * room, where centres grow while it trains. Where centres are given and nothing is to be kept, the first pass looks for the
 * pictures of held-out identities alone, and ends as soon as it has enough.
 * @param resumed whether the run goes on from a checkpoint
 * @throws StudioError from the source or the backbone; `bad-config` where centres are to be given and aren't, or don't fit the
 * backbone; `bad-checkpoint` where they don't belong to the source's labels
 */
export async function openRunData(options: RunDataOptions, resumed: boolean): Promise<RunData> {
  const { config, source, backbone } = options;
  const given = config.centres === 'file' ? requireCentres(options) : undefined;
  const info = await source.info();
  if (given) requireRows(info, given);
  const key = firstPassKey(config, backbone.hash, info.name, given);
  return config.features === 'stream' && config.centres === 'growing' ? growingData(options, info, key, resumed) : firstPassData(options, info, key, given);
}

function requireCentres({ config, centres, backbone }: RunDataOptions): ClassCentres {
  if (!centres) throw new StudioError('bad-config', `The run takes its class centres from ${config.centreFiles}, which have not been read.`, 'Choose that file again, or set "centres" to "first-pass".');
  if (centres.dimension === backbone.embeddingDim) return centres;
  throw new StudioError('bad-config', `The class centres have dimension ${centres.dimension}; the backbone "${backbone.name}" gives ${backbone.embeddingDim}.`, 'Choose the class centres that were trained with this backbone.');
}

/** Refuses rows that can't be those of the labels, where the source says what these are, before a picture has been read. */
function requireRows(info: SourceInfo, centres: ClassCentres): void {
  const labels = labelFactsOf(info);
  if (!labels || centres.row(labels.max)) return;
  const { sentence } = labelFit(labels, centres.labels.at(-1)! + 1);
  throw new StudioError('bad-checkpoint', sentence, 'Choose the class centres of this very set, or set "centres" to "first-pass".');
}

async function firstPassData(options: RunDataOptions, info: SourceInfo, key: string, given: ClassCentres | undefined): Promise<RunData> {
  const { config } = options;
  const kept = await options.store.read(FEATURES_FILE).catch(keepsNothing);
  const givenCentres = given && new GivenCentres(given, config.seed);
  let pass = kept && decodeFirstPass(kept, key);
  if (!pass) {
    const heldOutOnly = given !== undefined && config.features === 'stream';
    const total = info.images === undefined || heldOutOnly ? null : info.images * (config.features === 'reuse' ? config.copies : 1);
    const label = heldOutOnly ? 'Embedding pictures of held-out identities' : 'Embedding every picture once: class centres and features';
    const progress = progressMeter('reading-features', label, total, 'pictures', options.onProgress);
    const maker = givenCentres ?? centreMaker(options, info);
    pass = await firstPass({ ...options, centres: maker, heldOutOnly, onProgress: progress });
    const pictures = pass.trainingImages ?? pass.validation.count;
    if (pass.complete && pictures > 0) await options.keep(FEATURES_FILE, encodeFirstPass(pass, key));
  }
  const { training, validation, trainingImages } = pass;
  const centres: ClassDirections = givenCentres ?? pass.centres!;
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

function centreMaker({ config, backbone, signal, onProgress }: RunDataOptions, info: SourceInfo): CentreMaker {
  const kind = config.centres;
  if (kind !== 'arcface' && kind !== 'cosface') return new ClassCentreBuilder(backbone.embeddingDim, info.identities);
  return new TrainedCentres({ kind, config, dimension: backbone.embeddingDim, expectedImages: info.images, signal, onProgress });
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
