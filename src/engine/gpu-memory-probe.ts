import * as tf from '@tensorflow/tfjs-core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { StudioError } from '../core/studio-error';

/** Where a probe ends, besides at the first refusal. */
export interface ProbeOptions {
  /** One buffer's bytes, at most; never more than the device's `maxBufferSize`. */
  readonly chunkBytes?: number;
  /** Buffers held at once, at most. */
  readonly mostBuffers?: number;
  /**
   * Bytes that may be taken: a software adapter gives away the machine's own memory until nothing
   * else has any.
   */
  readonly limitBytes?: number;
}

const CHUNK_BYTES = 256 * 2 ** 20;
/** 256 GiB in chunks of the usual size: more than any card has. */
const MAX_BUFFERS = 1024;

/**
 * WebGPU says nothing of how much memory there is, so it is asked for: buffers are made and written
 * to, one after another, until there are `bytes` or one is refused, and all are given back. Errors
 * stay inside; none reaches the device's listeners.
 * @returns the bytes that could be had, `bytes` at most
 */
export async function probeGpuMemory(
  device: GPUDevice,
  bytes: number,
  options: ProbeOptions = {},
): Promise<number> {
  const { chunkBytes = CHUNK_BYTES, mostBuffers = MAX_BUFFERS, limitBytes = Infinity } = options;
  const chunk = Math.min(chunkBytes, device.limits.maxBufferSize);
  const wanted = Math.min(bytes, limitBytes);
  // On a lost device everything seems to work.
  let lost = false;
  void device.lost.then(() => (lost = true));
  const held: GPUBuffer[] = [];
  let had = 0;
  try {
    while (had < wanted && held.length < mostBuffers) {
      // Sizes of buffers that are cleared come in fours.
      const size = Math.max(4, Math.ceil(Math.min(chunk, wanted - had) / 4) * 4);
      const made = await withoutError(device, () =>
        held.push(
          device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST }),
        ),
      );
      // Some drivers promise memory and find it when it is first written.
      const written = made && (await withoutError(device, () => touch(device, held.at(-1)!)));
      if (written) await device.queue.onSubmittedWorkDone().catch(() => (lost = true));
      if (!written || lost) break;
      had += size;
    }
  } finally {
    for (const buffer of held) buffer.destroy();
  }
  return Math.min(had, bytes);
}

/**
 * Makes sure that the current webgpu backend can hold `bytes` more.
 * @param what names what needs them, as the beginning of a sentence
 * @throws StudioError `out-of-gpu-memory` with what is needed and what could be had
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
  // What may not be had anyway is not asked for.
  if (bytes > limitBytes) throw refusal(`a page may take ${gibibytes(limitBytes)} of it`);
  const had = await probeGpuMemory((tf.backend() as WebGPUBackend).device, bytes, options);
  if (had < bytes) throw refusal(`${gibibytes(had)} could be had`);
}

/** Bytes as a person reads them. */
export function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

/**
 * Whether `act` went without an error on the device. Scopes close before anything else can be asked
 * of the device.
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
