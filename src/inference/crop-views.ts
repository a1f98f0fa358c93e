import type { CropAugmentation } from '../faces/decode/crop-decoder';
import { degrade } from '../faces/degradation';
import { CROP_SIZE, type RgbImage } from '../faces/face-record';
import { mirroredTemplate, type Point } from '../faces/similarity-transform';
import { alignFace } from './align/crop-photo';
import { policyViews, type ReadingPolicy } from './reading-policy';

/**
 * The crops that a policy looks at, one for each of its views.
 * @param points the face's five points in pixels of the picture
 * @returns 112 × 112 × 3 RGB bytes each. None is mirrored: the reader mirrors while it packs them
 */
export function photoViews(
  image: RgbImage,
  points: readonly Point[],
  policy: ReadingPolicy,
): Uint8Array[] {
  return policyViews[policy].map(({ realigned }) =>
    alignFace(image, points, realigned ? MIRRORED : undefined),
  );
}

const MIRRORED = mirroredTemplate(CROP_SIZE);

/**
 * The same for a crop that is aligned already, and is taken as it is.
 * @param crop 112 × 112 × 3 RGB bytes, returned once for each view
 */
export function cropViews(crop: Uint8Array, policy: ReadingPolicy): Uint8Array[] {
  return policyViews[policy].map(() => crop);
}

/** Degrades all views of a face alike. */
export function degradedViews(
  views: readonly Uint8Array[],
  { levels, seed }: CropAugmentation,
): Uint8Array[] {
  // Two views may be one array, which is then degraded once.
  const done = new Map<Uint8Array, Uint8Array>();
  return views.map((crop) => {
    const known = done.get(crop);
    if (known) return known;
    const { data } = degrade({ width: CROP_SIZE, height: CROP_SIZE, data: crop }, levels, seed);
    done.set(crop, data);
    return data;
  });
}
