import * as tf from '@tensorflow/tfjs-core';
import { CROP_BYTES } from '../../faces/decode/packed-batch';
import { seededRandom } from '../../core/seeded-random';
import type { Backbone } from '../../models/backbones/backbone';
import { Embedder } from '../../models/backbones/embedder';
import { INITIAL_LOG_KAPPA } from '../../models/heads/confidence-head';
import { createHead } from '../../models/heads/create-head';
import { FeatureStore } from '../data/features/feature-store';
import { batchesFromStore } from '../data/head-batches';
import { HeadTrainer } from '../step/head-trainer';
import { yieldToMessages } from '../../core/yield-to-messages';
import { presets } from '../config/run-config';

/** The speed of a machine, and how far its results depend on the batch: plain data. */
export interface MachineFigures {
  readonly backbone: {
    readonly name: string;
    /** By batch size, in rising order; a slow machine measures only the small ones. */
    readonly rates: readonly { readonly batch: number; readonly picturesPerSecond: number }[];
    /**
     * max |a − b| / max |a| of one picture's embedding in a batch of its own (a) and in the largest
     * batch (b); null if one size was measured.
     */
    readonly aloneApart: number | null;
  };
  /** The compact head, trained on features in memory. */
  readonly head: {
    readonly batch: number;
    readonly stepsPerSecond: number;
    readonly picturesPerSecond: number;
  };
  /** Bytes that the backend holds once the head's steps are at full speed, and after the last. */
  readonly bytes: { readonly early: number; readonly late: number };
}

/** What is measured, and callbacks. */
export interface MachineMeasurement {
  readonly backbone: Backbone;
  /** The largest single array that the backend can bind, in bytes. */
  readonly maxBlockBytes: number;
  readonly bytesAllocated: () => number;
  readonly signal: AbortSignal;
  /** Called after each round with the number of rounds done, of {@link MEASUREMENT_ROUNDS}. */
  readonly onRound: (done: number) => void;
}

const BATCHES = [1, 8, 32];
const BACKBONE_ROUNDS = 5;
/** Milliseconds of a round. If it takes longer, larger batches are not measured. */
const MAX_ROUND_TIME = 1000;
const HEAD_ROUNDS = 8;
/** Rounds after which the head's memory is measured for the first time. */
const EARLY_ROUNDS = 2;
const HEAD_PICTURES = 3200;
const HEAD_BATCH = 64;

/** Rounds of a complete measurement. */
export const MEASUREMENT_ROUNDS = BATCHES.length * BACKBONE_ROUNDS + HEAD_ROUNDS;

/**
 * Measures a backbone and the compact head on the current backend.
 * @throws `signal`'s reason
 */
export async function measureMachine(measurement: MachineMeasurement): Promise<MachineFigures> {
  const { backbone, signal, onRound } = measurement;
  const rates: { batch: number; picturesPerSecond: number }[] = [];
  const crops = randomCrops(Math.max(...BATCHES));
  /** The embedding of the first crop, in the smallest and in the largest batch. */
  let alone: Float32Array | null = null;
  let among: Float32Array | null = null;
  for (const [at, batch] of BATCHES.entries()) {
    const milliseconds: number[] = [];
    const embedder = new Embedder(backbone, batch);
    const packed = embedder.pack(crops.slice(0, batch).map((crop) => ({ crop, flip: false })));
    // The first round compiles shaders, and isn't counted.
    for (let round = 0; round <= BACKBONE_ROUNDS; round++) {
      signal.throwIfAborted();
      const startedAt = performance.now();
      const [values] = await embedder.read(packed, ({ embedding }) => [embedding]);
      if (round > 0) milliseconds.push(performance.now() - startedAt);
      if (batch === 1) alone = values!;
      else among = values!.slice(0, backbone.embeddingDim);
      onRound(at * BACKBONE_ROUNDS + round);
      await yieldToMessages();
      if (milliseconds[0]! > MAX_ROUND_TIME) break;
    }
    const middle = median(milliseconds);
    rates.push({ batch, picturesPerSecond: (1000 * batch) / middle });
    if (middle > MAX_ROUND_TIME) break;
  }
  const { bytes, ...head } = await measureHead(measurement);
  return {
    backbone: {
      name: backbone.name,
      rates,
      aloneApart: alone && among && relativeDifference(alone, among),
    },
    head,
    bytes,
  };
}

async function measureHead({
  backbone,
  maxBlockBytes,
  bytesAllocated,
  signal,
  onRound,
}: MachineMeasurement): Promise<MachineFigures['head'] & Pick<MachineFigures, 'bytes'>> {
  const { convShape, embeddingDim } = backbone;
  const head = createHead(
    'compact',
    { convShape, embeddingDim, initialLogKappa: INITIAL_LOG_KAPPA },
    1,
    maxBlockBytes,
  );
  const config = { ...presets.demo, batchSize: HEAD_BATCH, dropLast: true };
  const trainer = new HeadTrainer(head, {
    method: 'scf',
    dimension: embeddingDim,
    radius: config.radius,
    mode: config.objective,
  });
  try {
    const store = randomFeatures(head.inputSize, embeddingDim);
    const secondsPerStep: number[] = [];
    let early = 0;
    for (let round = 0; round < HEAD_ROUNDS; round++) {
      signal.throwIfAborted();
      const startedAt = performance.now();
      for await (const batch of batchesFromStore(
        store,
        (row) => (row % 100) / 100,
        config,
        round,
        0,
      )) {
        await trainer.enqueueStep(batch, config);
        tf.dispose([batch.input, batch.cosTheta, batch.mask]);
      }
      const { figures, diverged } = await trainer.readMetrics();
      if (diverged) throw diverged;
      const steps = figures.length;
      if (round > 0) secondsPerStep.push((performance.now() - startedAt) / 1000 / steps);
      if (round + 1 === EARLY_ROUNDS) early = bytesAllocated();
      onRound(BATCHES.length * BACKBONE_ROUNDS + round + 1);
      await yieldToMessages();
    }
    const perStep = median(secondsPerStep);
    return {
      batch: HEAD_BATCH,
      stepsPerSecond: 1 / perStep,
      picturesPerSecond: HEAD_BATCH / perStep,
      bytes: { early, late: bytesAllocated() },
    };
  } finally {
    trainer.dispose();
  }
}

function randomCrops(count: number): Uint8Array[] {
  const random = seededRandom(5);
  return Array.from({ length: count }, () =>
    Uint8Array.from({ length: CROP_BYTES }, () => random.int(256)),
  );
}

function randomFeatures(inputSize: number, embeddingDim: number): FeatureStore {
  const random = seededRandom(6);
  const store = new FeatureStore(inputSize, embeddingDim);
  const embedding = new Float32Array(embeddingDim);
  for (let i = 0; i < HEAD_PICTURES; i++)
    store.add({
      label: i % 200,
      severity: NaN,
      headInput: Float32Array.from({ length: inputSize }, () => random.next() - 0.5),
      embedding,
    });
  return store;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

/** max |a − b| / max |a| */
function relativeDifference(a: Float32Array, b: Float32Array): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < a.length; i++) {
    difference = Math.max(difference, Math.abs(a[i]! - b[i]!));
    size = Math.max(size, Math.abs(a[i]!));
  }
  return difference / size;
}
