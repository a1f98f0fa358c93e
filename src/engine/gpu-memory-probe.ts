import * as tf from '@tensorflow/tfjs-core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { StudioError } from '../core/studio-error';

/** Limits of a probe, which also ends at the first refusal. */
export interface ProbeOptions {
  /** Most bytes of one buffer; the device's `maxBufferSize` is a limit too. */
  readonly chunkBytes?: number;
  /** Most buffers held at a time. */
  readonly maxBuffers?: number;
  /**
   * Most bytes to allocate: a software adapter hands out the machine's own memory until other
   * programs have none.
   */
  readonly limitBytes?: number;
}

const CHUNK_BYTES = 256 * 2 ** 20;
/** 256 GiB in chunks of the usual size: more than any card has. */
const MAX_BUFFERS = 1024;

/**
 * Measures how much GPU memory is free, which WebGPU doesn't report: makes buffers and writes to
 * them, one after another, until there are `bytes` or one is refused, and frees them all. Errors
 * don't reach the device's listeners.
 * @returns the bytes that could be allocated, at most `bytes`
 */
export async function probeGpuMemory(
  device: GPUDevice,
  bytes: number,
  options: ProbeOptions = {},
): Promise<number> {
  const { chunkBytes = CHUNK_BYTES, maxBuffers = MAX_BUFFERS, limitBytes = Infinity } = options;
  const chunk = Math.min(chunkBytes, device.limits.maxBufferSize);
  const wanted = Math.min(bytes, limitBytes);
  // On a lost device every call seems to succeed.
  let lost = false;
  void device.lost.then(() => (lost = true));
  const held: GPUBuffer[] = [];
  let allocated = 0;
  try {
    while (allocated < wanted && held.length < maxBuffers) {
      // The size of a buffer that is cleared must be a multiple of four.
      const size = Math.max(4, Math.ceil(Math.min(chunk, wanted - allocated) / 4) * 4);
      const made = await withoutError(device, () =>
        held.push(
          device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST }),
        ),
      );
      // Some drivers allocate memory only when it is first written.
      const written = made && (await withoutError(device, () => touch(device, held.at(-1)!)));
      if (written) await device.queue.onSubmittedWorkDone().catch(() => (lost = true));
      if (!written || lost) break;
      allocated += size;
    }
  } finally {
    for (const buffer of held) buffer.destroy();
  }
  return Math.min(allocated, bytes);
}

/**
 * Makes sure that the current webgpu backend can hold `bytes` more.
 * @param what the start of the message's sentence: what needs them
 * @throws StudioError `out-of-gpu-memory` with the bytes that are needed and that could be had
 */
export async function requireGpuMemory(
  what: string,
  bytes: number,
  options: ProbeOptions = {},
): Promise<void> {
  const { limitBytes = Infinity } = options;
  const refusal = (found: string) =>
    new StudioError(
      'out-of-gpu-memory',
      `${what} needs ${gibibytes(bytes)} on the GPU; ${found}.`,
      'Choose a smaller head, or close other pages and programs that use the GPU.',
    );
  // More than the limit can't be allocated anyway, so nothing is probed.
  if (bytes > limitBytes) throw refusal(`a page may take ${gibibytes(limitBytes)} of it`);
  const found = await probeGpuMemory((tf.backend() as WebGPUBackend).device, bytes, options);
  if (found < bytes) throw refusal(`${gibibytes(found)} could be had`);
}

/** Bytes in GiB, whatever their size, so that two amounts in a message are easy to compare. */
export function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

/**
 * Whether `act` caused no error on the device. The error scopes are popped in the same task, so
 * that they see no other command's errors.
 */
async function withoutError(device: GPUDevice, act: () => unknown): Promise<boolean> {
  device.pushErrorScope('validation');
  device.pushErrorScope('internal');
  device.pushErrorScope('out-of-memory');
  act();
  const errors = await Promise.all([
    device.popErrorScope(),
    device.popErrorScope(),
    device.popErrorScope(),
  ]).catch(() => null);
  return errors !== null && errors.every((error) => error === null);
}

function touch(device: GPUDevice, buffer: GPUBuffer): void {
  const encoder = device.createCommandEncoder();
  encoder.clearBuffer(buffer);
  device.queue.submit([encoder.finish()]);
}
