import { createRequire } from 'node:module';
import { dirname } from 'node:path';
// The union package, because tfjs-core alone registers no gradients, and its list of them is no
// module that Node can load.
import '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

/** Makes tfjs's wasm backend current in Node, its binaries taken from the installed package. */
export async function startNodeWasm(): Promise<void> {
  setWasmPaths(
    `${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm'))}/`,
  );
  await tf.setBackend('wasm');
  await tf.ready();
}
