import { isAligned } from './crop-photo';
import { CROP_SIZE, type RgbImage } from '../../faces/face-record';
import { findMainFace, type PhotoNetworks } from './find-faces';
import { prepareCrop } from '../../faces/decode/prepare-crop';
import { similarity, TEMPLATE, type Point } from '../../faces/similarity-transform';
import { StudioError } from '../../core/studio-error';
import type { Align, AlignmentSample } from './alignment';

/** Pictures of a set that are looked at, and with fewer faces than how many nothing is said. */
const [MAX_LOOKED, MIN_FOUND] = [24, 4];

/**
 * From here on, in pixels of a crop, a set is said not to be aligned. By the median, aligned crops
 * of CelebA are 1.4 to 1.9 apart, cuts from the middle of LFW's pictures 6.6 to 8, and those whole
 * 16.
 */
const MAX_APART = 5;

/**
 * Looks at some of the pictures that `align` takes for aligned crops, spread evenly over the set.
 * @returns null where there are none, or too few show a face that is found
 * @throws what `decode` throws, but for `bad-image` and `bad-source`
 */
export async function sampleAlignment(
  pictures: readonly string[],
  align: Align,
  decode: (picture: string) => Promise<RgbImage>,
  networks: PhotoNetworks,
  isStopped?: () => boolean | Promise<boolean>,
): Promise<AlignmentSample | null> {
  if (align === 'always') return null;
  const distances: number[] = [];
  let [looked, ofCropSize] = [0, 0];
  const count = Math.min(MAX_LOOKED, pictures.length);
  for (let i = 0; i < count; i++) {
    if (await isStopped?.()) return null;
    const image = await decode(pictures[Math.floor((i * pictures.length) / count)]!).catch(
      unlessLost,
    );
    if (!image || (align === 'auto' && !isAligned(image))) continue;
    looked++;
    if (isAligned(image)) ofCropSize++;
    const crop = { width: CROP_SIZE, height: CROP_SIZE, data: prepareCrop(image, null) };
    const main = await findMainFace(crop, networks);
    if (main) distances.push(apartFromTemplate(main.face.points));
  }
  const found = distances.length;
  if (found < MIN_FOUND || 2 * found < looked) return null;
  const apart = distances.sort((a, b) => a - b)[found >> 1]!;
  const remedy = ofCropSize > 0 ? 'always' : 'auto';
  return { looked, found, apart, aligned: apart <= MAX_APART, remedy };
}

/** What is lost is counted when it is read. */
function unlessLost(thrown: unknown): null {
  const isLost = thrown instanceof StudioError && /^bad-(image|source)$/.test(thrown.code);
  if (!isLost) throw thrown;
  return null;
}

/**
 * How far a crop's face lies from where the template has it, as a whole: by its place, size and
 * turn, and not by how this face differs from others. In pixels, the root of the mean square.
 */
function apartFromTemplate(points: readonly Point[]): number {
  const { a, b, tx, ty } = similarity(TEMPLATE, points);
  const squares = TEMPLATE.map(
    ([x, y]) => (a * x - b * y + tx - x) ** 2 + (b * x + a * y + ty - y) ** 2,
  );
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
}
