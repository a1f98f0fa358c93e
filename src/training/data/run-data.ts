import type { CropDecoder } from '../../faces/decode/crop-decoder';
import type { FaceSource, SourceInfo } from '../../faces/face-source';
import type { SkippedItem } from '../../faces/survey/left-out';
import { labelFactsOf, labelFit } from '../../faces/survey/label-fit';
import { count, counted } from '../../core/number-words';
import { StudioError, type StudioErrorRecord } from '../../core/studio-error';
import type { Backbone } from '../../models/backbones/backbone';
import { cosThetaTo } from '../../models/centres/centre';
import { ClassCentreBuilder, type ClassCentres } from '../../models/centres/class-centres';
import { RunningCentres, type ClassDirections } from '../../models/centres/running-centres';
import type { ConfidenceHead } from '../../models/heads/confidence-head';
import type { RunCursor } from '../checkpoint/checkpoint';
import { isValidationIdentity } from '../../faces/identity-split';
import {
  decodeFirstPass,
  encodeFirstPass,
  featureKey,
  firstPassKey,
} from './features/feature-file';
import { cachePass, firstPass, type CentreMaker } from './feature-pass';
import type { FeatureRows } from './features/feature-rows';
import { openFeatureCache } from './features/open-cache';
import type { RecordStore } from './features/record-store';
import { FeatureStore } from './features/feature-store';
import { GivenCentres } from '../centres/given-centres';
import { batchesWhileGrowing, type GrowingPass } from '../centres/centre-batches';
import {
  decodeGrowingCentres,
  decodeValidation,
  encodeGrowingCentres,
  encodeValidation,
} from '../centres/running-centres-file';
import { batchesFromSource, batchesFromStore, type EpochBatch } from './head-batches';
import { keptFiles, type KeptFiles } from '../checkpoint/kept-files';
import { KeptSources } from '../checkpoint/kept-sources';
import { progressMeter, type Progress } from '../../core/progress-meter';
import type { RunConfig } from '../config/run-config';
import type { RunStore } from '../checkpoint/run-store';
import { tellOfSingles } from './single-pictures';
import { TrainedCentres } from '../centres/trained-centres';

/** Names in a {@link RunStore}. */
export const FEATURES_FILE = 'features.safetensors';
export const CENTRES_FILE = 'centres.safetensors';
export const VALIDATION_FILE = 'validation.safetensors';

/** What a run trains and validates on, once it is ready to. */
export interface RunData {
  readonly info: SourceInfo;
  /** Null where only the first epoch tells. */
  readonly trainingImages: number | null;
  readonly validation: FeatureRows;
  /** cos θ of a row of `validation` to its identity's centre; undefined where it has none yet. */
  cosThetaOf(row: number): number | undefined;
  /**
   * The training pictures' features, where all are kept; null where every epoch embeds them anew.
   */
  readonly kept: KeptPictures | null;
  /** The batches of an epoch from the cursor on. */
  batches(cursor: RunCursor): AsyncGenerator<EpochBatch>;
  /**
   * An epoch has been trained on to its end.
   * @throws StudioError `bad-source` where everybody turns out to have one picture
   */
  epochEnded(): void;
  /**
   * Keeps what a checkpoint can't be gone on from without, as far as it has changed. To be awaited
   * before one is written.
   */
  keep(): Promise<void>;
  /** Lets go of kept features; no batch is made any more. */
  close(): void;
}

/** Training pictures whose features are kept. */
export interface KeptPictures {
  readonly rows: FeatureRows;
  /** cos θ of a row to its identity's centre. */
  cosThetaOf(row: number): number;
}

/** What data is made of, and whom it tells. */
export interface RunDataOptions {
  readonly config: RunConfig;
  readonly source: FaceSource;
  readonly decoder: CropDecoder;
  readonly backbone: Backbone;
  readonly head: ConfidenceHead;
  /** Pictures that go through the backbone at once. */
  readonly backboneBatch: number;
  readonly store: RunStore;
  /** Where features are kept. */
  readonly features: RecordStore | null;
  readonly signal: AbortSignal;
  /** The source's. @throws StudioError as the source does */
  readonly fingerprint: () => Promise<string>;
  /**
   * @throws StudioError `bad-checkpoint` where the run was begun on contents of another fingerprint
   */
  readonly requireSame: (fingerprint: string) => void;
  /** Class centres made elsewhere, for `centres: file`; of no use otherwise. */
  readonly centres?: ClassCentres;
  readonly onProgress: (progress: Progress | null) => void;
  readonly onSkip: (item: SkippedItem) => void;
  readonly onRetry: (shard: string, attempt: number, reason: string) => void;
  /** Writes a file, and says aloud where that fails. */
  readonly keep: (name: string, bytes: Uint8Array) => Promise<boolean>;
  /** Something can't be kept, and the run goes on. */
  readonly onWarning: (error: StudioErrorRecord) => void;
  /** Something that a person should know, and that ends nothing. */
  readonly onNotice: (text: string) => void;
}

/**
 * What a source holds, by which features are kept, and where it is told that they are made anew.
 */
interface Contents {
  readonly info: SourceInfo;
  /** null for a served stream, which is known by its address alone. */
  readonly fingerprint: string | null;
  /** Those that lie beside the run's checkpoint. */
  readonly files: KeptFiles;
  /** To be awaited before the first picture is embedded. */
  readonly onReading: () => Promise<void>;
}

/**
 * Makes ready what a run trains on: the first pass over the source, made now or kept from an
 * earlier run; or nothing but room, where centres grow while it trains. Where centres are given and
 * nothing is to be kept, the first pass looks for the pictures of held-out identities alone, and
 * ends as soon as it has enough.
 * @param cursor where the run goes on
 * @throws StudioError from the source or the backbone; `bad-config` where centres are to be given
 * and aren't, or don't fit the backbone; `bad-checkpoint` where they don't belong to the source's
 * labels, or those that a run gathered up to its checkpoint are lost; `bad-source` where everybody
 * has one picture
 */
export async function openRunData(options: RunDataOptions, cursor: RunCursor): Promise<RunData> {
  const { config, source, backbone, onNotice } = options;
  const given = config.centres === 'file' ? requireCentres(options) : undefined;
  const info = await source.info();
  if (given) requireRows(info, given);
  const files = keptFiles(options);
  const sources = await KeptSources.open({ store: files, keep: files.keep, onNotice });
  // Training is to begin with the first shard: a hundred on a slow server are not asked about
  // before it.
  const isUnasked =
    config.features === 'stream' && config.centres === 'growing' && source.isServed === true;
  const fingerprint = isUnasked
    ? null
    : await sources.fingerprintOf(config.shards, options.fingerprint());
  if (fingerprint !== null) options.requireSame(fingerprint);
  const onReading = async () => {
    if (fingerprint !== null) await sources.reads(config.shards, info, fingerprint);
  };
  const contents: Contents = { info, fingerprint, files, onReading };
  const key = firstPassKey(config, backbone.hash, fingerprint ?? `unasked ${config.shards}`, given);
  if (config.features === 'reuse' && fingerprint !== null)
    return cachedData(options, { ...contents, fingerprint }, key, given);
  return config.centres === 'growing'
    ? growingData(options, contents, key, cursor)
    : streamedData(options, contents, key, given);
}

function requireCentres({ config, centres, backbone }: RunDataOptions): ClassCentres {
  if (!centres)
    throw new StudioError(
      'bad-config',
      `The run takes its class centres from ${config.centreFiles}, which have not been read.`,
      'Choose that file again, or set "centres" to "first-pass".',
    );
  if (centres.dimension === backbone.embeddingDim) return centres;
  throw new StudioError(
    'bad-config',
    `The class centres have dimension ${centres.dimension}; the backbone ` +
      `"${backbone.name}" gives ${backbone.embeddingDim}.`,
    'Choose the class centres that were trained with this backbone.',
  );
}

/**
 * Refuses rows that can't be those of the labels, where the source says what these are, before a
 * picture has been read.
 */
function requireRows(info: SourceInfo, centres: ClassCentres): void {
  const labels = labelFactsOf(info);
  if (!labels || centres.row(labels.max)) return;
  const { sentence } = labelFit(labels, centres.labels.at(-1)! + 1);
  throw new StudioError(
    'bad-checkpoint',
    sentence,
    'Choose the class centres of this very set, or set "centres" to "first-pass".',
  );
}

/** A stream's data: class centres and held-out pictures of a first pass; the epochs embed anew. */
async function streamedData(
  options: RunDataOptions,
  { info, files, onReading }: Contents,
  key: string,
  given: ClassCentres | undefined,
): Promise<RunData> {
  const { config } = options;
  const kept = await files.read(FEATURES_FILE);
  const givenCentres = given && new GivenCentres(given, config.seed);
  let pass = kept && decodeFirstPass(kept, key);
  if (!pass) {
    await onReading();
    const heldOutOnly = given !== undefined;
    const label = heldOutOnly
      ? 'Embedding pictures of held-out identities'
      : 'Embedding every picture once: class centres';
    const onProgress = progressMeter(
      'reading-features',
      label,
      heldOutOnly ? null : (info.images ?? null),
      'pictures',
      options.onProgress,
    );
    pass = await firstPass(
      { ...options, centres: givenCentres ?? centreMaker(options, info), onProgress },
      heldOutOnly,
    );
    const pictures = pass.trainingImages ?? pass.validation.count;
    if (pass.complete && pictures > 0) await files.keep(FEATURES_FILE, encodeFirstPass(pass, key));
  }
  const { validation, trainingImages, singles } = pass;
  tellOfSingles(options, info, singles, pass.centres?.labels.length ?? 0);
  const centres: ClassDirections = givenCentres ?? pass.centres!;
  return {
    info,
    trainingImages,
    validation,
    cosThetaOf: (row) =>
      cosThetaTo(
        centres.centre(validation.labels[row]!)!,
        validation.embedding(row),
        validation.embedding(row),
      ),
    kept: null,
    batches: ({ epoch, recordsRead }) =>
      batchesFromSource({ ...options, centres }, config, epoch, recordsRead),
    epochEnded: () => undefined,
    keep: async () => undefined,
    close: () => undefined,
  };
}

/**
 * Data whose features are kept: the backbone sees each picture, and each of its copies, once and
 * never again.
 */
async function cachedData(
  asked: RunDataOptions,
  { info, fingerprint, files, onReading }: Contents & { readonly fingerprint: string },
  key: string,
  given: ClassCentres | undefined,
): Promise<RunData> {
  const { config, backbone, head } = asked;
  let told = 0;
  const onSkip = (item: SkippedItem) => {
    told += item.count ?? 1;
    asked.onSkip(item);
  };
  const options = { ...asked, onSkip };
  const kept = await files.read(FEATURES_FILE);
  const keptPass = kept && decodeFirstPass(kept, key);
  const expected = info.images === undefined ? null : info.images * config.copies;
  const cache = await openFeatureCache({
    records: options.features,
    key: await featureKey(config, backbone.hash, fingerprint),
    layout: { embeddingDim: backbone.embeddingDim, inputSize: head.inputSize },
    copies: config.copies,
    expected,
    onWarning: options.onWarning,
  });
  try {
    const givenCentres = given && new GivenCentres(given, config.seed);
    let centres: ClassDirections | null =
      keptPass && cache.complete ? (givenCentres ?? keptPass.centres) : null;
    if (!centres) {
      if (!cache.complete) await onReading();
      const label = 'Embedding every picture once: class centres and features';
      const onProgress = progressMeter(
        'reading-features',
        label,
        expected,
        'pictures',
        options.onProgress,
      );
      const made = await cachePass(
        { ...options, centres: givenCentres ?? centreMaker(options, info), onProgress },
        cache,
      );
      centres = givenCentres ?? made!;
      const pass = {
        centres: made,
        validation: new FeatureStore(head.inputSize, backbone.embeddingDim),
        trainingImages: cache.count,
        singles: 0,
        complete: cache.complete,
      };
      if (cache.complete && cache.count > 0)
        await files.keep(FEATURES_FILE, encodeFirstPass(pass, key));
    }
    if (cache.complete) tellOfUntold(options, info, cache.count / config.copies, told);
    const directions = centres;
    const isHeldOut = memoised((label) =>
      isValidationIdentity(label, config.seed, config.validationFraction),
    );
    const people = new Set(cache.labels);
    const singles = new Set([...people].filter((label) => !directions.centre(label)));
    tellOfSingles(options, info, singles.size, people.size - singles.size);
    const indices = [...cache.labels.keys()].filter((index) => !singles.has(cache.labels[index]!));
    const trainingIndices = indices.filter((index) => !isHeldOut(cache.labels[index]!));
    const validationIndices = indices
      .filter((index) => isHeldOut(cache.labels[index]!))
      .slice(0, config.maxValidationImages);
    const [training, validation] = [cache.rows(trainingIndices), cache.rows(validationIndices)];
    const cosThetaOf = (index: number) =>
      cosThetaTo(
        directions.centre(cache.labels[index]!)!,
        cache.embedding(index),
        cache.embedding(cache.originalOf(index)),
      );
    // The same in every epoch: neither features nor centres move.
    const cosines = new Float64Array(training.count).fill(NaN);
    const cosThetaOfRow = (row: number) => {
      if (Number.isNaN(cosines[row]!)) cosines[row] = cosThetaOf(trainingIndices[row]!);
      return cosines[row]!;
    };
    return {
      info,
      trainingImages: training.count,
      validation,
      cosThetaOf: (row) => cosThetaOf(validationIndices[row]!),
      kept: { rows: training, cosThetaOf: cosThetaOfRow },
      batches: ({ epoch, batch }) =>
        batchesFromStore(training, cosThetaOfRow, config, epoch, batch),
      epochEnded: () => undefined,
      keep: async () => undefined,
      close: () => cache.close(),
    };
  } catch (thrown) {
    cache.commit();
    cache.close();
    throw thrown;
  }
}

/** What was left out when the features were kept isn't met again by whom they are there for. */
function tellOfUntold(
  { onNotice }: RunDataOptions,
  { name, images }: SourceInfo,
  kept: number,
  told: number,
): void {
  const untold = (images ?? 0) - kept - told;
  if (untold <= 0) return;
  const of = `${count(untold)} of the ${counted(images!, 'picture')} that ${name} tells of`;
  onNotice(
    `${of} gave no features when they were read, and are left out; “Count everything” ` +
      'under Data, or "scf inspect --deep", says which and why.',
  );
}

function memoised(of: (label: number) => boolean): (label: number) => boolean {
  const known = new Map<number, boolean>();
  return (label) => {
    let value = known.get(label);
    if (value === undefined) known.set(label, (value = of(label)));
    return value;
  };
}

function centreMaker(
  { config, backbone, signal, onProgress }: RunDataOptions,
  info: SourceInfo,
): CentreMaker {
  const kind = config.centres;
  if (kind !== 'arcface' && kind !== 'cosface')
    return new ClassCentreBuilder(backbone.embeddingDim, info.identities);
  return new TrainedCentres({
    kind,
    config,
    dimension: backbone.embeddingDim,
    expectedImages: info.images,
    signal,
    onProgress,
  });
}

async function growingData(
  options: RunDataOptions,
  { info, files, onReading, fingerprint }: Contents,
  key: string,
  cursor: RunCursor,
): Promise<RunData> {
  const { config, backbone, head } = options;
  const [centresFile, validationFile] = await Promise.all(
    [CENTRES_FILE, VALIDATION_FILE].map((name) => files.read(name)),
  );
  const [keptCentres, keptValidation] = [
    centresFile && decodeGrowingCentres(centresFile, key),
    validationFile && decodeValidation(validationFile, key),
  ];
  // A new run takes whole centres of the same source; half of them belong to the run that gathered
  // them. Nor are whole ones, where it isn't known whether the pictures are still the same.
  const isOurs =
    keptCentres &&
    keptValidation &&
    (cursor.step > 0 || (keptCentres.whole && fingerprint !== null));
  if (!isOurs && cursor.recordsRead > 0) throw lostCentres(cursor);
  const pass: GrowingPass = isOurs
    ? { centres: keptCentres.centres, validation: keptValidation }
    : {
        centres: new RunningCentres(backbone.embeddingDim),
        validation: new FeatureStore(head.inputSize, backbone.embeddingDim),
      };
  if (!isOurs) await onReading();
  const { centres, validation } = pass;
  let whole = isOurs ? keptCentres.whole : false;
  let [centresAreKept, validationKept] = [whole, isOurs ? validation.count : -1];
  const becomeWhole = () => {
    whole = true;
    tellOfSingles(options, info, centres.singles, centres.labels.length - centres.singles);
  };
  if (whole) becomeWhole();
  return {
    info,
    trainingImages: null,
    validation,
    // The picture itself is in its identity's sum.
    cosThetaOf: (row) =>
      centres.cosThetaWithout(
        validation.labels[row]!,
        validation.embedding(row),
        validation.embedding(row),
      ),
    kept: null,
    batches: ({ epoch, recordsRead }) =>
      whole
        ? batchesFromSource({ ...options, centres }, config, epoch, recordsRead)
        : batchesWhileGrowing(options, pass, config, epoch, recordsRead),
    epochEnded: () => {
      if (!whole) becomeWhole();
    },
    keep: async () => {
      if (!centresAreKept)
        centresAreKept =
          (await files.keep(CENTRES_FILE, encodeGrowingCentres({ centres, whole }, key))) && whole;
      if (
        validationKept !== validation.count &&
        (await files.keep(VALIDATION_FILE, encodeValidation(validation, key)))
      )
        validationKept = validation.count;
    },
    close: () => undefined,
  };
}

/** Centres of half an epoch's pictures are not what the run was trained against. */
function lostCentres({ step, recordsRead }: RunCursor): StudioError {
  return new StudioError(
    'bad-checkpoint',
    `The run goes on at step ${step}, ${recordsRead} pictures into its epoch; the class ` +
      'centres and validation pictures that it had gathered by then are not here, or damaged.',
    `Keep ${CENTRES_FILE} and ${VALIDATION_FILE} beside the checkpoint, or start a new run.`,
  );
}
