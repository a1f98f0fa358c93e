import { StudioError } from '../../core/studio-error';
import { CROP_SIZE, type RgbImage } from '../../faces/face-record';
import { findMainFace, type FoundFace, type PhotoNetworks } from './find-faces';
import { similarity, TEMPLATE, type Point } from '../../faces/similarity-transform';
import { warpImage } from './warp-image';

/*
 * Where five points become a crop: `alignFace` warps a picture so that its points lie on the
 * template. `cropPhoto` finds the main face's points first.
 */

/** The main face of a picture as an aligned crop, ready for the backbone. */
export interface PhotoCrop {
  /** 112 × 112 × 3 RGB bytes. */
  readonly crop: Uint8Array;
  /** `aligned`: the picture already was a 112 × 112 crop and is unchanged. */
  readonly origin: 'photo' | 'aligned';
  /** Number of faces in the picture; the main one is cropped. */
  readonly faces: number;
  /** The main face; null for an aligned crop, where none was searched. */
  readonly face: FoundFace | null;
}

/**
 * Finds the main face of a picture and aligns it to InsightFace's five-point template.
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

/** Whether a picture is taken for an aligned crop: if it has 112 × 112 pixels. */
export const isAligned = ({ width, height }: RgbImage): boolean =>
  width === CROP_SIZE && height === CROP_SIZE;

/** The error for a picture without a face. */
export function noFace({ width, height }: RgbImage, name: string): StudioError {
  return new StudioError(
    'no-face',
    `No face was found in ${name} (${width} × ${height}).`,
    'Choose a picture with a face that looks towards the camera.',
  );
}

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
