import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { startNodeWasm } from '../src/cli/node-backend';
import { nodeDecoder, openSource } from '../src/cli/node-files';
import { decodedFaces } from '../src/faces/decoded-stream';
import { expandPattern } from '../src/faces/shard-list';
import { WebDatasetSource } from '../src/faces/webdataset-source';
import { MOBILE_FACE_NET, OnnxBackbone } from '../src/models/onnx-backbone';
import { resolveConfig } from '../src/training/run-config';
import { MemoryRunStore } from '../src/training/run-store';
import { TrainingSession } from '../src/training/training-session';
import type { FaceSource } from '../src/faces/face-source';

const open = { seed: 777, epoch: 1, shuffleBuffer: 1024 };

/** Pictures a second through the demo shards: tar members alone, decoded too, and a whole streamed epoch of training. */
export default async function pipeline(): Promise<Record<string, unknown>> {
  const all = await openSource('public/shards/demo');
  const streamImagesPerSecond = await rate(all.open(open));
  const decodeImagesPerSecond = await rate(decodedFaces(all, nodeDecoder, { open, concurrency: 8, augmentation: 0, copies: 1, flip: true }));
  return { streamImagesPerSecond, decodeImagesPerSecond, ...(await epoch(oneShard(all))) };
}

/** The first shard of the demo set: an epoch of it is long enough to measure. */
function oneShard(all: FaceSource): FaceSource {
  const { opener } = all as WebDatasetSource;
  return new WebDatasetSource('demo-0000', { shards: expandPattern('demo-0000.tar').map((name) => ({ name })) }, opener);
}

async function rate(items: AsyncIterable<unknown>): Promise<number> {
  const startedAt = performance.now();
  let count = 0;
  for await (const item of items) if (item) count++;
  return (1000 * count) / (performance.now() - startedAt);
}

async function epoch(source: FaceSource): Promise<{ epochImagesPerSecond: number; epochImages: number }> {
  await startNodeWasm();
  const backbone = await OnnxBackbone.load(await readFile('public/models/fr_feature.onnx'), MOBILE_FACE_NET);
  let [startedAt, seconds] = [0, 0];
  const session: TrainingSession = new TrainingSession({
    config: resolveConfig({ features: 'stream', epochs: 1, flip: true }),
    backbone,
    source,
    decoder: nodeDecoder,
    store: new MemoryRunStore(),
    maxBlockBytes: 2 ** 30,
    bytesAllocated: () => tf.memory().numBytes,
    post: (event) => {
      if (event.type === 'run-state' && event.state === 'running') startedAt = performance.now();
      if (event.type === 'steps' && startedAt) seconds = (performance.now() - startedAt) / 1000;
      if (event.type === 'source') images = event.trainingImages;
    },
  });
  let images = 0;
  await session.run();
  session.dispose();
  return { epochImagesPerSecond: images / seconds, epochImages: images };
}
