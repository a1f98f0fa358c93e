import { StudioError } from '../../core/studio-error';
import { CROP_SIZE, type RgbImage } from '../../faces/face-record';
import { findMainFace, type FoundFace, type PhotoNetworks } from './find-faces';
import { similarity, TEMPLATE, type Point } from '../../faces/similarity-transform';
import { warpImage } from './warp-image';

/** A face cut out of a picture, ready for the backbone. */
export interface PhotoCrop {
  /** 112 × 112 × 3 RGB bytes. */
  readonly crop: Uint8Array;
  /** `aligned`: the picture was a 112 × 112 crop already and is left as it is. */
  readonly origin: 'photo' | 'aligned';
  /** Faces found in the picture, of which the main one is cut out. */
  readonly faces: number;
  /** The one that is; null of an aligned crop, in which none was looked for. */
  readonly face: FoundFace | null;
}

/**
 * The main face of a picture, brought to InsightFace's five-point template.
 * @throws StudioError `no-face`
 */
export async function cropPhoto(
  image: RgbImage,
  name: string,
  networks: PhotoNetworks,
): Promise<PhotoCrop> {
  if (isAligned(image)) return { crop: image.data, origin: 'aligned', faces: 1, face: null };
  const main = await findMainFace(image, networks);
  if (!main) throw noFace(image, name);
  return { crop: alignFace(image, main.face.points), origin: 'photo', ...main };
}

/** A 112 × 112 picture is taken for an aligned crop. */
export const isAligned = ({ width, height }: RgbImage): boolean =>
  width === CROP_SIZE && height === CROP_SIZE;

/** What is said of a picture without a face. */
export function noFace({ width, height }: RgbImage, name: string): StudioError {
  return new StudioError(
    'no-face',
    `No face was found in ${name} (${width} × ${height}).`,
    'Choose a picture with a face that looks towards the camera.',
  );
}

/**
 * Warps a picture so that its five points fall on the template: 112 × 112 × 3 RGB bytes.
 * @param zoom above 1 the face is so much larger than the template has it, about the middle of its
 * points
 */
export function alignFace(image: RgbImage, points: readonly Point[], zoom = 1): Uint8Array {
  const [middleX, middleY] = [0, 1].map(
    (axis) => points.reduce((sum, point) => sum + point[axis]!, 0) / points.length,
  ) as [number, number];
  const near = points.map(([x, y]): Point => [
    middleX + (x - middleX) / zoom,
    middleY + (y - middleY) / zoom,
  ]);
  const { a, b, tx, ty } = similarity(TEMPLATE, near);
  return warpImage(
    image,
    { xx: a, xy: -b, x0: tx, yx: b, yy: a, y0: ty },
    CROP_SIZE,
    CROP_SIZE,
    'black',
  ).data;
}
