import type { Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { InputConvention } from '../input-convention';
import type { PackedPixels } from './packed-pixels';
import { unpackOnGpu } from './unpack-pixels-webgpu';

/**
 * Packed bytes to network input [B, side, side, 3]: normalised, channel-swapped and mirrored. On
 * webgpu the bytes are uploaded unchanged and one kernel does the rest; on other backends the CPU
 * does it, because they share its memory.
 */
export function unpackPixels(packed: PackedPixels, convention: InputConvention): Tensor4D {
  return tf.getBackend() === 'webgpu'
    ? unpackOnGpu(packed, convention)
    : unpackOnCpu(packed, convention);
}

/** The same on the CPU. */
export function unpackOnCpu(
  { size, side, pixels, flips }: PackedPixels,
  { order, mean, scale }: InputConvention,
): Tensor4D {
  const values = new Float32Array(pixels.length);
  const table = Float32Array.from({ length: 256 }, (_, byte) => (byte - mean) * scale);
  const [first, last] = order === 'RGB' ? [0, 2] : [2, 0];
  let to = 0;
  for (let row = 0; row < size * side; row++) {
    const mirrored = flips[Math.floor(row / side)] === 1;
    let from = 3 * (row * side + (mirrored ? side - 1 : 0));
    const stride = mirrored ? -3 : 3;
    for (let x = 0; x < side; x++, from += stride) {
      values[to++] = table[pixels[from + first]!]!;
      values[to++] = table[pixels[from + 1]!]!;
      values[to++] = table[pixels[from + last]!]!;
    }
  }
  return tf.tensor4d(values, [size, side, side, 3]);
}
