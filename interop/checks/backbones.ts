import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { channelsFirst } from '../../test/fixtures/onnx-reference';
import { DiskByteSource } from '../../src/cli/node/disk-byte-source';
import { startNodeWasm } from '../../src/cli/node/node-backend';
import { CROP_BYTES, packBatch } from '../../src/faces/decode/packed-batch';
import { bytes } from '../../src/core/number-words';
import { readSafetensors } from '../../src/formats/safetensors/safetensors';
import type { Backbone } from '../../src/models/backbones/backbone';
import { openBackbone } from '../../src/models/backbones/open-backbone';
import { python, relativeError, type Check, type Comparison } from '../check';

const networks = [
  'scf-50',
  'scf-100',
  'scf-se-50',
  'tface-50',
  'tface-100',
  'tface-se-50',
  'insightface-50',
  'insightface-100',
];
const MAX_ERROR = 1e-4;

/**
 * IR networks that PyTorch saved, read by the studio: compares the embedding and the conv feature
 * of two pictures, on wasm.
 */
export const check: Check = async (folder) => {
  await startNodeWasm();
  const comparisons: Comparison[] = [];
  for (const name of networks) {
    await python('backbones.py', folder, name);
    const weights = join(folder, `${name}.pth`);
    const answers = join(folder, `${name}.safetensors`);
    const { tensors } = readSafetensors(await readFile(answers));
    const expected = (what: string) => tensors.get(what)!.data;
    const pixels = Uint8Array.from(expected('pixels'));
    const crops = [0, 1].map((i) => pixels.subarray(i * CROP_BYTES, (i + 1) * CROP_BYTES));
    for (const convFeature of ['body', 'after-bn'] as const) {
      const { backbone, seconds, peakBytes } = await openMeasured(weights, convFeature);
      const output = backbone.run(packBatch(crops, 2));
      const shape = output.convFeature.shape as [number, number, number, number];
      const embedding = await output.embedding.data();
      const feature = channelsFirst(await output.convFeature.data(), shape);
      tf.dispose([output.embedding, output.convFeature]);
      backbone.dispose();
      console.log(
        `     ${name}: ${backbone.description.layout} read in ${seconds.toFixed(1)} s; at ` +
          `most ${bytes(peakBytes)} of heap and array buffers`,
      );
      comparisons.push({
        what: `${name}, embedding with ${convFeature}`,
        found: relativeError(embedding, expected('embedding')),
        limit: MAX_ERROR,
      });
      comparisons.push({
        what: `${name}, conv feature ${convFeature}`,
        found: relativeError(feature, expected(convFeature)),
        limit: MAX_ERROR,
      });
    }
    await Promise.all([rm(weights), rm(answers)]);
  }
  return comparisons;
};

/** Opens a backbone, and measures the time and the memory that it takes. */
async function openMeasured(
  path: string,
  convFeature: 'body' | 'after-bn',
): Promise<{ backbone: Backbone; seconds: number; peakBytes: number }> {
  let peakBytes = 0;
  const sample = () => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    peakBytes = Math.max(peakBytes, heapUsed + arrayBuffers);
  };
  const startedAt = performance.now();
  const backbone = await openBackbone(await DiskByteSource.open(path), {
    convFeature,
    onProgress: sample,
  });
  sample();
  return { backbone, seconds: (performance.now() - startedAt) / 1000, peakBytes };
}
