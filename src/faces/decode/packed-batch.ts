import { CROP_SIZE } from '../face-record';

/**
 * A batch for the GPU: RGB bytes exactly as decoded. It always has `size` rows, so that GPU buffers
 * have one shape; rows from `count` on are padding and must be masked out by the consumer.
 */
export interface PackedBatch {
  /** Capacity of the batch: B. */
  readonly size: number;
  /** Number of pictures, 1 ≤ count ≤ size. */
  readonly count: number;
  /** B × 112 × 112 × 3 bytes, RGB. */
  readonly pixels: Uint8Array;
  /** B flags; 1 mirrors the picture left to right when it is unpacked. */
  readonly flips: Uint8Array;
}

/** Bytes of one crop. */
export const CROP_BYTES = CROP_SIZE * CROP_SIZE * 3;

/**
 * Copies up to `size` crops (each `CROP_BYTES` long) into a fixed-shape batch; the rest is zero.
 */
export function packBatch(
  crops: readonly Uint8Array[],
  size: number,
  flips: readonly boolean[] = [],
): PackedBatch {
  if (crops.length === 0 || crops.length > size) {
    throw new RangeError(
      `A batch of ${size} was given ${crops.length} crops; it takes 1 to ${size}.`,
    );
  }
  const pixels = new Uint8Array(size * CROP_BYTES);
  const flipFlags = new Uint8Array(size);
  crops.forEach((crop, index) => {
    if (crop.length !== CROP_BYTES)
      throw new RangeError(`A crop has ${crop.length} bytes; ${CROP_BYTES} were expected.`);
    pixels.set(crop, index * CROP_BYTES);
    flipFlags[index] = flips[index] ? 1 : 0;
  });
  return { size, count: crops.length, pixels, flips: flipFlags };
}
