import { CROP_SIZE, type RgbImage } from '../../faces/face-record';
import { similarity, TEMPLATE, type Point } from '../../faces/similarity-transform';
import { warpImage } from './warp-image';

/** Whether a picture is taken for an aligned crop: if it has 112 × 112 pixels. */
export const isAligned = ({ width, height }: RgbImage): boolean =>
  width === CROP_SIZE && height === CROP_SIZE;

/**
 * Warps a picture so that its five points lie on a template, as well as a similarity transform can.
 * @param template where the points come to lie in the crop
 * @returns 112 × 112 × 3 RGB bytes
 */
export function alignFace(
  image: RgbImage,
  points: readonly Point[],
  template: readonly Point[] = TEMPLATE,
): Uint8Array {
  const { a, b, tx, ty } = similarity(template, points);
  return warpImage(
    image,
    { xx: a, xy: -b, x0: tx, yx: b, yy: a, y0: ty },
    CROP_SIZE,
    CROP_SIZE,
    'black',
  ).data;
}
