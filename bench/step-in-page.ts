import * as tf from '@tensorflow/tfjs-core';
import { bytesAllocated, chooseBackend, type BackendReport } from '../src/engine/backend';
import { unpackPixels } from '../src/engine/pixels/unpack-pixels';
import { CROP_SIZE } from '../src/faces/face-record';
import { CROP_BYTES, packBatch } from '../src/faces/decode/packed-batch';
import { seededRandom } from '../src/core/seeded-random';
import { INITIAL_LOG_KAPPA } from '../src/models/heads/confidence-head';
import { createHead } from '../src/models/heads/create-head';
import { MOBILE_FACE_NET } from '../src/models/backbones/onnx-backbone';
import { BACKBONE_BATCH } from '../src/models/backbones/backbone';
import { batchesFromStore } from '../src/training/data/head-batches';
import { HeadTrainer } from '../src/training/step/head-trainer';
import { resolveConfig } from '../src/training/config/run-config';
import { countGpuTraffic, difference, type GpuTraffic } from './gpu-traffic';
import { randomFeatures } from './random-features';

declare global {
  interface Window {
    measureStep: () => Promise<Record<string, unknown>>;
  }
}

/** Full batches only, at either batch size. */
const [IDENTITIES, PICTURES, DIMENSION] = [40, 16, 512];
const BATCH = 64;
/**
 * In software a step at 64 takes a quarter of a second; ten thousand of them are taken at this size
 * there.
 */
const SMALL_BATCH = 8;
/** Steady state: the first steps compile shaders and fill tfjs's pool of buffers. */
const [WARM, COUNTED] = [25, 100];
const [EARLY, LATE] = [500, 10_000];
/** Steps whose figures are read back at once; a run reads ten times a second. */
const READ_EVERY = 25;

interface Reading extends GpuTraffic {
  readonly bytes: number;
  readonly tensors: number;
  /** When it was read, in milliseconds. */
  readonly time: number;
}

const perStep = (at: ReadonlyMap<number, Reading>, from: number, to: number): number =>
  (at.get(to)!.time - at.get(from)!.time) / (to - from);

window.measureStep = async () => {
  const traffic = countGpuTraffic();
  const { adapter } = await freshDevice();
  const short = await train(BATCH, [WARM, COUNTED], traffic);
  const streamed = await uploadOfPictures(traffic);

  // A fresh device, so that buffers which the first loop left in tfjs's pool are not counted to the
  // second.
  await freshDevice();
  const longBatch = adapter!.isSoftware ? SMALL_BATCH : BATCH;
  const long = await train(longBatch, [EARLY, LATE], traffic);

  const steps = COUNTED - WARM;
  const counted = difference(short.get(COUNTED)!, short.get(WARM)!);
  const [early, late] = [long.get(EARLY)!, long.get(LATE)!];
  return {
    dispatchesPerStep: counted.dispatches / steps,
    submitsPerStep: counted.submits / steps,
    millisecondsPerStep: perStep(short, WARM, COUNTED),
    uploadedBytesPerImage: streamed.uploadedBytes / BACKBONE_BATCH,
    uploadedBytesPerImageCached: counted.uploadedBytes / steps / BATCH,
    uniformBytesPerStep: counted.uniformBytes / steps,
    gpuBytes: short.get(COUNTED)!.bytes,
    batchSize: BATCH,
    gpuBytesAfter500: early.bytes,
    gpuBytesAfter10000: late.bytes,
    tensorsAfter500: early.tensors,
    tensorsAfter10000: late.tensors,
    longLoopBatchSize: longBatch,
    longLoopMillisecondsPerStep: perStep(long, EARLY, LATE),
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

/**
 * Steps of the compact head from kept features, as a run takes them; read off after each of the
 * steps in `marks`, multiples of {@link READ_EVERY}.
 */
async function train(
  batchSize: number,
  marks: readonly number[],
  traffic: Readonly<GpuTraffic>,
): Promise<Map<number, Reading>> {
  const head = createHead(
    'compact',
    { convShape: [7, 7, 512], embeddingDim: DIMENSION, initialLogKappa: INITIAL_LOG_KAPPA },
    1,
    Infinity,
  );
  const { store, centres } = randomFeatures(IDENTITIES * PICTURES, head.inputSize, DIMENSION);
  const config = resolveConfig({ batchSize });
  const trainer = new HeadTrainer(head, {
    method: 'scf',
    dimension: DIMENSION,
    radius: config.radius,
    mode: config.objective,
  });
  const at = new Map<number, Reading>();
  const last = Math.max(...marks);
  for (let [epoch, step] = [0, 0]; step < last; epoch++) {
    for await (const batch of batchesFromStore(
      store,
      (row) => centres.cosTheta(store.labels[row]!, store.embedding(row))!,
      config,
      epoch,
      0,
    )) {
      await trainer.enqueueStep(batch, config);
      tf.dispose([batch.input, batch.cosTheta, batch.mask]);
      if (++step % READ_EVERY === 0) await trainer.readMetrics();
      if (marks.includes(step))
        at.set(step, {
          ...traffic,
          bytes: bytesAllocated(),
          tensors: tf.memory().numTensors,
          time: performance.now(),
        });
      if (step === last) break;
    }
  }
  trainer.dispose();
  return at;
}

/**
 * What one batch of pictures costs to send up, the second time: the first one compiles the kernel.
 */
async function uploadOfPictures(traffic: Readonly<GpuTraffic>): Promise<GpuTraffic> {
  const random = seededRandom(3);
  const crops = Array.from({ length: BACKBONE_BATCH }, () =>
    Uint8Array.from({ length: CROP_BYTES }, () => random.int(256)),
  );
  const unpack = async () => {
    const pictures = unpackPixels(
      { ...packBatch(crops, BACKBONE_BATCH), side: CROP_SIZE },
      MOBILE_FACE_NET.input,
    );
    await pictures.data();
    pictures.dispose();
  };
  await unpack();
  const before = { ...traffic };
  await unpack();
  return difference(traffic, before);
}
