import * as tf from '@tensorflow/tfjs-core';
// tfjs-core alone registers no gradients.
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { getThreadsCount, setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { messageOf, StudioError } from '../core/studio-error';
import { selfTest, type SelfTestResult } from './backend-self-test';
import { registerOwnedDevice, type AdapterReport } from './gpu-device';

/** Which backend may be asked for. */
export type BackendPreference = 'auto' | 'webgpu' | 'wasm';

/** The backend that runs, and why it was chosen: plain data. */
export interface BackendReport {
  readonly backend: 'webgpu' | 'wasm';
  readonly requested: BackendPreference;
  /** A sentence for the badge. */
  readonly reason: string;
  readonly adapter: AdapterReport | null;
  readonly limits: {
    readonly maxStorageBufferBindingSize: number;
    readonly maxBufferSize: number;
  } | null;
  readonly features: readonly string[];
  readonly wasmThreads: number | null;
  readonly selfTest: SelfTestResult;
}

/** How to choose. */
export interface BackendOptions {
  readonly preference: BackendPreference;
  /** Folder of the wasm binaries, with a slash at the end. */
  readonly wasmPath: string;
  readonly onFault: (error: StudioError) => void;
}

/**
 * Makes a backend current: webgpu if it passes its self-test, else wasm. A software adapter
 * computes rightly but some fifty times slower than wasm on the same cores, so `auto` passes it
 * over. What was asked for by name is taken or fails.
 * @throws StudioError `no-webgpu` or `backend-failed-self-test`
 */
export async function chooseBackend(options: BackendOptions): Promise<BackendReport> {
  if (options.preference === 'wasm') return startWasm(options, 'wasm was asked for');
  try {
    return await startWebGpu(options);
  } catch (thrown) {
    if (options.preference === 'webgpu') throw thrown;
    return startWasm(options, messageOf(thrown));
  }
}

async function startWebGpu({ preference, onFault }: BackendOptions): Promise<BackendReport> {
  let fault: StudioError | null = null;
  let ready = false;
  const { device, adapter } = await registerOwnedDevice((error) => {
    fault = error;
    if (ready) onFault(error);
  });
  if (preference === 'auto' && adapter.isSoftware) {
    device.destroy();
    throw new StudioError(
      'no-webgpu',
      'WebGPU here is a software adapter, slower than wasm',
      'Ask for webgpu by name to use it anyway.',
    );
  }
  await tf.setBackend('webgpu');
  const result = await passedSelfTest('webgpu');
  if (fault) throw fault;
  ready = true;
  const name =
    adapter.description ||
    [adapter.vendor, adapter.architecture].filter(Boolean).join(' ') ||
    'the GPU';
  return {
    backend: 'webgpu',
    requested: preference,
    reason: `WebGPU on ${name} passed its self-test in ${Math.round(result.milliseconds)} ms.`,
    adapter,
    limits: {
      maxStorageBufferBindingSize: device.limits.maxStorageBufferBindingSize,
      maxBufferSize: device.limits.maxBufferSize,
    },
    features: [...device.features].sort(),
    wasmThreads: null,
    selfTest: result,
  };
}

async function startWasm(
  { preference, wasmPath }: BackendOptions,
  why: string,
): Promise<BackendReport> {
  setWasmPaths(wasmPath);
  const isolated = (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true;
  const wanted = isolated ? threadsFor(navigator.hardwareConcurrency) : 1;
  setThreadsCount(wanted);
  await toldCores(2 * wanted, () => tf.setBackend('wasm'));
  const threads = getThreadsCount();
  const result = await passedSelfTest('wasm');
  return {
    backend: 'wasm',
    requested: preference,
    reason:
      `Running on wasm with ${threads} ${threads === 1 ? 'thread' : 'threads'}: ` +
      `${why.replace(/\.$/, '')}.`,
    adapter: null,
    limits: null,
    features: [],
    wasmThreads: threads,
    selfTest: result,
  };
}

/**
 * One thread for each physical core, of which there are mostly half as many as the browser names;
 * two where it names two.
 */
const threadsFor = (cores: number): number => Math.min(8, cores, Math.max(2, cores >> 1));

/**
 * Has tfjs believe in so many cores while it starts: it takes half of them at most, which of two
 * leaves one.
 */
async function toldCores<T>(cores: number, start: () => Promise<T>): Promise<T> {
  Object.defineProperty(navigator, 'hardwareConcurrency', { value: cores, configurable: true });
  try {
    return await start();
  } finally {
    Reflect.deleteProperty(navigator, 'hardwareConcurrency');
  }
}

async function passedSelfTest(backend: string): Promise<SelfTestResult> {
  const result = await selfTest();
  if (result.passed) return result;
  const failed = result.checks
    .filter(({ maxError, tolerance }) => !(maxError <= tolerance))
    .map(({ name, maxError }) => `${name} is off by ${maxError}`);
  throw new StudioError(
    'backend-failed-self-test',
    `${backend} fails its self-test: ${failed.join(', ')}.`,
    'Update the graphics driver and the browser.',
  );
}

/** Bytes that the current backend holds: on webgpu what it has allocated, pool included. */
export function bytesAllocated(): number {
  const memory = tf.memory() as tf.MemoryInfo & { numBytesAllocatedInGPU?: number };
  return memory.numBytesAllocatedInGPU ?? memory.numBytes;
}
