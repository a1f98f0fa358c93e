import * as tf from '@tensorflow/tfjs-core';
import { StudioError } from '../core/studio-error';
import { fixMatMulOrder } from './fixed-order-matmul';

/** A WebGPU adapter, as shown by the badge and the Machine panel. */
export interface AdapterReport {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  /** A software adapter computes correctly, but far slower than wasm. */
  readonly isSoftware: boolean;
}

/** The device that tfjs runs on; the studio makes and watches it. */
export interface OwnedDevice {
  readonly device: GPUDevice;
  readonly adapter: AdapterReport;
}

/**
 * Makes a device with the adapter's own limits and registers it as tfjs's `webgpu` backend, in
 * place of the stock one. Stock tfjs ignores errors: a kernel that fails validation then returns
 * the old content of its buffer. Here the first uncaptured error or lost device reaches `onFault`.
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
  // Fetched where it is used only: it is a sixth of all that the worker would have to read.
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
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

/** Reports the first fault of a device. */
function watch(device: GPUDevice, onFault: (error: StudioError) => void): void {
  let reported = false;
  const report = (error: StudioError) => {
    if (reported) return;
    reported = true;
    onFault(error);
  };
  device.addEventListener('uncapturederror', ({ error }) => {
    if (error instanceof GPUOutOfMemoryError) {
      report(
        new StudioError(
          'out-of-gpu-memory',
          `The GPU is out of memory: ${error.message}`,
          'Lower the batch size or choose the compact head, then resume.',
        ),
      );
      return;
    }
    report(
      new StudioError(
        'gpu-error',
        `The GPU refused a command: ${error.message}`,
        'Resume from the last checkpoint, or choose wasm under "Machine".',
      ),
    );
  });
  void device.lost.then(({ message, reason }) => {
    const cause = message ? `${reason}: ${message}` : reason;
    report(
      new StudioError(
        'device-lost',
        `The GPU was lost (${cause}).`,
        'Resume: the run goes on from its last checkpoint.',
      ),
    );
  });
}
