import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { uploadNow } from '../pixels/upload-now';
import { MAX_GROUPS, runKernel, type GpuKernel } from './gpu-kernel';

const WORKGROUP = 256;

const copyValues: GpuKernel = {
  name: 'copyValues',
  inputs: ['values'],
  uniforms: { at: 'i32', size: 'i32', stride: 'i32' },
  workgroupSize: [WORKGROUP, 1, 1],
  code: `
    fn main(index : i32) {
      let first = i32(workgroupId.x) * ${WORKGROUP} + i32(localIndex);
      for (var i = first; i < uniforms.size; i = i + uniforms.stride) {
        result[uniforms.at + i] = values[i];
      }
    }`,
};

/**
 * Writes values into a float32 tensor where it lies, in order with tfjs's own kernels: no second
 * tensor of its size is made, as putting parts together would.
 * @param target whose values nobody shares, and of which nothing has been read back
 * @param at the element that the first value goes to
 * @throws Error if they don't fit behind it
 */
export function writeValues(target: Tensor, values: Float32Array, at: number): void {
  if (at + values.length > target.size)
    throw new Error(`${values.length} values at ${at} of a tensor of ${target.size}`);
  const backend = tf.getBackend();
  if (backend === 'webgpu') writeOnGpu(target, values, at);
  else if (backend === 'wasm')
    (tf.backend() as BackendWasm).typedArrayFromHeap(target).set(values, at);
  else {
    // The cpu backend computes on plain arrays.
    const { data } = tf.backend() as MathBackendCPU;
    (data.get(target.dataId).values as Float32Array).set(values, at);
  }
}

function writeOnGpu(target: Tensor, values: Float32Array, at: number): void {
  // Otherwise fifteen parts would wait for their upload.
  const part = uploadNow(tf.tensor1d(values));
  const size = values.length;
  const groups = Math.min(Math.ceil(size / WORKGROUP), MAX_GROUPS);
  runKernel(copyValues, [part], [groups, 1, 1], { at, size, stride: groups * WORKGROUP }, target);
  part.dispose();
}
