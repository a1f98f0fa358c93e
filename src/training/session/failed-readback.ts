/**
 * Whether a GPU refused to have a buffer read, as it does when it is lost: WebGPU's `mapAsync`
 * rejects with one of these.
 */
export const isFailedReadback = (thrown: unknown): thrown is DOMException =>
  thrown instanceof DOMException && ['AbortError', 'OperationError'].includes(thrown.name);
