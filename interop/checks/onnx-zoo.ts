import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { DiskByteSource } from '../../src/cli/node/disk-byte-source';
import { startNodeWasm } from '../../src/cli/node/node-backend';
import { CROP_BYTES, packBatch } from '../../src/faces/decode/packed-batch';
import { readSafetensors } from '../../src/formats/safetensors/safetensors';
import { OnnxBackbone } from '../../src/models/backbones/onnx-backbone';
import { python, relativeError, type Check, type Comparison } from '../check';

const families = ['mbf', 'r18', 'r50', 'r100'];

/**
 * The kinds of ONNX files in the InsightFace zoo, as torch.onnx writes them: compares the studio's
 * importer, on wasm, with onnxruntime.
 */
export const check: Check = async (folder) => {
  await startNodeWasm();
  const comparisons: Comparison[] = [];
  for (const family of families) {
    // One family at a time: together the models take two gigabytes.
    const place = join(folder, family);
    await mkdir(place);
    await python('zoo_models.py', place, family);
    const models = JSON.parse(await readFile(join(place, 'models.json'), 'utf8')) as {
      name: string;
      bar: number;
    }[];
    for (const { name, bar } of models) comparisons.push(...(await compare(place, name, bar)));
    await rm(place, { recursive: true });
  }
  return comparisons;
};

async function compare(folder: string, name: string, limit: number): Promise<Comparison[]> {
  const open = (file: string) => DiskByteSource.open(join(folder, file), file);
  const { tensors } = readSafetensors(await readFile(join(folder, `${name}.safetensors`)));
  const expected = (value: string) => tensors.get(value)!.data;
  const pixels = Uint8Array.from(expected('pixels'));
  const crops = [0, 1].map((i) => pixels.subarray(i * CROP_BYTES, (i + 1) * CROP_BYTES));
  const comparisons: Comparison[] = [];
  for (const convFeature of ['body', 'after-bn'] as const) {
    const backbone = await OnnxBackbone.open(
      await open(`${name}.onnx`),
      { name, convFeature },
      open,
    );
    const { embedding, convFeature: feature } = backbone.run(packBatch(crops, 2));
    if (convFeature === 'body')
      comparisons.push({
        what: `${name}, embedding, relative`,
        found: relativeError(await embedding.data(), expected('embedding')),
        limit,
      });
    comparisons.push({
      what: `${name}, conv feature ${convFeature}, relative`,
      found: relativeError(await feature.data(), expected(convFeature)),
      limit,
    });
    tf.dispose([embedding, feature]);
    backbone.dispose();
  }
  return comparisons;
}
