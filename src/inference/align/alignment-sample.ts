import { isAligned } from './crop-photo';
import { CROP_SIZE, type RgbImage } from '../../faces/face-record';
import { findMainFace, type PhotoNetworks } from './find-faces';
import { prepareCrop } from '../../faces/decode/prepare-crop';
import { similarity, TEMPLATE, type Point } from '../../faces/similarity-transform';
import { StudioError } from '../../core/studio-error';
import type { AlignMode, AlignmentSample } from './alignment';

/** Pictures in a sample, at most. */
const MAX_PICTURES = 24;
/** With fewer faces found than this, there is no result. */
const MIN_FACES = 4;

/**
 * Largest median distance from the template, in pixels of a crop, of an aligned set. Aligned crops
 * of CelebA have 1.4 to 1.9, cuts from the middle of LFW's pictures 6.6 to 8, whole LFW pictures
 * 16.
 */
const MAX_MEDIAN_DISTANCE = 5;

/**
 * Checks whether the pictures that `align` takes for aligned crops are aligned, by a sample spread
 * evenly over the set.
 * @returns null if there are no such pictures, or a face is found in too few of them
 * @throws what `decode` throws, except `bad-image` and `bad-source`
 */
export async function sampleAlignment(
  pictures: readonly string[],
  align: AlignMode,
  decode: (picture: string) => Promise<RgbImage>,
  networks: PhotoNetworks,
  isStopped?: () => boolean | Promise<boolean>,
): Promise<AlignmentSample | null> {
  if (align === 'always') return null;
  const distances: number[] = [];
  let [looked, ofCropSize] = [0, 0];
  const count = Math.min(MAX_PICTURES, pictures.length);
  for (let i = 0; i < count; i++) {
    if (await isStopped?.()) return null;
    const image = await decode(pictures[Math.floor((i * pictures.length) / count)]!).catch(
      nullIfLost,
    );
    if (!image || (align === 'auto' && !isAligned(image))) continue;
    looked++;
    if (isAligned(image)) ofCropSize++;
    const crop = { width: CROP_SIZE, height: CROP_SIZE, data: prepareCrop(image, null) };
    const main = await findMainFace(crop, networks);
    if (main) distances.push(templateDistance(main.face.points));
  }
  const found = distances.length;
  if (found < MIN_FACES || 2 * found < looked) return null;
  const apart = distances.sort((a, b) => a - b)[found >> 1]!;
  const remedy = ofCropSize > 0 ? 'always' : 'auto';
  return { looked, found, apart, aligned: apart <= MAX_MEDIAN_DISTANCE, remedy };
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
