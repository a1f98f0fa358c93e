import { type FaceRecord, CROP_SIZE, type RgbImage } from '../../faces/face-record';
import type { FaceSource } from '../../faces/face-source';
import { isAligned } from './crop-photo';
import { findMainFace, type PhotoNetworks } from './find-faces';
import { prepareCrop } from '../../faces/decode/prepare-crop';
import { similarity, TEMPLATE, type Point } from '../../faces/similarity-transform';
import { StudioError } from '../../core/studio-error';
import type { AlignMode, AlignmentSample } from './alignment';

/*
 * Whether pictures that are taken for aligned crops are aligned, by a look at a few of them: of an
 * evaluation set (`sampleAlignment`), of a source (`alignmentOfSource`), or of records at hand
 * (`alignmentOfRecords`).
 */

/** Pictures in a sample, at most. */
const MAX_PICTURES = 24;
/** With fewer faces found than this, it can't be told. */
const MIN_FACES = 4;
/** Records of a source that a sample is drawn from: neighbours are often of one person. */
const SAMPLE_BUFFER = 96;

/**
 * Largest distance from the template, in pixels of a crop, of a face in its place. Aligned crops of
 * CelebA have a median of 1.4 to 1.9, cuts from the middle of LFW's pictures 6.6 to 8, whole LFW
 * pictures 16.
 */
const MAX_DISTANCE = 5;

/** Whether the person has stopped the work in the meantime. */
type IsStopped = () => boolean | Promise<boolean>;

/**
 * Looks at the pictures of an evaluation set that `align` takes for aligned crops, spread evenly
 * over it.
 * @returns null if there are no such pictures, or it was stopped
 * @throws what `decode` throws, except `bad-image` and `bad-source`
 */
export async function sampleAlignment(
  pictures: readonly string[],
  align: AlignMode,
  decode: (picture: string) => Promise<RgbImage>,
  networks: PhotoNetworks,
  isStopped?: IsStopped,
): Promise<AlignmentSample | null> {
  if (align === 'always') return null;
  const count = Math.min(MAX_PICTURES, pictures.length);
  const spread = Array.from(
    { length: count },
    (_, i) => pictures[Math.floor((i * pictures.length) / count)]!,
  );
  async function* taken(): AsyncGenerator<RgbImage> {
    for (const picture of spread) {
      const image = await decode(picture).catch(nullIfLost);
      if (image && (align === 'none' || isAligned(image))) yield image;
    }
  }
  return lookAtPictures(taken(), networks, isStopped);
}

/** Options of {@link alignmentOfRecords}. */
export interface RecordsLook {
  /** Decodes a whole picture. @throws StudioError `bad-image` */
  readonly decode: (encoded: Uint8Array) => Promise<RgbImage>;
  readonly networks: PhotoNetworks;
  readonly isStopped?: IsStopped;
}

/**
 * Looks at records, of which training would read each scaled to a crop.
 * @returns null if no picture could be decoded, or it was stopped
 * @throws what `decode` throws, except `bad-image`
 */
export function alignmentOfRecords(
  records: AsyncIterable<FaceRecord> | Iterable<Pick<FaceRecord, 'encoded'>>,
  { decode, networks, isStopped }: RecordsLook,
): Promise<AlignmentSample | null> {
  async function* decoded(): AsyncGenerator<RgbImage> {
    for await (const { encoded } of records) {
      const image = await decode(encoded).catch(nullIfLost);
      if (image) yield image;
    }
  }
  return lookAtPictures(decoded(), networks, isStopped);
}

/**
 * Looks at pictures of a source, drawn from its records in the shuffled order of a seed; of one on
 * a server at its first pictures, which takes few requests.
 * @throws StudioError from the source; `signal`'s reason; as {@link alignmentOfRecords}
 */
export const alignmentOfSource = (
  source: FaceSource,
  { seed, signal, ...look }: RecordsLook & { readonly seed: number; readonly signal?: AbortSignal },
): Promise<AlignmentSample | null> =>
  alignmentOfRecords(
    source.open({ seed, epoch: 0, shuffleBuffer: source.isServed ? 0 : SAMPLE_BUFFER, signal }),
    look,
  );

async function lookAtPictures(
  pictures: AsyncIterable<RgbImage>,
  networks: PhotoNetworks,
  isStopped?: IsStopped,
): Promise<AlignmentSample | null> {
  const distances: number[] = [];
  let [looked, ofCropSize] = [0, 0];
  for await (const image of pictures) {
    if (await isStopped?.()) return null;
    looked++;
    if (isAligned(image)) ofCropSize++;
    const points = await pointsInCrop(image, networks);
    if (points) distances.push(templateDistance(points));
    if (looked === MAX_PICTURES) break;
  }
  if (looked === 0) return null;
  const found = distances.length;
  const inPlace = distances.filter((distance) => distance <= MAX_DISTANCE).length;
  const isTold = found >= MIN_FACES && 2 * found >= looked;
  return {
    looked,
    found,
    inPlace,
    apart: distances.sort((a, b) => a - b)[found >> 1] ?? 0,
    aligned: isTold ? 2 * inPlace > found : null,
    remedy: ofCropSize > 0 ? 'always' : 'auto',
  };
}

/**
 * The main face's five points in the picture scaled to a crop, as it would be read; null without a
 * face. A face too small to be found in the crop is looked for in the whole picture.
 */
async function pointsInCrop(
  image: RgbImage,
  networks: PhotoNetworks,
): Promise<readonly Point[] | null> {
  const crop = { width: CROP_SIZE, height: CROP_SIZE, data: prepareCrop(image, null) };
  const inCrop = await findMainFace(crop, networks);
  if (inCrop) return inCrop.face.points;
  if (isAligned(image)) return null;
  const whole = await findMainFace(image, networks);
  if (!whole) return null;
  const [across, down] = [CROP_SIZE / image.width, CROP_SIZE / image.height];
  // Whole numbers are pixel centres: hence the half pixels.
  return whole.face.points.map(([x, y]): Point => [
    (x + 0.5) * across - 0.5,
    (y + 0.5) * down - 0.5,
  ]);
}

/** Skips lost pictures: they are counted when the set is read. */
function nullIfLost(thrown: unknown): null {
  const isLost = thrown instanceof StudioError && /^bad-(image|source)$/.test(thrown.code);
  if (!isLost) throw thrown;
  return null;
}

/**
 * Distance of a face from its place in an aligned crop, in pixels, root mean square. Measures
 * position, size and rotation of the face as a whole, not how its shape differs from the template.
 */
function templateDistance(points: readonly Point[]): number {
  const { a, b, tx, ty } = similarity(TEMPLATE, points);
  const squares = TEMPLATE.map(
    ([x, y]) => (a * x - b * y + tx - x) ** 2 + (b * x + a * y + ty - y) ** 2,
  );
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
}
