import { hashString, seededRandom } from '../../core/seeded-random';
import { StudioError } from '../../core/studio-error';
import type { CropAugmentation, CropDecoder } from './crop-decoder';
import { sampleDegradation } from '../degradation';
import { pristine, type DegradationLevels, type FaceRecord } from '../face-record';
import type { FaceSource, OpenOptions } from '../face-source';
import { undecodedKind } from '../survey/left-out';

/** A crop on its way to a batch. */
export interface DecodedFace {
  readonly key: string;
  readonly label: number;
  /** 112 × 112 × 3 RGB bytes. */
  readonly crop: Uint8Array;
  /** Mirror it as it is unpacked. */
  readonly flip: boolean;
  /** The augmentation degraded it: it is no longer the picture as it is. */
  readonly isAugmented: boolean;
  /**
   * The record's own degradation and the augmentation's, together; undefined where neither is
   * known.
   */
  readonly degradation: DegradationLevels | undefined;
  /** 0 is the picture as it is. */
  readonly copy: number;
  /** Records of this order read from the source so far, this one included. */
  readonly recordsRead: number;
}

/** How records become crops. */
export interface DecodedStreamOptions {
  readonly open: OpenOptions;
  /** Crops being decoded at once. */
  readonly concurrency: number;
  /** Strength 0..1 of the degradation augmentation. */
  readonly augmentation: number;
  /** Crops made of each record; the first is left as it is unless `augmentFirstCopy`. */
  readonly copies: number;
  readonly augmentFirstCopy?: boolean;
  /** Mirror half of the copies; with several copies the first stays as it is. */
  readonly flip: boolean;
  /** Records of other labels are passed over without decoding. */
  readonly accept?: (label: number) => boolean;
}

/** Share of pictures that stay as they are where every picture is seen once. */
const UNTOUCHED_SHARE = 0.4;

/**
 * Decoded crops in the source's order, with up to `concurrency` in the decoder at once and no more:
 * a slow reader holds up the source. What happens to a picture is drawn from (seed, epoch, key,
 * copy). One that can't be decoded is told through `open.onSkip` and passed over.
 */
export async function* decodedFaces(
  source: FaceSource,
  decoder: CropDecoder,
  options: DecodedStreamOptions,
): AsyncGenerator<DecodedFace> {
  const pending: Promise<DecodedFace | null>[] = [];
  let recordsRead = options.open.skip ?? 0;
  for await (const record of source.open(options.open)) {
    recordsRead = record.position ?? recordsRead + 1;
    if (options.accept && !options.accept(record.label)) continue;
    for (let copy = 0; copy < options.copies; copy++) {
      const decoding = decodeOne(record, copy, recordsRead, decoder, options);
      // A failure is met when its turn comes; until then it must not count as unhandled.
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

async function decodeOne(
  record: FaceRecord,
  copy: number,
  recordsRead: number,
  decoder: CropDecoder,
  options: DecodedStreamOptions,
): Promise<DecodedFace | null> {
  const { seed, epoch, onSkip } = options.open;
  const random = seededRandom(seed, epoch, hashString(record.key), copy);
  const untouched = copy === 0 && !options.augmentFirstCopy;
  // Where the picture as it is is among its copies, the others needn't be it again.
  const share = options.augmentFirstCopy ? UNTOUCHED_SHARE : 0;
  const flip = options.flip && !(copy === 0 && options.copies > 1) && random.next() < 0.5;
  const levels =
    untouched || options.augmentation === 0
      ? null
      : sampleDegradation(random, options.augmentation, share);
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
      recordsRead,
    };
  } catch (thrown) {
    if (!(thrown instanceof StudioError) || thrown.code !== 'bad-image') throw thrown;
    // Its copies can't be decoded either: it is one picture.
    if (copy === 0) {
      const { shard, key: member, encoded } = record;
      onSkip?.({ shard, member, kind: undecodedKind(encoded), reason: thrown.message });
    }
    return null;
  }
}

/** Two degradations of one picture: 1 − (1 − a)(1 − b) in each field. */
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
