import { createRequire } from 'node:module';
import { dirname } from 'node:path';
// The union package: tfjs-core alone registers no gradients, and Node can't load the file that
// registers them by itself.
import '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

/** Starts tfjs's wasm backend in Node, with the binaries of the installed package. */
export async function startNodeWasm(): Promise<void> {
  const binary = '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm';
  setWasmPaths(`${dirname(createRequire(import.meta.url).resolve(binary))}/`);
  await tf.setBackend('wasm');
  await tf.ready();
}
