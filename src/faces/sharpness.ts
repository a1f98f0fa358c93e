import { CROP_SIZE } from './face-record';

/**
 * Sharpness of a crop: the variance of the Laplacian (4, with −1 for each of the four neighbours)
 * of its grey picture, over the pixels that have four neighbours. Grey is 0.299 R + 0.587 G + 0.114
 * B.
 * @param crop 112 × 112 × 3 RGB bytes
 * @returns 0 for an even picture; a sharp face has some hundreds (grey levels squared)
 * @throws RangeError for another size
 */
export function sharpness(crop: Uint8Array): number {
  if (crop.length !== CROP_SIZE * CROP_SIZE * 3)
    throw new RangeError(
      `A crop has ${crop.length} bytes; ${CROP_SIZE} × ${CROP_SIZE} × 3 were expected.`,
    );
  const grey = new Float64Array(CROP_SIZE * CROP_SIZE);
  for (let i = 0; i < grey.length; i++)
    grey[i] = 0.299 * crop[3 * i]! + 0.587 * crop[3 * i + 1]! + 0.114 * crop[3 * i + 2]!;
  let [sum, squares] = [0, 0];
  for (let y = 1; y < CROP_SIZE - 1; y++) {
    for (let x = 1; x < CROP_SIZE - 1; x++) {
      const at = y * CROP_SIZE + x;
      const laplacian =
        4 * grey[at]! -
        grey[at - 1]! -
        grey[at + 1]! -
        grey[at - CROP_SIZE]! -
        grey[at + CROP_SIZE]!;
      sum += laplacian;
      squares += laplacian * laplacian;
    }
  }
  const pixels = (CROP_SIZE - 2) ** 2;
  return Math.max(0, squares / pixels - (sum / pixels) ** 2);
}
