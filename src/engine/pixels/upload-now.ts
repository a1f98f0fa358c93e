import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Sends a tensor's values to where they are computed with, at once. On webgpu tfjs keeps the array
 * that a tensor was made of until a kernel first reads it: a model of 260 MB would lie in
 * JavaScript's memory whole until its first picture. The wasm backend copies when the tensor is
 * made, and the cpu backend computes on the array itself.
 */
export function uploadNow<T extends Tensor>(tensor: T): T {
  if (tf.getBackend() !== 'webgpu') return tensor;
  const backend = tf.backend() as WebGPUBackend;
  backend.uploadToGPU(tensor.dataId);
  // A buffer that is used again is filled through a second one, which is let go when the queue is
  // submitted.
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  backend.submitQueue();
  return tensor;
}
