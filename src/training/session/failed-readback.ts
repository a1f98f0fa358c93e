/**
 * Whether an error is a failed readback: WebGPU's `mapAsync` rejects with one of these names, for
 * example when the device is lost.
 */
export const isFailedReadback = (thrown: unknown): thrown is DOMException =>
  thrown instanceof DOMException && ['AbortError', 'OperationError'].includes(thrown.name);
