import * as tf from '@tensorflow/tfjs-core';
import { bytesAllocated, chooseBackend, type BackendReport } from '../src/engine/backend';
import { unpackPixels } from '../src/engine/unpack-pixels';
import { CROP_SIZE } from '../src/faces/face-record';
import { CROP_BYTES, packBatch } from '../src/faces/packed-batch';
import { seededRandom } from '../src/formats/seeded-random';
import { INITIAL_LOG_KAPPA } from '../src/models/heads/confidence-head';
import { createHead } from '../src/models/heads/create-head';
import { MOBILE_FACE_NET } from '../src/models/onnx-backbone';
import { BACKBONE_BATCH } from '../src/training/feature-pass';
import { batchesFromStore } from '../src/training/head-batches';
import { HeadTrainer } from '../src/training/head-trainer';
import { resolveConfig } from '../src/training/run-config';
import { countGpuTraffic, difference, type GpuTraffic } from './gpu-traffic';
import { median } from './median';
import { randomFeatures } from './random-features';

declare global {
  interface Window {
    measureStep: () => Promise<Record<string, unknown>>;
  }
}

/** Full batches only, at either batch size. */
const [IDENTITIES, PICTURES, DIMENSION] = [40, 16, 512];
const BATCH = 64;
/** In software a step at 64 takes a quarter of a second; ten thousand of them are taken at this size there. */
const SMALL_BATCH = 8;
/** Steady state: the first steps compile shaders and fill tfjs's pool of buffers. */
const [WARM, COUNTED] = [10, 30];
const [EARLY, LATE] = [500, 10_000];

interface Reading extends GpuTraffic {
  readonly bytes: number;
  readonly tensors: number;
}

window.measureStep = async () => {
  const traffic = countGpuTraffic();
  const { adapter } = await freshDevice();
  const short = await train(BATCH, [WARM, COUNTED], traffic);
  const streamed = await uploadOfPictures(traffic);

  // A fresh device, so that buffers which the first loop left in tfjs's pool are not counted to the second.
  await freshDevice();
  const longBatch = adapter!.isSoftware ? SMALL_BATCH : BATCH;
  const long = await train(longBatch, [EARLY, LATE], traffic);

  const steps = COUNTED - WARM;
  const counted = difference(short.at.get(COUNTED)!, short.at.get(WARM)!);
  const [early, late] = [long.at.get(EARLY)!, long.at.get(LATE)!];
  return {
    dispatchesPerStep: counted.dispatches / steps,
    submitsPerStep: counted.submits / steps,
    millisecondsPerStep: median(short.milliseconds.slice(WARM)),
    uploadedBytesPerImage: streamed.uploadedBytes / BACKBONE_BATCH,
    uploadedBytesPerImageCached: counted.uploadedBytes / steps / BATCH,
    uniformBytesPerStep: counted.uniformBytes / steps,
    gpuBytes: short.at.get(COUNTED)!.bytes,
    batchSize: BATCH,
    gpuBytesAfter500: early.bytes,
    gpuBytesAfter10000: late.bytes,
    tensorsAfter500: early.tensors,
    tensorsAfter10000: late.tensors,
    longLoopBatchSize: longBatch,
    longLoopMillisecondsPerStep: median(long.milliseconds.slice(WARM)),
    adapter,
  };
};

async function freshDevice(): Promise<BackendReport> {
  return chooseBackend({
    preference: 'webgpu',
    wasmPath: '/wasm/',
    onFault: (error) => {
      throw error;
    },
  });
}

/** Steps of the compact head from kept features, as a run takes them; read off after each of the steps in `marks`. */
async function train(batchSize: number, marks: readonly number[], traffic: Readonly<GpuTraffic>): Promise<{ at: Map<number, Reading>; milliseconds: number[] }> {
  const head = createHead('compact', { convShape: [7, 7, 512], embeddingDim: DIMENSION, initialLogKappa: INITIAL_LOG_KAPPA }, 1, Infinity);
  const { store, centres } = randomFeatures(IDENTITIES * PICTURES, head.inputSize, DIMENSION);
  const config = resolveConfig({ batchSize });
  const trainer = new HeadTrainer(head, { method: 'scf', dimension: DIMENSION, radius: config.radius, mode: config.objective });
  const at = new Map<number, Reading>();
  const milliseconds: number[] = [];
  const last = Math.max(...marks);
  for (let [epoch, step] = [0, 0]; step < last; epoch++) {
    for await (const batch of batchesFromStore(store, (row) => centres.cosTheta(store.labels[row]!, store.embedding(row))!, config, epoch, 0)) {
      const startedAt = performance.now();
      await trainer.step(batch, config);
      milliseconds.push(performance.now() - startedAt);
      tf.dispose([batch.input, batch.cosTheta, batch.mask]);
      if (marks.includes(++step)) at.set(step, { ...traffic, bytes: bytesAllocated(), tensors: tf.memory().numTensors });
      if (step === last) break;
    }
  }
  trainer.dispose();
  return { at, milliseconds };
}

/** What one batch of pictures costs to send up, the second time: the first one compiles the kernel. */
async function uploadOfPictures(traffic: Readonly<GpuTraffic>): Promise<GpuTraffic> {
  const random = seededRandom(3);
  const crops = Array.from({ length: BACKBONE_BATCH }, () => Uint8Array.from({ length: CROP_BYTES }, () => random.int(256)));
  const unpack = async () => {
    const pictures = unpackPixels({ ...packBatch(crops, BACKBONE_BATCH), side: CROP_SIZE }, MOBILE_FACE_NET.input);
    await pictures.data();
    pictures.dispose();
  };
  await unpack();
  const before = { ...traffic };
  await unpack();
  return difference(traffic, before);
}
