import * as tf from '@tensorflow/tfjs-core';
import { chooseBackend } from '../src/engine/backend';
import { seededRandom, shuffled } from '../src/core/seeded-random';
import { INITIAL_LOG_KAPPA } from '../src/models/heads/confidence-head';
import { createHead } from '../src/models/heads/create-head';
import { batchesFromStore } from '../src/training/data/head-batches';
import { HeadTrainer } from '../src/training/step/head-trainer';
import { resolveConfig } from '../src/training/config/run-config';
import { median } from './median';
import { PlainHead } from './plain-head';
import { randomFeatures } from './random-features';

/** What is measured. */
export interface HeadRequest {
  readonly backend: 'wasm' | 'webgpu';
  readonly batchSizes: readonly number[];
  readonly pictures: number;
  readonly rounds: number;
}

declare global {
  interface Window {
    measureHead: (request: HeadRequest) => Promise<Record<string, unknown>>;
  }
}

const DIMENSION = 512;
/** Steps whose figures are read at once, about as many as a run takes in a tenth of a second. */
const COLLECTED = 32;

/** Takes as many steps as an epoch has: the seconds that one took, and the losses. */
type Epoch = (
  epoch: number,
) => Promise<{ readonly secondsPerStep: number; readonly losses: readonly number[] }>;

window.measureHead = async ({ backend, batchSizes, pictures, rounds }) => {
  const { adapter } = await chooseBackend({
    preference: backend,
    wasmPath: '/wasm/',
    onFault: (error) => {
      throw error;
    },
  });
  const sizes = [];
  for (const batchSize of batchSizes) {
    const { ours, plain } = runners(batchSize, pictures);
    const seconds = { ours: [] as number[], plain: [] as number[] };
    let apart = 0;
    // The first round compiles.
    for (let round = 0; round <= rounds; round++) {
      const [ourEpoch, plainEpoch] =
        round % 2 === 0
          ? [await ours(round), await plain(round)]
          : await plain(round).then(async (first) => [await ours(round), first] as const);
      apart = Math.max(
        apart,
        ...ourEpoch.losses.map(
          (loss, step) => Math.abs(loss - plainEpoch.losses[step]!) / Math.max(1, Math.abs(loss)),
        ),
      );
      if (round === 0) continue;
      seconds.ours.push(ourEpoch.secondsPerStep);
      seconds.plain.push(plainEpoch.secondsPerStep);
    }
    const [perStep, plainPerStep] = [median(seconds.ours), median(seconds.plain)];
    sizes.push({
      batchSize,
      stepsPerSecond: 1 / perStep,
      picturesPerSecond: batchSize / perStep,
      plainPicturesPerSecond: batchSize / plainPerStep,
      ofPlain: plainPerStep / perStep,
      lossesApart: apart,
    });
  }
  return { backend, adapter, sizes };
};

function runners(batchSize: number, pictures: number): { ours: Epoch; plain: Epoch } {
  const head = createHead(
    'compact',
    { convShape: [7, 7, 512], embeddingDim: DIMENSION, initialLogKappa: INITIAL_LOG_KAPPA },
    1,
    Infinity,
  );
  const { store, centres } = randomFeatures(pictures, head.inputSize, DIMENSION);
  const cosines = Float64Array.from({ length: store.count }, (_, row) =>
    centres.cosTheta(store.labels[row]!, store.embedding(row))!,
  );
  const config = resolveConfig({ batchSize, dropLast: true });
  const plainHead = new PlainHead(
    [...head.parameters.values()].map((variable) => variable.dataSync()),
  );
  const trainer = new HeadTrainer(head, {
    method: 'scf',
    dimension: DIMENSION,
    radius: config.radius,
    mode: config.objective,
  });
  return {
    ours: async (epoch) => {
      const startedAt = performance.now();
      const losses: number[] = [];
      const collect = async () =>
        losses.push(...(await trainer.readMetrics()).figures.map(({ loss }) => loss));
      for await (const batch of batchesFromStore(store, (row) => cosines[row]!, config, epoch, 0)) {
        await trainer.enqueueStep(batch, config);
        tf.dispose([batch.input, batch.cosTheta, batch.mask]);
        if (trainer.pending >= COLLECTED) await collect();
      }
      await collect();
      return { secondsPerStep: (performance.now() - startedAt) / 1000 / losses.length, losses };
    },
    plain: async (epoch) => {
      const startedAt = performance.now();
      const order = shuffled([...Array(store.count).keys()], seededRandom(config.seed, epoch));
      const losses: number[] = [];
      for (let start = 0; start + batchSize <= order.length; start += batchSize) {
        const indices = order.slice(start, start + batchSize);
        losses.push(
          plainHead.step(
            store.gatherInputs(indices, batchSize),
            indices.map((row) => cosines[row]!),
            config,
          ),
        );
      }
      return { secondsPerStep: (performance.now() - startedAt) / 1000 / losses.length, losses };
    },
  };
}
