import type { CropAugmentation } from './crop-decoder';
import { degrade, resizeArea, resizeBilinear } from '../degradation';
import { CROP_SIZE, type RgbImage } from '../face-record';

/** A decoded picture as a crop: scaled to 112 × 112 where it isn't, then degraded. */
export function prepareCrop(image: RgbImage, augmentation: CropAugmentation | null): Uint8Array {
  const fits = image.width === CROP_SIZE && image.height === CROP_SIZE;
  const shrinks = image.width > CROP_SIZE || image.height > CROP_SIZE;
  const crop = fits
    ? image
    : shrinks
      ? resizeArea(image, CROP_SIZE, CROP_SIZE)
      : resizeBilinear(image, CROP_SIZE, CROP_SIZE);
  return augmentation ? degrade(crop, augmentation.levels, augmentation.seed).data : crop.data;
}
