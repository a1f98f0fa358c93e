import type { Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { InputConvention } from '../input-convention';
import { MAX_GROUPS, runKernel, type GpuKernel } from '../kernels/gpu-kernel';
import type { PackedPixels } from './packed-pixels';

const WORKGROUP = 64;

/**
 * One thread for each colour value: finds its byte in the packed words, normalises it, and swaps
 * channels and mirrors by addressing.
 */
const unpackPixelsKernel: GpuKernel = {
  name: 'unpackPixels',
  inputs: ['packed', 'flips'],
  uniforms: { size: 'i32', side: 'i32', mean: 'f32', scale: 'f32', swap: 'i32' },
  workgroupSize: [WORKGROUP, 1, 1],
  code: `
    fn main(index : i32) {
      if (index >= uniforms.size) { return; }
      let channel = index % 3;
      let pixel = index / 3;
      let x = pixel % uniforms.side;
      let row = pixel / uniforms.side;
      let picture = row / uniforms.side;
      let fromX = select(x, uniforms.side - 1 - x, flips[picture] == 1);
      let fromChannel = select(channel, 2 - channel, uniforms.swap == 1);
      let at = (row * uniforms.side + fromX) * 3 + fromChannel;
      let word = bitcast<u32>(packed[at / 4]);
      let byte = (word >> (u32(at % 4) * 8u)) & 0xffu;
      result[index] = (f32(byte) - uniforms.mean) * uniforms.scale;
    }`,
};

/** {@link unpackPixels} on a GPU: uploads 4 bytes a word, and runs one dispatch. */
export function unpackOnGpu(
  { size, side, pixels, flips }: PackedPixels,
  { order, mean, scale }: InputConvention,
): Tensor4D {
  return tf.tidy(() => {
    const words = new Int32Array(pixels.buffer, pixels.byteOffset, pixels.byteLength >> 2);
    const packed = tf.tensor1d(words, 'int32');
    const mirror = tf.tensor1d(Int32Array.from(flips), 'int32');
    const groups = Math.ceil(pixels.length / WORKGROUP);
    // A large batch has more groups than one direction holds and spills into the second.
    const across = Math.min(groups, MAX_GROUPS);
    const flat = runKernel(
      unpackPixelsKernel,
      [packed, mirror],
      [across, Math.ceil(groups / across), 1],
      { size: pixels.length, side, mean, scale, swap: order === 'BGR' ? 1 : 0 },
      [pixels.length],
    );
    return tf.reshape(flat, [size, side, side, 3]) as Tensor4D;
  });
}
