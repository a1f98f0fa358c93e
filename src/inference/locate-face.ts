import { prepareCrop } from '../faces/decode/prepare-crop';
import type { CropAugmentation } from '../faces/decode/crop-decoder';
import type { RgbImage } from '../faces/face-record';
import { StudioError } from '../core/studio-error';
import { isAligned } from './align/crop-photo';
import { findMainFace, type MainFace, type PhotoNetworks } from './align/find-faces';
import { cropViews, degradedViews, photoViews } from './crop-views';
import type { ReadingPolicy } from './reading-policy';

/** A face of a picture, as the views that a policy looks at. */
export interface LocatedFace {
  readonly policy: ReadingPolicy;
  /** One crop of 112 × 112 × 3 RGB bytes for each view of the policy, none of them mirrored. */
  readonly crops: readonly Uint8Array[];
  /** The face as it was found, and how many there are; null for an aligned crop. */
  readonly found: MainFace | null;
}

/** How faces are located. */
export interface LocateOptions {
  readonly policy: ReadingPolicy;
  /** Networks that find faces; null to take every picture for an aligned crop. */
  readonly networks: PhotoNetworks | null;
  /** Finds faces in pictures of 112 × 112 too, instead of taking them for aligned crops. */
  readonly alignCrops?: boolean;
}

/** Locates the main face of a picture; null if no face is found. */
export async function locateMainFace(
  image: RgbImage,
  { policy, networks, alignCrops = false }: LocateOptions,
): Promise<LocatedFace | null> {
  if (!networks || (isAligned(image) && !alignCrops))
    return locatedCrop(prepareCrop(image, null), policy);
  const found = await findMainFace(image, networks);
  return found && locatedIn(image, found, policy);
}

/** A face that was found in a picture. */
export function locatedIn(image: RgbImage, found: MainFace, policy: ReadingPolicy): LocatedFace {
  return { policy, crops: photoViews(image, found.face.points, policy), found };
}

/** A crop that is aligned already. @param crop 112 × 112 × 3 RGB bytes */
export function locatedCrop(crop: Uint8Array, policy: ReadingPolicy): LocatedFace {
  return { policy, crops: cropViews(crop, policy), found: null };
}

/** The same face, degraded after alignment. */
export function degradedFace(face: LocatedFace, augmentation: CropAugmentation): LocatedFace {
  return { ...face, crops: degradedViews(face.crops, augmentation) };
}

/** The error for a picture without a face. */
export function noFace({ width, height }: RgbImage, name: string): StudioError {
  return new StudioError(
    'no-face',
    `No face was found in ${name} (${width} × ${height}).`,
    'Choose a picture with a face that looks towards the camera.',
  );
}
