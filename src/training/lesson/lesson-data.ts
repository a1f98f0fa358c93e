import type { CropDecoder } from '../../faces/decode/crop-decoder';
import { decodedFaces } from '../../faces/decode/decoded-stream';
import { degrade, sampleDegradation } from '../../faces/degradation';
import { CROP_SIZE } from '../../faces/face-record';
import type { FaceSource } from '../../faces/face-source';
import type { SkippedItem } from '../../faces/survey/left-out';
import { isValidationIdentity } from '../../faces/identity-split';
import { LeftOutTracker } from '../../faces/survey/nothing-used';
import { CROP_BYTES, packBatch, type PackedBatch } from '../../faces/decode/packed-batch';
import { byteHash } from '../../formats/bytes/byte-hash';
import { hashString, seededRandom, shuffled } from '../../core/seeded-random';
import { sha256OfLines } from '../../formats/bytes/sha256-hex';
import { count, counted } from '../../core/number-words';
import { StudioError } from '../../core/studio-error';
import type { LessonConfig } from './lesson-config';

/** The most pictures that a lesson keeps in memory: 590 MiB of crops. */
export const MAX_LESSON_PICTURES = 16_384;

/** A decoded picture in memory. */
export interface LessonPicture {
  readonly key: string;
  readonly label: number;
  /** 112 × 112 × 3 RGB bytes. */
  readonly crop: Uint8Array;
}

/** All pictures of a lesson, decoded, in the source's order. */
export interface LessonData {
  readonly training: readonly LessonPicture[];
  /** Pictures of people that training never sees. */
  readonly heldOut: readonly LessonPicture[];
  /** Class of each label in training, from 0 in the labels' order. */
  readonly classOf: ReadonlyMap<number, number>;
  /** SHA-256 over keys, labels and crops, in order. */
  readonly fingerprint: string;
}

/** Options of {@link readLessonData}. */
export interface LessonReading {
  readonly config: LessonConfig;
  readonly source: FaceSource;
  readonly decoder: CropDecoder;
  readonly signal: AbortSignal;
  readonly onProgress: (pictures: number) => void;
  readonly onSkip: (item: SkippedItem) => void;
  readonly onRetry: (shard: string, attempt: number, reason: string) => void;
}

/** Pictures that are decoded concurrently. */
const DECODE_CONCURRENCY = 8;
/** Share of pictures that the augmentation leaves unchanged. */
const UNCHANGED_SHARE = 0.4;

/**
 * Decodes all pictures into memory.
 * @throws StudioError `bad-source` for too many pictures, or too few to train or to validate; what
 * source and decoder throw
 */
export async function readLessonData({
  config,
  source,
  decoder,
  signal,
  onProgress,
  onSkip,
  onRetry,
}: LessonReading): Promise<LessonData> {
  const info = await source.info();
  if (info.images !== undefined && info.images > MAX_LESSON_PICTURES)
    throw tooMany(info.name, info.images);
  const training: LessonPicture[] = [];
  const heldOut: LessonPicture[] = [];
  const watch = new LeftOutTracker(onSkip);
  const faces = decodedFaces(source, decoder, {
    open: { seed: config.seed, epoch: 0, shuffleBuffer: 0, signal, onSkip: watch.add, onRetry },
    concurrency: DECODE_CONCURRENCY,
    augmentation: 0,
    copies: 1,
    flip: false,
  });
  for await (const { key, label, crop } of faces) {
    signal.throwIfAborted();
    const isHeldOut = isValidationIdentity(label, config.seed, config.validationFraction);
    (isHeldOut ? heldOut : training).push({ key, label, crop });
    const pictures = training.length + heldOut.length;
    if (pictures > MAX_LESSON_PICTURES) throw tooMany(info.name, pictures);
    onProgress(pictures);
  }
  watch.requireSome(info.name, training.length + heldOut.length);
  const labels = [...new Set(training.map(({ label }) => label))].sort((a, b) => a - b);
  if (training.length < config.batchSize || labels.length < 2) {
    throw tooFew(
      info.name,
      `${counted(training.length, 'picture')} of ` +
        `${counted(labels.length, 'person', 'people')} to learn from; at least ` +
        `${config.batchSize} of two were expected`,
      'lower the batch size or the share held out',
    );
  }
  const held = new Set(heldOut.map(({ label }) => label)).size;
  if (held < 2 || heldOut.length === held) {
    throw tooFew(
      info.name,
      `${counted(heldOut.length, 'picture')} of ${counted(held, 'person', 'people')} held ` +
        'out; two people were expected, and two pictures of one of them',
      'raise the share held out',
    );
  }
  const lines = [...training, ...heldOut].map(
    ({ key, label, crop }) => `${label} ${byteHash(crop)} ${key}`,
  );
  return {
    training,
    heldOut,
    classOf: new Map(labels.map((label, index) => [label, index])),
    fingerprint: await sha256OfLines(lines),
  };
}

/** A batch for a training step. */
export interface LessonBatch {
  readonly pictures: PackedBatch;
  /** Class of each. */
  readonly classes: readonly number[];
}

/** Number of batches in an epoch. Pictures that don't fill a batch are left out of that epoch. */
export function batchesOfEpoch({ training }: LessonData, { batchSize }: LessonConfig): number {
  return Math.floor(training.length / batchSize);
}

/**
 * Yields the batches of an epoch from `firstBatch` on. Order, mirroring and augmentation depend on
 * seed and epoch only.
 */
export function* lessonBatches(
  data: LessonData,
  config: LessonConfig,
  epoch: number,
  firstBatch: number,
): Generator<LessonBatch> {
  const { batchSize, seed } = config;
  const order = shuffled([...data.training.keys()], seededRandom(seed, 0x6c657373, epoch));
  for (let batch = firstBatch; batch < batchesOfEpoch(data, config); batch++) {
    const chosen = order
      .slice(batch * batchSize, (batch + 1) * batchSize)
      .map((index) => data.training[index]!);
    const drawn = chosen.map((picture) => augmentedCrop(picture, config, epoch));
    const pictures = packBatch(
      drawn.map(({ crop }) => crop),
      batchSize,
      drawn.map(({ flip }) => flip),
    );
    yield { pictures, classes: chosen.map(({ label }) => data.classOf.get(label)!) };
  }
}

function augmentedCrop(
  { key, crop }: LessonPicture,
  { seed, flip, augmentation }: LessonConfig,
  epoch: number,
): { crop: Uint8Array; flip: boolean } {
  const random = seededRandom(seed, 0x617567, epoch, hashString(key));
  const isMirrored = flip && random.next() < 0.5;
  if (augmentation === 0) return { crop, flip: isMirrored };
  const levels = sampleDegradation(random, augmentation, UNCHANGED_SHARE);
  const { data } = degrade(
    { width: CROP_SIZE, height: CROP_SIZE, data: crop },
    levels,
    random.int(2 ** 32),
  );
  return { crop: data, flip: isMirrored };
}

function tooMany(name: string, images: number): StudioError {
  const memory = Math.round((MAX_LESSON_PICTURES * CROP_BYTES) / 2 ** 20);
  return new StudioError(
    'bad-source',
    `${name} has ${count(images)} pictures or more; a lesson keeps all of them in memory, ` +
      `${count(MAX_LESSON_PICTURES)} at most (${memory} MiB).`,
    'Take the demo faces, or make a smaller set with "scf pack --identities".',
  );
}

function tooFew(name: string, found: string, otherwise: string): StudioError {
  const nextStep = `Point the lesson at more people with several pictures each, or ${otherwise}.`;
  return new StudioError('bad-source', `${name} gave ${found}.`, nextStep);
}
