import { StudioError, type StudioErrorCode } from '../../core/studio-error';

/**
 * Whether an error is a failed readback: WebGPU's `mapAsync` rejects with one of these names, for
 * example when the device is lost.
 */
export const isFailedReadback = (thrown: unknown): thrown is DOMException =>
  thrown instanceof DOMException && ['AbortError', 'OperationError'].includes(thrown.name);

const DEVICE_CODES: readonly StudioErrorCode[] = ['device-lost', 'gpu-error', 'out-of-gpu-memory'];

/** Whether an error says that the device has failed, and nothing about what it was asked for. */
export const isDeviceFault = (thrown: unknown): boolean =>
  isFailedReadback(thrown) || (thrown instanceof StudioError && DEVICE_CODES.includes(thrown.code));
