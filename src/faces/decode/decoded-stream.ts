import { hashString, seededRandom } from '../../core/seeded-random';
import { StudioError } from '../../core/studio-error';
import type { CropAugmentation, CropDecoder } from './crop-decoder';
import { sampleDegradation } from '../degradation';
import { pristine, type DegradationLevels, type FaceRecord } from '../face-record';
import type { FaceSource, OpenOptions } from '../face-source';
import { undecodedKind } from '../survey/left-out';

/** A decoded crop with its record's data. */
export interface DecodedFace {
  readonly key: string;
  readonly label: number;
  /** 112 × 112 × 3 RGB bytes. */
  readonly crop: Uint8Array;
  /** Mirror it when it is unpacked on the GPU. */
  readonly flip: boolean;
  /** Whether the augmentation degraded it. */
  readonly isAugmented: boolean;
  /**
   * The record's own degradation combined with the augmentation's; undefined if both are unknown.
   */
  readonly degradation: DegradationLevels | undefined;
  /** Index of the copy; 0 is the unchanged picture unless `augmentFirstCopy`. */
  readonly copy: number;
  /**
   * Records of this order passed over so far, including this one and those that were skipped or not
   * accepted.
   */
  readonly recordsPassed: number;
}

/** Options of {@link decodedFaces}. */
export interface DecodedStreamOptions {
  readonly open: OpenOptions;
  /** Number of crops decoded concurrently. */
  readonly concurrency: number;
  /** Strength 0..1 of the degradation augmentation. */
  readonly augmentation: number;
  /** Crops per record; the first is left unchanged unless `augmentFirstCopy`. */
  readonly copies: number;
  readonly augmentFirstCopy?: boolean;
  /** Mirror half of the copies; with several copies the first is never mirrored. */
  readonly flip: boolean;
  /** Records with other labels are skipped without decoding. */
  readonly accept?: (label: number) => boolean;
}

/** Share of pictures left unchanged if each picture is used only once. */
const UNTOUCHED_SHARE = 0.4;

/**
 * Decodes records in the source's order, with at most `concurrency` crops in the decoder, so that a
 * slow consumer pauses the source. The augmentation of a picture depends only on (seed, epoch, key,
 * copy). A picture that can't be decoded is reported through `open.onSkip` and skipped.
 */
export async function* decodedFaces(
  source: FaceSource,
  decoder: CropDecoder,
  options: DecodedStreamOptions,
): AsyncGenerator<DecodedFace> {
  const pending: Promise<DecodedFace | null>[] = [];
  let recordsPassed = options.open.skip ?? 0;
  for await (const record of source.open(options.open)) {
    recordsPassed = record.position ?? recordsPassed + 1;
    if (options.accept && !options.accept(record.label)) continue;
    for (let copy = 0; copy < options.copies; copy++) {
      const decoding = decodeCopy(record, copy, recordsPassed, decoder, options);
      // An error is rethrown when its turn comes; until then it must not count as unhandled.
      decoding.catch(() => undefined);
      pending.push(decoding);
      if (pending.length < options.concurrency) continue;
      const face = await pending.shift()!;
      if (face) yield face;
    }
  }
  for (const waiting of pending) {
    const face = await waiting;
    if (face) yield face;
  }
}

/**
 * Decodes one copy of a record, as {@link decodedFaces} does in its turn.
 * @returns null if it can't be decoded, which is reported through `open.onSkip`
 */
export async function decodeCopy(
  record: FaceRecord,
  copy: number,
  recordsPassed: number,
  decoder: Pick<CropDecoder, 'decodeCrop'>,
  options: Omit<DecodedStreamOptions, 'concurrency' | 'accept'>,
): Promise<DecodedFace | null> {
  const { seed, epoch, onSkip } = options.open;
  const random = seededRandom(seed, epoch, hashString(record.key), copy);
  const isUnchanged = copy === 0 && !options.augmentFirstCopy;
  // If one copy is the unchanged picture, the others are always degraded.
  const untouchedShare = options.augmentFirstCopy ? UNTOUCHED_SHARE : 0;
  const flip = options.flip && !(copy === 0 && options.copies > 1) && random.next() < 0.5;
  const levels =
    isUnchanged || options.augmentation === 0
      ? null
      : sampleDegradation(random, options.augmentation, untouchedShare);
  const augmentation: CropAugmentation | null = levels && { levels, seed: random.int(2 ** 32) };
  try {
    const crop = await decoder.decodeCrop(record.encoded, augmentation);
    return {
      key: record.key,
      label: record.label,
      crop,
      flip,
      isAugmented: levels !== null && Object.values(levels).some((level) => level > 0),
      degradation: combined(record.degradation, levels),
      copy,
      recordsPassed: recordsPassed,
    };
  } catch (thrown) {
    if (!(thrown instanceof StudioError) || thrown.code !== 'bad-image') throw thrown;
    // Reported for the first copy only, since its other copies fail as well.
    if (copy === 0) {
      const { shard, key: member, encoded } = record;
      onSkip?.({ shard, member, kind: undecodedKind(encoded), reason: thrown.message });
    }
    return null;
  }
}

/** Combines two degradations of one picture: 1 − (1 − a)(1 − b) per field. */
function combined(
  own: DegradationLevels | undefined,
  added: DegradationLevels | null,
): DegradationLevels | undefined {
  if (!own || !added) return own ?? added ?? undefined;
  const names = Object.keys(pristine) as (keyof DegradationLevels)[];
  return Object.fromEntries(
    names.map((name) => [name, 1 - (1 - own[name]) * (1 - added[name])]),
  ) as unknown as DegradationLevels;
}
