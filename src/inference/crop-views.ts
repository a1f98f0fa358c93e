import type { CropAugmentation } from '../faces/decode/crop-decoder';
import { degrade } from '../faces/degradation';
import { CROP_SIZE, type RgbImage } from '../faces/face-record';
import type { Point } from '../faces/similarity-transform';
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
  return policyViews[policy].map(({ zoom }) => alignFace(image, points, zoom));
}

/**
 * The same for a crop that is aligned already. It isn't zoomed: a face can only be made smaller by
 * inventing what lies beyond the crop's edge. On LFW's View 1, genuine and impostor pairs lie as far
 * apart by a crop and its mirror image (d′ 5.93) as by two zooms of the photograph (5.94); two zooms
 * of the crop give 5.81.
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
