import type { DecodedFace } from '../../faces/decode/decoded-stream';
import { severity } from '../../faces/face-record';
import { isValidationIdentity } from '../../faces/identity-split';
import type { SkippedItem } from '../../faces/survey/left-out';
import { type ClassCentres } from '../../models/centres/class-centres';
import { embeddedFaces, type EmbeddingOptions } from './embedded-faces';
import type { FaceMap } from './map/face-map';
import type { FeatureCache } from './features/feature-cache';
import { FeatureStore } from './features/feature-store';

/** Makes class centres from the embeddings of a first pass. */
export interface CentreMaker {
  /**
   * Called with the label of every record, embedded or passed over.
   * @throws StudioError to refuse it
   */
  check?(label: number): void;
  /**
   * Called with the unit embeddings of unaugmented pictures.
   * @throws StudioError to end the pass
   */
  add(label: number, unit: Float32Array): void;
  /** The centres; null if they were given and none had to be made. @throws StudioError */
  finish(): ClassCentres | null | Promise<ClassCentres | null>;
}

/** The result of the first pass over a source. */
export interface FirstPass {
  /** null if they were given. */
  readonly centres: ClassCentres | null;
  /**
   * Features of held-out identities: of their first `config.maxValidationImages` pictures, those of
   * people with a centre. Empty if all features are kept.
   */
  readonly validation: FeatureStore;
  /** Training pictures of people with a centre; null if the pass read held-out identities only. */
  readonly trainingImages: number | null;
  /** People with one picture, which makes no centre. They are left out. */
  readonly singles: number;
  /** Nothing was skipped, so that the result may be kept for later runs. */
  readonly complete: boolean;
}

/** What a pass needs, and its callbacks. */
export interface PassOptions extends EmbeddingOptions {
  readonly centres: CentreMaker;
  /** Takes the embeddings of unaugmented pictures; null if nobody looks at them. */
  readonly map: FaceMap | null;
  readonly onProgress: (pictures: number) => void;
}

/**
 * The first pass of a stream: embeds every picture once, for the maker of class centres, and stores
 * the features of held-out identities.
 * @param heldOutOnly embeds held-out identities only, and ends when enough pictures are stored
 * @throws StudioError from the source, the backbone or the maker
 */
export async function firstPass(options: PassOptions, heldOutOnly: boolean): Promise<FirstPass> {
  const { config, backbone, head, centres, map } = options;
  const isHeldOut = (label: number) =>
    isValidationIdentity(label, config.seed, config.validationFraction);
  const validation = new FeatureStore(head.inputSize, backbone.embeddingDim);
  const pictures = new Map<number, number>();
  let done = 0;
  let skipped = 0;
  const stream = {
    copies: 1,
    flip: false,
    skip: 0,
    accept: (label: number) => {
      centres.check?.(label);
      return !heldOutOnly || isHeldOut(label);
    },
  };
  const onSkip = (item: SkippedItem) => {
    skipped++;
    options.onSkip(item);
  };
  for await (const group of embeddedFaces({ ...options, onSkip }, stream)) {
    for (const { face, unit, headInput } of group) {
      centres.add(face.label, unit);
      map?.add({ label: face.label, unit, place: face.recordsPassed, crop: face.crop });
      pictures.set(face.label, (pictures.get(face.label) ?? 0) + 1);
      if (isHeldOut(face.label) && validation.count < config.maxValidationImages)
        validation.add({
          label: face.label,
          severity: severityOf(face),
          headInput,
          embedding: unit,
        });
    }
    done += group.length;
    options.onProgress(done);
    if (heldOutOnly && validation.count >= config.maxValidationImages) break;
  }
  const made = await centres.finish();
  const singles = made ? [...pictures.keys()].filter((label) => !made.row(label)) : [];
  for (const label of singles) pictures.delete(label);
  const trainingImages = [...pictures].reduce(
    (sum, [label, count]) => sum + (isHeldOut(label) ? 0 : count),
    0,
  );
  return {
    centres: made,
    validation: made ? withCentre(validation, made) : validation,
    trainingImages: heldOutOnly ? null : trainingImages,
    singles: singles.length,
    complete: skipped === 0,
  };
}

/** The pictures of people with a centre. */
function withCentre(store: FeatureStore, centres: ClassCentres): FeatureStore {
  if (store.labels.every((label) => centres.row(label))) return store;
  const kept = new FeatureStore(store.inputSize, store.embeddingDim);
  store.labels.forEach((label, index) => {
    if (centres.row(label))
      kept.add({
        label,
        severity: store.severities[index]!,
        headInput: store.headInput(index),
        embedding: store.embedding(index),
      });
  });
  return kept;
}

/** Milliseconds between two commits: the work that a crash may cost. */
const COMMIT_INTERVAL = 2000;

/**
 * The pass of a run whose features are kept: embeds the pictures that are missing in the cache, and
 * their augmented copies. The maker of class centres gets all embeddings from the cache, in its
 * precision, so that a run learns the same whichever of them were cached before.
 * @throws StudioError from the source, the backbone, the cache or the maker
 */
export async function cachePass(
  options: PassOptions,
  cache: FeatureCache,
): Promise<ClassCentres | null> {
  const { config, centres, map, onProgress } = options;
  const addToCentres = (index: number) => {
    if (cache.copyOf(index) === 0) centres.add(cache.labels[index]!, cache.embedding(index));
  };
  for (let index = 0; index < cache.count; index++) addToCentres(index);
  if (map) mapKept(cache, map);
  let isIncomplete = false;
  let committedAt = performance.now();
  if (!cache.complete) {
    onProgress(cache.count);
    const stream = {
      copies: config.copies,
      flip: config.flip,
      skip: cache.recordsToSkip,
      accept: (label: number) => {
        centres.check?.(label);
        return true;
      },
    };
    const onSkip = (item: SkippedItem) => {
      if (item.lost === true) isIncomplete = true;
      options.onSkip(item);
    };
    for await (const group of embeddedFaces({ ...options, onSkip }, stream)) {
      for (const { face, unit, headInput } of group) {
        cache.append({
          label: face.label,
          severity: severityOf(face),
          embedding: unit,
          headInput,
          copy: face.copy,
          sourcePosition: face.recordsPassed,
        });
        addToCentres(cache.count - 1);
        if (face.copy === 0)
          map?.add({ label: face.label, unit, place: face.recordsPassed, crop: face.crop });
      }
      onProgress(cache.count);
      if (performance.now() - committedAt < COMMIT_INTERVAL) continue;
      cache.commit();
      committedAt = performance.now();
    }
  }
  const made = await centres.finish();
  // Pictures that the network didn't deliver may be there another time: the cache stays incomplete.
  if (!cache.complete && cache.count > 0 && !isIncomplete) cache.commit(true);
  return made;
}

/** Puts kept features on a map, as many as it takes. */
export function mapKept(cache: FeatureCache, map: FaceMap): void {
  for (let index = 0; index < cache.count && !map.isFull; index++)
    if (cache.copyOf(index) === 0)
      map.add({
        label: cache.labels[index]!,
        unit: cache.embedding(index),
        place: cache.sourcePositionOf(index),
        crop: null,
      });
}

/** NaN if it isn't known. */
export const severityOf = ({ degradation }: DecodedFace): number =>
  degradation ? severity(degradation) : NaN;
