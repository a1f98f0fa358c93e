/** What a page has asked of its GPU since {@link countGpuTraffic}. */
export interface GpuTraffic {
  dispatches: number;
  submits: number;
  /** Bytes of tensors sent up. */
  uploadedBytes: number;
  /** Bytes of kernel parameters sent up. */
  uniformBytes: number;
}

/**
 * Counts at the seam of WebGPU itself, whatever library stands above: every compute dispatch, and
 * every byte that a page writes into a buffer, through the queue or into a buffer that is mapped as
 * it is made.
 */
export function countGpuTraffic(): Readonly<GpuTraffic> {
  const traffic: GpuTraffic = { dispatches: 0, submits: 0, uploadedBytes: 0, uniformBytes: 0 };
  const wrote = (buffer: GPUBuffer, bytes: number) => {
    if (buffer.usage & GPUBufferUsage.UNIFORM) traffic.uniformBytes += bytes;
    else traffic.uploadedBytes += bytes;
  };

  const pass = GPUComputePassEncoder.prototype;
  const { dispatchWorkgroups, dispatchWorkgroupsIndirect } = pass;
  pass.dispatchWorkgroups = function (...args) {
    traffic.dispatches++;
    return dispatchWorkgroups.apply(this, args);
  };
  pass.dispatchWorkgroupsIndirect = function (...args) {
    traffic.dispatches++;
    return dispatchWorkgroupsIndirect.apply(this, args);
  };

  const queue = GPUQueue.prototype;
  const { submit, writeBuffer } = queue;
  queue.submit = function (...args) {
    traffic.submits++;
    return submit.apply(this, args);
  };
  queue.writeBuffer = function (
    buffer: GPUBuffer,
    offset: number,
    data: GPUAllowSharedBufferSource,
    dataOffset = 0,
    size?: number,
  ) {
    // Offset and size count elements of a typed array, and bytes of anything else.
    const unit =
      ArrayBuffer.isView(data) && 'BYTES_PER_ELEMENT' in data ? Number(data.BYTES_PER_ELEMENT) : 1;
    wrote(buffer, size === undefined ? data.byteLength - dataOffset * unit : size * unit);
    return writeBuffer.call(this, buffer, offset, data, dataOffset, size);
  };

  // A buffer mapped later is mapped to be read; only those mapped as they are made carry bytes up.
  const mappedAtCreation = new WeakSet<GPUBuffer>();
  const { createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    if (descriptor.mappedAtCreation) mappedAtCreation.add(buffer);
    return buffer;
  };
  const { getMappedRange } = GPUBuffer.prototype;
  GPUBuffer.prototype.getMappedRange = function (...args) {
    const range = getMappedRange.apply(this, args);
    if (mappedAtCreation.delete(this)) wrote(this, range.byteLength);
    return range;
  };
  return traffic;
}

/** What lies between two readings of the counters. */
export function difference(later: Readonly<GpuTraffic>, earlier: Readonly<GpuTraffic>): GpuTraffic {
  return {
    dispatches: later.dispatches - earlier.dispatches,
    submits: later.submits - earlier.submits,
    uploadedBytes: later.uploadedBytes - earlier.uploadedBytes,
    uniformBytes: later.uniformBytes - earlier.uniformBytes,
  };
}
