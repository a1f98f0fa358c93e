import type { CropAugmentation } from './crop-decoder';
import { degrade, resizeArea, resizeBilinear } from '../degradation';
import { CROP_SIZE, type RgbImage } from '../face-record';

/** Scales a decoded picture to 112 × 112 if needed, then degrades it. */
export function prepareCrop(image: RgbImage, augmentation: CropAugmentation | null): Uint8Array {
  const crop = scaledToCrop(image);
  return augmentation ? degrade(crop, augmentation.levels, augmentation.seed).data : crop.data;
}

function scaledToCrop(image: RgbImage): RgbImage {
  const { width, height } = image;
  if (width === CROP_SIZE && height === CROP_SIZE) return image;
  const shrinks = width > CROP_SIZE || height > CROP_SIZE;
  return (shrinks ? resizeArea : resizeBilinear)(image, CROP_SIZE, CROP_SIZE);
}
