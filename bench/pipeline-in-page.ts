import * as tf from '@tensorflow/tfjs-core';
import { chooseBackend } from '../src/engine/backend';
import { decodeThroughCanvas } from '../src/faces/decode/decode-in-browser';
import { DecodePool } from '../src/faces/decode/decode-pool';
import { decodedFaces } from '../src/faces/decode/decoded-stream';
import type { FaceRecord } from '../src/faces/face-record';
import { CROP_BYTES } from '../src/faces/decode/packed-batch';
import { HttpShardOpener } from '../src/faces/sources/webdataset/shard-opener';
import { WebDatasetSource } from '../src/faces/sources/webdataset/webdataset-source';
import { INITIAL_LOG_KAPPA } from '../src/models/heads/confidence-head';
import { createHead } from '../src/models/heads/create-head';
import { batchesFromStore } from '../src/training/data/head-batches';
import { HeadTrainer } from '../src/training/step/head-trainer';
import { resolveConfig } from '../src/training/config/run-config';
import type { BareLoop } from './bare-decode-worker';
import { median } from './median';
import { randomFeatures } from './random-features';

declare global {
  interface Window {
    measurePipeline: (shards: readonly string[]) => Promise<Record<string, unknown>>;
  }
}

const ROUNDS = 7;
/**
 * Pictures of each worker that are under way at once, in the studio's runs and here in the bare
 * loop.
 */
const AT_ONCE = 4;
const EPOCHS = 5;
const config = resolveConfig({});

window.measurePipeline = async (shards) => {
  const records = await recordsOf(shards);
  const differing = await differingCrops(shards, records);
  const figures: Record<string, unknown> = { images: records.length, rounds: ROUNDS };
  for (const workers of [1, 2])
    figures[`workers${workers}`] = await compare(shards, records, workers);
  return { ...figures, ...differing, ...(await waiting(records.length)) };
};

/**
 * The shards as a run opens them, their addresses new each time, so that no cache of the browser's
 * answers.
 */
let opened = 0;
function source(shards: readonly string[]): WebDatasetSource {
  const opening = opened++;
  const list = { shards: shards.map((name) => ({ name: `${name}?opening=${opening}` })) };
  return new WebDatasetSource(
    'demo',
    list,
    new HttpShardOpener(new URL('/shards/demo/', location.href).href),
  );
}

const inOrder = { seed: config.seed, epoch: 0, shuffleBuffer: 0 };

async function recordsOf(shards: readonly string[]): Promise<FaceRecord[]> {
  const records: FaceRecord[] = [];
  for await (const record of source(shards).open(inOrder)) records.push(record);
  return records;
}

/** Crops of the pipeline that are not, byte for byte, what a canvas gives. */
async function differingCrops(
  shards: readonly string[],
  records: readonly FaceRecord[],
): Promise<{ comparedCrops: number; differingCrops: number }> {
  const pool = new DecodePool(2);
  const faces = decodedFaces(source(shards), pool, {
    open: inOrder,
    concurrency: 2 * AT_ONCE,
    augmentation: 0,
    copies: 1,
    flip: false,
  });
  let [compared, differing] = [0, 0];
  for await (const { key, crop } of faces) {
    const record = records[compared++]!;
    const { data } = await decodeThroughCanvas(record.encoded);
    if (
      record.key !== key ||
      crop.length !== data.length ||
      crop.some((byte, i) => byte !== data[i])
    )
      differing++;
  }
  pool.dispose();
  return { comparedCrops: compared, differingCrops: differing };
}

/**
 * Rounds of the studio's pipeline and of both bare loops in turns, each time in another order;
 * medians.
 */
async function compare(
  shards: readonly string[],
  records: readonly FaceRecord[],
  workers: number,
): Promise<Record<string, unknown>> {
  const pool = new DecodePool(workers);
  const [bitmaps, pixels] = await Promise.all(
    [false, true].map((readsPixels) => bareLoop(records, workers, readsPixels)),
  );
  const entrants = [
    { name: 'studio', run: () => studio(shards, pool, workers) },
    { name: 'bitmaps', run: () => bitmaps!.run() },
    { name: 'pixels', run: () => pixels!.run() },
  ] as const;
  const rates = { studio: [] as number[], bitmaps: [] as number[], pixels: [] as number[] };
  // The first round warms everything up and is not counted.
  for (let round = 0; round <= ROUNDS; round++) {
    for (let turn = 0; turn < entrants.length; turn++) {
      const { name, run } = entrants[(round + turn) % entrants.length]!;
      const startedAt = performance.now();
      await run();
      if (round > 0) rates[name].push((1000 * records.length) / (performance.now() - startedAt));
    }
  }
  pool.dispose();
  bitmaps!.end();
  pixels!.end();
  const [imagesPerSecond, bitmapsPerSecond, bitmapsReadPerSecond] = [
    median(rates.studio),
    median(rates.bitmaps),
    median(rates.pixels),
  ];
  return {
    imagesPerSecond,
    bitmapsPerSecond,
    bitmapsReadPerSecond,
    ofBitmaps: imagesPerSecond / bitmapsPerSecond,
    ofBitmapsRead: imagesPerSecond / bitmapsReadPerSecond,
    ofBitmapsByRound: rates.studio.map((rate, round) => rate / rates.bitmaps[round]!),
  };

  async function studio(
    names: readonly string[],
    decoder: DecodePool,
    threads: number,
  ): Promise<void> {
    const open = { seed: config.seed, epoch: 1, shuffleBuffer: config.shuffleBuffer };
    let crops = 0;
    for await (const face of decodedFaces(source(names), decoder, {
      open,
      concurrency: AT_ONCE * threads,
      augmentation: 0,
      copies: 1,
      flip: true,
    }))
      if (face.crop.length === CROP_BYTES) crops++;
    if (crops !== records.length)
      throw new Error(`${crops} crops came of ${records.length} pictures.`);
  }
}

/** Workers that hold every picture between them. */
async function bareLoop(
  records: readonly FaceRecord[],
  workers: number,
  readsPixels: boolean,
): Promise<{ run: () => Promise<void>; end: () => void }> {
  const threads = Array.from(
    { length: workers },
    () => new Worker(new URL('./bare-decode-worker.ts', import.meta.url), { type: 'module' }),
  );
  const ask = (worker: Worker, message: BareLoop | 'run') =>
    new Promise<void>((resolve, reject) => {
      worker.onmessage = () => resolve();
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage(message);
    });
  await Promise.all(
    threads.map((worker, i) =>
      ask(worker, {
        jpegs: records.filter((_, at) => at % workers === i).map(({ encoded }) => encoded),
        atOnce: AT_ONCE,
        readsPixels,
      }),
    ),
  );
  return {
    run: async () => void (await Promise.all(threads.map((worker) => ask(worker, 'run')))),
    end: () => threads.forEach((worker) => worker.terminate()),
  };
}

/**
 * How long steps of the compact head wait for their batch of kept features, and how long they take,
 * after a first epoch.
 */
async function waiting(pictures: number): Promise<Record<string, unknown>> {
  const { wasmThreads } = await chooseBackend({
    preference: 'wasm',
    wasmPath: '/wasm/',
    onFault: (error) => {
      throw error;
    },
  });
  const head = createHead(
    'compact',
    { convShape: [7, 7, 512], embeddingDim: config.zDim, initialLogKappa: INITIAL_LOG_KAPPA },
    config.seed,
    Infinity,
  );
  const { store, centres } = randomFeatures(pictures, head.inputSize, config.zDim);
  const trainer = new HeadTrainer(head, {
    method: 'scf',
    dimension: config.zDim,
    radius: config.radius,
    mode: config.objective,
  });
  const [waits, steps]: number[][] = [[], []];
  for (let epoch = 0; epoch <= EPOCHS; epoch++) {
    const batches = batchesFromStore(
      store,
      (row) => centres.cosTheta(store.labels[row]!, store.embedding(row))!,
      config,
      epoch,
      0,
    );
    for (;;) {
      const askedAt = performance.now();
      const { done, value: batch } = await batches.next();
      const cameAt = performance.now();
      if (done) break;
      await trainer.step(batch, config);
      if (epoch > 0) {
        waits!.push(cameAt - askedAt);
        steps!.push(performance.now() - cameAt);
      }
      tf.dispose([batch.input, batch.cosTheta, batch.mask]);
    }
  }
  trainer.dispose();
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    waitShare: sum(waits!) / (sum(waits!) + sum(steps!)),
    longestWaitMilliseconds: Math.max(...waits!),
    millisecondsPerStep: median(steps!),
    steps: steps!.length,
    batchSize: config.batchSize,
    wasmThreads,
  };
}
