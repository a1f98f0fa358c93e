import { CROP_SIZE, type RgbImage } from '../../faces/face-record';
import { similarity, TEMPLATE, type Point } from '../../faces/similarity-transform';
import { warpImage } from './warp-image';

/** Whether a picture is taken for an aligned crop: if it has 112 × 112 pixels. */
export const isAligned = ({ width, height }: RgbImage): boolean =>
  width === CROP_SIZE && height === CROP_SIZE;

/**
 * Warps a picture so that its five points lie on the template, as well as a similarity transform
 * can.
 * @param zoom enlarges the face by this factor about the middle of its points
 * @returns 112 × 112 × 3 RGB bytes
 */
export function alignFace(image: RgbImage, points: readonly Point[], zoom = 1): Uint8Array {
  const [middleX, middleY] = [0, 1].map(
    (axis) => points.reduce((sum, point) => sum + point[axis]!, 0) / points.length,
  ) as [number, number];
  const zoomed = points.map(([x, y]): Point => [
    middleX + (x - middleX) / zoom,
    middleY + (y - middleY) / zoom,
  ]);
  const { a, b, tx, ty } = similarity(TEMPLATE, zoomed);
  return warpImage(
    image,
    { xx: a, xy: -b, x0: tx, yx: b, yy: a, y0: ty },
    CROP_SIZE,
    CROP_SIZE,
    'black',
  ).data;
}
