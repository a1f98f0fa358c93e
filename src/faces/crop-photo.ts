import { StudioError } from '../formats/studio-error';
import { detectFaces, type FaceBox } from './detect-faces';
import { CROP_SIZE, type RgbImage } from './face-record';
import { findLandmarks } from './find-landmarks';
import type { ImageNetwork } from './image-network';
import { similarity, TEMPLATE, type Point } from './similarity';
import { warpImage } from './warp-image';

/** What finds faces and their points. */
export interface PhotoNetworks {
  readonly detector: ImageNetwork;
  readonly landmarks: ImageNetwork;
}

/** A face cut out of a picture, ready for the backbone. */
export interface PhotoCrop {
  /** 112 × 112 × 3 RGB bytes. */
  readonly crop: Uint8Array;
  /** `aligned`: the picture was a 112 × 112 crop already and is left as it is. */
  readonly origin: 'photo' | 'aligned';
  /** Faces found in the picture; the first of {@link detectFaces} is the one cut out. */
  readonly faces: number;
}

/** A face in a picture. */
export interface FoundFace {
  readonly box: FaceBox;
  /** Eyes, nose tip and mouth corners in pixels of the picture; whole numbers are pixel centres. */
  readonly points: readonly Point[];
}

/** All faces of a picture, as {@link detectFaces} orders them. */
export async function findFaces(image: RgbImage, networks: PhotoNetworks): Promise<FoundFace[]> {
  const faces: FoundFace[] = [];
  for (const box of await detectFaces(image, networks.detector)) faces.push({ box, points: await findLandmarks(image, box, networks.landmarks) });
  return faces;
}

/**
 * The main face of a picture, brought to InsightFace's five-point template.
 * @throws StudioError `no-face`
 */
export async function cropPhoto(image: RgbImage, name: string, networks: PhotoNetworks): Promise<PhotoCrop> {
  if (isAligned(image)) return { crop: image.data, origin: 'aligned', faces: 1 };
  const [main, ...others] = await detectFaces(image, networks.detector);
  if (!main) throw noFace(image, name);
  return { crop: alignFace(image, await findLandmarks(image, main, networks.landmarks)), origin: 'photo', faces: 1 + others.length };
}

/** A 112 × 112 picture is taken for an aligned crop. */
export const isAligned = ({ width, height }: RgbImage): boolean => width === CROP_SIZE && height === CROP_SIZE;

/** What is said of a picture without a face. */
export function noFace({ width, height }: RgbImage, name: string): StudioError {
  return new StudioError('no-face', `No face was found in ${name} (${width} × ${height}).`, 'Choose a picture with a face that looks towards the camera.');
}

/**
 * Warps a picture so that its five points fall on the template: 112 × 112 × 3 RGB bytes.
 * @param zoom above 1 the face is so much larger than the template has it, about the middle of its points
 */
export function alignFace(image: RgbImage, points: readonly Point[], zoom = 1): Uint8Array {
  const [middleX, middleY] = [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis]!, 0) / points.length) as [number, number];
  const near = points.map(([x, y]): Point => [middleX + (x - middleX) / zoom, middleY + (y - middleY) / zoom]);
  const { a, b, tx, ty } = similarity(TEMPLATE, near);
  return warpImage(image, { xx: a, xy: -b, x0: tx, yx: b, yy: a, y0: ty }, CROP_SIZE, CROP_SIZE, 'black').data;
}
