import { CROP_SIZE } from '../../../faces/face-record';

/**
 * A crop made smaller by the mean of its pixels, as opaque RGBA for a canvas.
 * @param crop 112 × 112 × 3 RGB bytes
 * @param side of the result; it divides 112
 * @param mirrored turns left to right
 */
export function shrunk(crop: Uint8Array, side: number, mirrored = false): Uint8ClampedArray {
  const block = CROP_SIZE / side;
  const pixels = new Uint8ClampedArray(4 * side * side).fill(255);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const to = 4 * (y * side + (mirrored ? side - 1 - x : x));
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let dy = 0; dy < block; dy++)
          for (let dx = 0; dx < block; dx++)
            sum += crop[3 * ((y * block + dy) * CROP_SIZE + x * block + dx) + channel]!;
        pixels[to + channel] = sum / (block * block);
      }
    }
  return pixels;
}
