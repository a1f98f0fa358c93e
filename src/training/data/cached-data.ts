import { count, counted } from '../../core/number-words';
import { progressMeter } from '../../core/progress-meter';
import type { SourceInfo } from '../../faces/face-source';
import { isValidationIdentity } from '../../faces/identity-split';
import type { SkippedItem } from '../../faces/survey/left-out';
import { cosThetaTo } from '../../models/centres/centre';
import type { ClassCentres } from '../../models/centres/class-centres';
import type { ClassDirections } from '../../models/centres/running-centres';
import { GivenCentres } from '../centres/given-centres';
import { centreMaker } from './centre-maker';
import { cachePass, mapKept, type FirstPass } from './feature-pass';
import type { FeatureCache } from './features/feature-cache';
import { decodeFirstPass, encodeFirstPass, featureKey } from './features/feature-file';
import { FeatureStore } from './features/feature-store';
import { openFeatureCache } from './features/open-cache';
import { batchesFromStore } from './head-batches';
import { FaceMap } from './map/face-map';
import {
  FEATURES_FILE,
  runDataOf,
  type RunData,
  type RunDataOptions,
  type SourceContents,
} from './run-data';
import { reportSingles } from './single-pictures';

/** Contents that are known by a fingerprint. */
type KnownContents = SourceContents & { readonly fingerprint: string };

/**
 * Data whose features are kept: the backbone sees each picture, and each of its copies, exactly
 * once.
 */
export async function cachedData(
  asked: RunDataOptions,
  contents: KnownContents,
  given: ClassCentres | undefined,
): Promise<RunData> {
  const { config, backbone, head } = asked;
  const { info, fingerprint } = contents;
  let reported = 0;
  const onSkip = (item: SkippedItem) => {
    reported += item.count ?? 1;
    asked.onSkip(item);
  };
  const options = { ...asked, onSkip };
  const expected = info.images === undefined ? null : info.images * config.copies;
  const passFile = await contents.files.read(FEATURES_FILE);
  const keptPass = passFile && decodeFirstPass(passFile, contents.key);
  const cache = await openFeatureCache({
    records: options.features,
    key: await featureKey(config, backbone.hash, fingerprint),
    layout: { embeddingDim: backbone.embeddingDim, inputSize: head.inputSize },
    copies: config.copies,
    expected,
    onWarning: options.onWarning,
  });
  try {
    const map = options.onMapPart ? new FaceMap(info.images ?? null, options.onMapPart) : null;
    const centres = await centresOf({ ...options, map }, contents, cache, keptPass, given);
    if (map?.count === 0) mapKept(cache, map);
    map?.finish((label) => centres.centre(label)?.direction);
    const missing = (info.images ?? 0) - cache.count / config.copies - reported;
    if (cache.complete && missing > 0) reportMissing(options, info, missing);
    return dataFrom(cache, centres, options, contents);
  } catch (thrown) {
    cache.commit();
    cache.close();
    throw thrown;
  }
}

/** The class centres: given, kept from an earlier pass, or made in a pass over the source. */
async function centresOf(
  options: RunDataOptions & { readonly map: FaceMap | null },
  { info, key, files, onReading }: KnownContents,
  cache: FeatureCache,
  keptPass: FirstPass | null,
  given: ClassCentres | undefined,
): Promise<ClassDirections> {
  const { config, backbone, head } = options;
  const givenCentres = given && new GivenCentres(given, config.seed);
  const known = keptPass && cache.complete ? (givenCentres ?? keptPass.centres) : null;
  if (known) return known;
  if (!cache.complete) await onReading();
  const onProgress = progressMeter(
    'reading-features',
    'Embedding every picture once: class centres and features',
    info.images === undefined ? null : info.images * config.copies,
    'pictures',
    options.onProgress,
    cache.count,
  );
  const maker = givenCentres ?? centreMaker(options, info);
  const made = await cachePass({ ...options, centres: maker, onProgress }, cache);
  const pass: FirstPass = {
    centres: made,
    validation: new FeatureStore(head.inputSize, backbone.embeddingDim),
    trainingImages: cache.count,
    singles: 0,
    complete: cache.complete,
  };
  if (cache.complete && cache.count > 0)
    await files.write(FEATURES_FILE, encodeFirstPass(pass, key));
  return givenCentres ?? made!;
}

/** Splits a cache into training and validation pictures. People without a centre are left out. */
function dataFrom(
  cache: FeatureCache,
  centres: ClassDirections,
  options: RunDataOptions,
  contents: SourceContents,
): RunData {
  const { config } = options;
  const { info } = contents;
  const people = new Set(cache.labels);
  const singles = new Set([...people].filter((label) => !centres.centre(label)));
  reportSingles(options, info, singles.size, people.size - singles.size);
  const heldOut = new Set(
    [...people].filter((label) =>
      isValidationIdentity(label, config.seed, config.validationFraction),
    ),
  );
  const indices = [...cache.labels.keys()].filter((index) => !singles.has(cache.labels[index]!));
  const trainingIndices = indices.filter((index) => !heldOut.has(cache.labels[index]!));
  const validationIndices = indices
    .filter((index) => heldOut.has(cache.labels[index]!))
    .slice(0, config.maxValidationImages);
  const training = cache.rows(trainingIndices);
  const cosThetaOf = (index: number) =>
    cosThetaTo(
      centres.centre(cache.labels[index]!)!,
      cache.embedding(index),
      cache.embedding(cache.originalOf(index)),
    );
  // Computed once: neither features nor centres change between epochs. NaN is not computed yet.
  const cosines = new Float64Array(training.count).fill(NaN);
  const cosThetaOfRow = (row: number) => {
    if (Number.isNaN(cosines[row]!)) cosines[row] = cosThetaOf(trainingIndices[row]!);
    return cosines[row]!;
  };
  // The originals of held-out people by their place in the source, made when first asked for.
  let originals: ReadonlyMap<number, number> | null = null;
  const ownAt = (position: number, label: number) => {
    originals ??= new Map(
      validationIndices
        .filter((index) => cache.copyOf(index) === 0)
        .map((index) => [cache.sourcePositionOf(index), index]),
    );
    const index = originals.get(position);
    return index === undefined || cache.labels[index] !== label
      ? undefined
      : cache.embedding(index);
  };
  return runDataOf({
    info,
    contents,
    trainingImages: training.count,
    validation: cache.rows(validationIndices),
    cosThetaOf: (row) => cosThetaOf(validationIndices[row]!),
    centres: {
      has: (label) => centres.centre(label) !== undefined,
      cosThetaTo: (label, embedding, own) => cosThetaTo(centres.centre(label)!, embedding, own),
      ownAt,
    },
    kept: { rows: training, cosThetaOf: cosThetaOfRow },
    batches: ({ epoch, batch }) => batchesFromStore(training, cosThetaOfRow, config, epoch, batch),
    close: () => cache.close(),
  });
}

/** Reports pictures that an earlier run left out: this run doesn't read them, so it can't. */
function reportMissing(
  { onNotice }: RunDataOptions,
  { name, images }: SourceInfo,
  missing: number,
): void {
  const pictures = `${count(missing)} of the ${counted(images!, 'picture')} of ${name}`;
  onNotice(
    `${pictures} gave no features when they were read, and are left out; “Count everything” ` +
      'under Data, or "scf inspect --deep", says which and why.',
  );
}
