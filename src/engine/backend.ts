import * as tf from '@tensorflow/tfjs-core';
// tfjs-core alone registers no gradients.
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import {
  getThreadsCount,
  setThreadsCount,
  setWasmPaths,
  version_wasm,
} from '@tensorflow/tfjs-backend-wasm';
import { messageOf, StudioError } from '../core/studio-error';
import { selfTest, type SelfTestResult } from './backend-self-test';
import { registerOwnedDevice, type AdapterReport } from './gpu-device';
import { requireTfjsVersion } from './tfjs-version';
import { askForWasmThreads } from './wasm-thread-pool';

/** The backend that a person asked for. */
export type BackendPreference = 'auto' | 'webgpu' | 'wasm';

/** The backend that runs, and why it was chosen: plain data. */
export interface BackendReport {
  readonly backend: 'webgpu' | 'wasm';
  readonly requested: BackendPreference;
  /** Why, in a sentence. */
  readonly reason: string;
  /** WebGPU is there and computes wrongly or failed to start, so wasm has to do. */
  readonly isFallback?: boolean;
  readonly adapter: AdapterReport | null;
  readonly limits: {
    readonly maxStorageBufferBindingSize: number;
    readonly maxBufferSize: number;
  } | null;
  readonly features: readonly string[];
  readonly wasmThreads: number | null;
  readonly selfTest: SelfTestResult;
}

/** Options of {@link chooseBackend}. */
export interface BackendOptions {
  readonly preference: BackendPreference;
  /** Folder of the wasm binaries, with a slash at the end. */
  readonly wasmPath: string;
  readonly onFault: (error: StudioError) => void;
}

/**
 * Makes a backend current: webgpu if it passes its self-test, else wasm. A software adapter
 * computes correctly but some fifty times slower than wasm on the same cores, so `auto` skips it. A
 * backend that was asked for by name is never replaced by the other.
 * @throws StudioError `no-webgpu` or `backend-failed-self-test`
 */
export async function chooseBackend(options: BackendOptions): Promise<BackendReport> {
  if (options.preference === 'wasm') return startWasm(options, 'wasm was asked for');
  try {
    return await startWebGpu(options);
  } catch (thrown) {
    if (options.preference === 'webgpu') throw thrown;
    const isAbsent = thrown instanceof StudioError && thrown.code === 'no-webgpu';
    return { ...(await startWasm(options, messageOf(thrown))), isFallback: !isAbsent };
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
  const result = await requireSelfTest('webgpu');
  if (fault) throw fault;
  ready = true;
  const vendorAndArchitecture = [adapter.vendor, adapter.architecture].filter(Boolean).join(' ');
  const name = adapter.description || vendorAndArchitecture || 'the GPU';
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
  askForWasmThreads(wanted);
  await withReportedCores(2 * wanted, () => tf.setBackend('wasm'));
  const threads = getThreadsCount();
  const result = await requireSelfTest('wasm');
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
 * One thread for each physical core: usually half of the cores that the browser reports, and two if
 * it reports two.
 */
const threadsFor = (cores: number): number => Math.min(8, cores, Math.max(2, cores >> 1));

/**
 * Overrides `navigator.hardwareConcurrency` while `start` runs, and restores what was there. tfjs
 * limits its threads to half of it, which would leave one thread of two cores:
 * https://github.com/tensorflow/tfjs/blob/tfjs-v4.22.0/tfjs-backend-wasm/src/cc/backend.cc
 * @throws StudioError `backend-failed-self-test` for another release of tfjs
 */
async function withReportedCores<T>(cores: number, start: () => Promise<T>): Promise<T> {
  requireTfjsVersion('The number of wasm threads', version_wasm);
  const name = 'hardwareConcurrency';
  const before = Object.getOwnPropertyDescriptor(navigator, name);
  Object.defineProperty(navigator, name, { value: cores, configurable: true });
  try {
    return await start();
  } finally {
    // Without an own property before, the browser's value is that of the prototype.
    Reflect.deleteProperty(navigator, name);
    if (before) Object.defineProperty(navigator, name, before);
  }
}

/** @throws StudioError `backend-failed-self-test` with the checks that failed */
async function requireSelfTest(backend: string): Promise<SelfTestResult> {
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

/** Bytes that the current backend holds; on webgpu, all that it has allocated, pool included. */
export function bytesAllocated(): number {
  const memory = tf.memory() as tf.MemoryInfo & { numBytesAllocatedInGPU?: number };
  return memory.numBytesAllocatedInGPU ?? memory.numBytes;
}
