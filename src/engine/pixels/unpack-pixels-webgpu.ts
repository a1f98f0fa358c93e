import type { Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { InputConvention } from '../input-convention';
import type { PackedPixels } from './packed-pixels';

type GpuProgram = Parameters<WebGPUBackend['runWebGPUProgram']>[0];

const WORKGROUP = 64;

/**
 * One thread a colour value: finds its byte in the packed words, normalises it, swaps and mirrors
 * by addressing.
 */
class UnpackPixelsProgram implements GpuProgram {
  readonly variableNames = ['packed', 'flips'];
  readonly uniforms = 'side : i32, mean : f32, scale : f32, swap : i32,';
  readonly shaderKey = 'unpackPixels';
  readonly workgroupSize: [number, number, number] = [WORKGROUP, 1, 1];
  readonly dispatchLayout = { x: [0] };
  readonly dispatch: [number, number, number];
  readonly size = true;

  constructor(readonly outputShape: number[]) {
    const groups = Math.ceil(outputShape[0]! / WORKGROUP);
    // A dispatch dimension holds 65,535 groups; a large batch spills into the second.
    const across = Math.min(groups, 65535);
    this.dispatch = [across, Math.ceil(groups / across), 1];
  }

  getUserCode(): string {
    return `
      fn main(index : i32) {
        if (index < uniforms.size) {
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
          setOutputAtIndex(index, (f32(byte) - uniforms.mean) * uniforms.scale);
        }
      }`;
  }
}

/** See {@link unpackPixels}: 4 bytes a word up, one dispatch. */
export function unpackOnGpu(
  { size, side, pixels, flips }: PackedPixels,
  { order, mean, scale }: InputConvention,
): Tensor4D {
  const backend = tf.backend() as WebGPUBackend;
  return tf.tidy(() => {
    const words = new Int32Array(pixels.buffer, pixels.byteOffset, pixels.byteLength >> 2);
    const packed = tf.tensor1d(words, 'int32');
    const mirror = tf.tensor1d(Int32Array.from(flips), 'int32');
    const program = new UnpackPixelsProgram([pixels.length]);
    const uniforms = [
      { type: 'int32', data: [side] },
      { type: 'float32', data: [mean] },
      { type: 'float32', data: [scale] },
      { type: 'int32', data: [order === 'BGR' ? 1 : 0] },
    ];
    const flat = backend.runWebGPUProgram(program, [packed, mirror], 'float32', uniforms);
    return tf.reshape(tf.engine().makeTensorFromTensorInfo(flat), [
      size,
      side,
      side,
      3,
    ]) as Tensor4D;
  });
}
