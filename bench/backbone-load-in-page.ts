import * as tf from '@tensorflow/tfjs-core';
import { bytesAllocated, chooseBackend } from '../src/engine/backend';
import { CROP_BYTES, packBatch } from '../src/faces/decode/packed-batch';
import { BlobByteSource } from '../src/formats/bytes/byte-source';
import { seededRandom } from '../src/core/seeded-random';
import type { Backbone } from '../src/models/backbones/backbone';
import { openBackbone } from '../src/models/backbones/open-backbone';

/** What the page measures; memory is watched from outside meanwhile. */
interface BackboneLoadPage {
  prepare: (backend: 'webgpu' | 'wasm') => Promise<void>;
  load: () => Promise<{
    layout: string;
    parameters: number | null;
    seconds: number;
    longestBlockMilliseconds: number;
    usedHeapBytes: number;
    backendBytes: number;
  }>;
  run: () => Promise<{ embedding: number[]; seconds: number }>;
}

declare global {
  interface Window {
    backboneLoad: BackboneLoadPage;
  }
}

let backbone: Backbone;

window.backboneLoad = {
  async prepare(backend) {
    await chooseBackend({
      preference: backend,
      wasmPath: '/wasm/',
      onFault: (error) => {
        throw error;
      },
    });
  },

  async load() {
    const file = document.querySelector('input')!.files![0]!;
    // Chromium's own figure, without array buffers.
    const { memory } = performance as Performance & { memory?: { usedJSHeapSize: number } };
    let [usedHeapBytes, longest] = [0, 0];
    const startedAt = performance.now();
    let before = startedAt;
    backbone = await openBackbone(new BlobByteSource(file.name, file), {
      onProgress: () => {
        usedHeapBytes = Math.max(usedHeapBytes, memory?.usedJSHeapSize ?? 0);
        longest = Math.max(longest, performance.now() - before);
        before = performance.now();
      },
    });
    const seconds = (performance.now() - startedAt) / 1000;
    const { layout, parameters } = backbone.description;
    return {
      layout,
      parameters,
      seconds,
      longestBlockMilliseconds: longest,
      usedHeapBytes,
      backendBytes: bytesAllocated(),
    };
  },

  async run() {
    const random = seededRandom(2);
    const crop = Uint8Array.from({ length: CROP_BYTES }, () => random.int(256));
    const startedAt = performance.now();
    const { embedding, convFeature } = backbone.run(packBatch([crop], 1));
    const values = [...(await embedding.data())];
    tf.dispose([embedding, convFeature]);
    return { embedding: values, seconds: (performance.now() - startedAt) / 1000 };
  },
};
