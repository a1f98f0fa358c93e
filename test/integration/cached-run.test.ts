import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { MemoryFileStore } from '../../src/formats/bytes/memory-file-store';
import { smallBackbone, smallConfig, smallDecoder, smallSource } from '../fixtures/small-run';
import { startNodeWasm } from '../../src/cli/node/node-backend';
import type { FaceSource } from '../../src/faces/face-source';
import { seededRandom } from '../../src/core/seeded-random';
import { createHead } from '../../src/models/heads/create-head';
import { batchesFromStore } from '../../src/training/data/head-batches';
import { HeadTrainer } from '../../src/training/step/head-trainer';
import type { RunConfig } from '../../src/training/config/run-config';
import type { SessionEvent } from '../../src/training/session/run-events';
import { TrainingSession } from '../../src/training/session/training-session';
import { FeatureCache } from '../../src/training/data/features/feature-cache';
import type { FeatureRows } from '../../src/training/data/features/feature-rows';
import { FeatureStore } from '../../src/training/data/features/feature-store';

/** A run that counts the pictures its backbone embeds to train on: not those read at its end. */
function runOf(
  records: MemoryFileStore,
  changes: Partial<RunConfig> = {},
  source: FaceSource = smallSource,
  backboneBatch?: number,
) {
  const backbone = smallBackbone();
  const seen = { pictures: 0, atOnce: 0 };
  const events: SessionEvent[] = [];
  const config = smallConfig({ copies: 2, augmentation: 0.5, ...changes });
  let isTrained = false;
  const run: typeof backbone.run = (batch) => {
    if (!isTrained) seen.pictures += batch.size;
    seen.atOnce = Math.max(seen.atOnce, batch.size);
    return backbone.run(batch);
  };
  const session = new TrainingSession({
    config,
    backbone: { ...backbone, run },
    source,
    decoder: smallDecoder,
    store: new MemoryFileStore(),
    features: records,
    backboneBatch,
    post: (event) => {
      events.push(event);
      isTrained ||= event.type === 'validation' && event.result.epoch === config.epochs;
    },
    maxBlockBytes: 2 ** 30,
    bytesAllocated: () => 0,
  });
  const finish = async () => {
    const ended = await session.run().catch((thrown: Error) => thrown.message);
    session.dispose();
    backbone.dispose();
    return ended;
  };
  const losses = () =>
    events.flatMap((event) =>
      event.type === 'steps' ? event.metrics.map(({ loss }) => loss) : [],
    );
  return { finish, seen, losses };
}

describe('a run from kept features', () => {
  beforeAll(async () => void (await startNodeWasm()));

  it('embeds each picture and copy once, over any number of epochs and runs', async () => {
    const records = new MemoryFileStore();
    const first = runOf(records, { epochs: 4 });
    expect(await first.finish()).toBe('finished');
    expect(first.seen.pictures).toBe(160);
    const others: Partial<RunConfig>[] = [
      {},
      { epochs: 2, learningRate: 1e-3 },
      { validationFraction: 0.4 },
      { method: 'scf-g' },
      { centres: 'arcface', centreEpochs: 2, marginScale: 16 },
    ];
    for (const changes of others) {
      const again = runOf(records, changes);
      expect(await again.finish()).toBe('finished');
      expect(again.seen.pictures).toBe(0);
    }
    const otherSeed = runOf(records, { seed: 5 });
    await otherSeed.finish();
    expect(otherSeed.seen.pictures).toBe(160);
  });

  it('learns the same with smaller backbone batches', async () => {
    const whole = runOf(new MemoryFileStore());
    const frugal = runOf(new MemoryFileStore(), {}, smallSource, 4);
    expect(await whole.finish()).toBe('finished');
    expect(await frugal.finish()).toBe('finished');
    expect([whole.seen.atOnce, frugal.seen.atOnce]).toEqual([32, 4]);
    expect(frugal.losses()).toEqual(whole.losses());
  });

  it('embeds only missing pictures after a crash in its pass, and learns the same', async () => {
    const whole = runOf(new MemoryFileStore());
    expect(await whole.finish()).toBe('finished');
    const records = new MemoryFileStore();
    const broken: FaceSource = {
      ...smallSource,
      async *open(options) {
        let given = options.skip ?? 0;
        for await (const record of smallSource.open(options)) {
          if (given++ === 60) throw new Error('cut off');
          yield record;
        }
      },
    };
    const cut = runOf(records, {}, broken);
    expect(await cut.finish()).toBe('cut off');
    expect(cut.losses()).toEqual([]);
    const rest = runOf(records);
    expect(await rest.finish()).toBe('finished');
    expect(rest.seen.pictures).toBeLessThan(160);
    expect(rest.seen.pictures).toBeGreaterThan(0);
    expect(rest.losses()).toEqual(whole.losses());
  });

  it('has the same losses as from features in float32, to float16’s precision', async () => {
    const [INPUT, DIMENSION, COUNT] = [17, 16, 64];
    const random = seededRandom(8);
    const [plain, kept] = [
      new FeatureStore(INPUT, DIMENSION),
      FeatureCache.open(null, 'key', { inputSize: INPUT, embeddingDim: DIMENSION }, 1),
    ];
    const centre = Float32Array.from({ length: DIMENSION }, () => random.normal());
    for (let i = 0; i < COUNT; i++) {
      const raw = centre.map((value) => value + random.normal() * random.next());
      const norm = Math.hypot(...raw);
      const row = {
        label: 0,
        severity: NaN,
        headInput: Float32Array.from({ length: INPUT }, () => 3 * random.normal()),
        embedding: raw.map((value) => value / norm),
      };
      plain.add(row);
      kept.append({ ...row, copy: 0, sourcePosition: i + 1 });
    }
    const cosThetaOf = (rows: FeatureRows) => (row: number) =>
      rows.embedding(row).reduce((sum, value, i) => sum + value * centre[i]!, 0) /
      Math.hypot(...centre);
    const lossesFrom = async (rows: FeatureRows) => {
      const trainer = new HeadTrainer(
        createHead(
          'compact',
          { convShape: [7, 7, 8], embeddingDim: DIMENSION, initialLogKappa: 3 },
          5,
          Infinity,
        ),
        { method: 'scf', dimension: DIMENSION, radius: 64, mode: 'exact' },
      );
      const losses: number[] = [];
      for (let epoch = 0; epoch < 5; epoch++) {
        for await (const batch of batchesFromStore(
          rows,
          cosThetaOf(rows),
          smallConfig(),
          epoch,
          0,
        )) {
          losses.push((await trainer.step(batch, smallConfig({ learningRate: 1e-3 }))).loss);
          tf.dispose([batch.input, batch.cosTheta, batch.mask]);
        }
      }
      trainer.dispose();
      return losses;
    };
    const [exact, half] = [
      await lossesFrom(plain),
      await lossesFrom(kept.rows([...Array(COUNT).keys()])),
    ];
    const differences = exact.map((loss, step) => Math.abs(half[step]! / loss - 1));
    // Half of float16's last bit is 2⁻¹¹, 5e-4 of a number. Over many numbers errors average out.
    expect(Math.max(...differences)).toBeLessThan(2 ** -11);
    expect(Math.max(...differences)).toBeGreaterThan(0);
  });
});
