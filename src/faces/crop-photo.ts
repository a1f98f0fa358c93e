import { StudioError } from '../formats/studio-error';
import { detectFaces } from './detect-faces';
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
  /** Faces found in the picture; the largest is the one cut out. */
  readonly faces: number;
}

/**
 * The largest face of a picture, brought to InsightFace's five-point template.
 * @throws StudioError `no-face`
 */
export async function cropPhoto(image: RgbImage, name: string, networks: PhotoNetworks): Promise<PhotoCrop> {
  if (image.width === CROP_SIZE && image.height === CROP_SIZE) return { crop: image.data, origin: 'aligned', faces: 1 };
  const faces = await detectFaces(image, networks.detector);
  if (!faces[0]) {
    throw new StudioError('no-face', `No face was found in ${name} (${image.width} × ${image.height}).`, 'Choose a picture with a face that looks towards the camera.');
  }
  return { crop: alignFace(image, await findLandmarks(image, faces[0], networks.landmarks)), origin: 'photo', faces: faces.length };
}

/** Warps a picture so that its five points fall on the template: 112 × 112 × 3 RGB bytes. */
export function alignFace(image: RgbImage, points: readonly Point[]): Uint8Array {
  const { a, b, tx, ty } = similarity(TEMPLATE, points);
  return warpImage(image, { xx: a, xy: -b, x0: tx, yx: b, yy: a, y0: ty }, CROP_SIZE, CROP_SIZE, 'black').data;
}
