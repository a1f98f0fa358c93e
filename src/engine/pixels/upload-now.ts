import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Uploads a tensor's values immediately. On webgpu tfjs otherwise keeps the array that a tensor was
 * made from until a kernel first reads it: a model of 260 MB would stay in JavaScript's memory
 * until its first picture. The wasm backend copies when the tensor is made, and the cpu backend
 * computes on the array itself.
 */
export function uploadNow<T extends Tensor>(tensor: T): T {
  if (tf.getBackend() !== 'webgpu') return tensor;
  const backend = tf.backend() as WebGPUBackend;
  backend.uploadToGPU(tensor.dataId);
  // A reused buffer is filled through a staging buffer, which is released when the queue is
  // submitted.
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  backend.submitQueue();
  return tensor;
}
