import * as tf from '@tensorflow/tfjs-core';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { StudioError } from '../core/studio-error';
import { fixMatMulOrder } from './fixed-order-matmul';

/** A WebGPU adapter as the badge and the Machine panel show it. */
export interface AdapterReport {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  /** A software adapter: right, and far slower than wasm. */
  readonly isSoftware: boolean;
}

/** The device that tfjs runs on, made and watched by the studio. */
export interface OwnedDevice {
  readonly device: GPUDevice;
  readonly adapter: AdapterReport;
}

/**
 * Makes a device with the adapter's own limits and registers it as tfjs's `webgpu` backend, in
 * place of the stock one. Stock tfjs listens to nothing: a kernel that fails validation then
 * returns what lay in its buffer before. Here an uncaptured error or a lost device reaches
 * `onFault`, once.
 * @throws StudioError `no-webgpu`
 */
export async function registerOwnedDevice(
  onFault: (error: StudioError) => void,
): Promise<OwnedDevice> {
  const { gpu } = navigator as { gpu?: GPU };
  if (!gpu)
    throw new StudioError(
      'no-webgpu',
      'This browser has no WebGPU.',
      'Use a current Chrome or Edge, or go on with wasm.',
    );
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter)
    throw new StudioError(
      'no-webgpu',
      'The browser found no WebGPU adapter.',
      'See chrome://gpu for the reason, or go on with wasm.',
    );
  const device = await adapter.requestDevice({
    requiredFeatures: (['timestamp-query', 'bgra8unorm-storage'] as const).filter((feature) =>
      adapter.features.has(feature),
    ),
    requiredLimits: {
      maxComputeWorkgroupStorageSize: adapter.limits.maxComputeWorkgroupStorageSize,
      maxComputeWorkgroupsPerDimension: adapter.limits.maxComputeWorkgroupsPerDimension,
      maxStorageBufferBindingSize: adapter.limits.maxStorageBufferBindingSize,
      maxBufferSize: adapter.limits.maxBufferSize,
      maxComputeWorkgroupSizeX: adapter.limits.maxComputeWorkgroupSizeX,
      maxComputeInvocationsPerWorkgroup: adapter.limits.maxComputeInvocationsPerWorkgroup,
    },
  });
  watch(device, onFault);
  if (tf.engine().registryFactory.webgpu) tf.removeBackend('webgpu');
  fixMatMulOrder();
  tf.registerBackend('webgpu', () => new WebGPUBackend(device, adapter.info), 3);
  const { vendor, architecture, description, isFallbackAdapter } =
    adapter.info as GPUAdapterInfo & { isFallbackAdapter?: boolean };
  const isSoftware =
    isFallbackAdapter === true ||
    /swiftshader|llvmpipe|software|basic render/i.test(`${architecture} ${description}`);
  return { device, adapter: { vendor, architecture, description, isSoftware } };
}

function watch(device: GPUDevice, onFault: (error: StudioError) => void): void {
  let told = false;
  const notify = (error: StudioError) => {
    if (!told) onFault(error);
    told = true;
  };
  device.addEventListener('uncapturederror', ({ error }) => {
    const outOfMemory = error instanceof GPUOutOfMemoryError;
    notify(
      outOfMemory
        ? new StudioError(
            'out-of-gpu-memory',
            `The GPU is out of memory: ${error.message}`,
            'Lower the batch size or choose the compact head, then resume.',
          )
        : new StudioError(
            'gpu-error',
            `The GPU refused a command: ${error.message}`,
            'Resume from the last checkpoint, or choose wasm under "Machine".',
          ),
    );
  });
  void device.lost.then(({ message, reason }) =>
    notify(
      new StudioError(
        'device-lost',
        `The GPU was lost (${reason}${message ? `: ${message}` : ''}).`,
        'Resume: the run goes on from its last checkpoint.',
      ),
    ),
  );
}
