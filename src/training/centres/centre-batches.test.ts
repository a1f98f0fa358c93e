import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { MemoryFileStore } from '../../formats/bytes/memory-file-store';
import {
  smallBackbone,
  smallConfig,
  smallDecoder,
  smallSource,
} from '../../../test/fixtures/small-run';
import { startNodeWasm } from '../../cli/node/node-backend';
import type { FaceSource } from '../../faces/face-source';
import { isValidationIdentity } from '../../faces/identity-split';
import { dot } from '../../core/vector';
import { cosThetaToOthers, estimateMeanPairCosine } from '../../models/centres/cos-theta';
import { RunningCentres } from '../../models/centres/running-centres';
import { createHead } from '../../models/heads/create-head';
import { Embedder } from '../../models/backbones/embedder';
import { FeatureStore } from '../data/features/feature-store';
import { batchesWhileGrowing } from './centre-batches';
import type { EpochBatch } from '../data/head-batches';
import type { RunConfig } from '../config/run-config';
import type { SessionEvent } from '../session/run-events';
import { TrainingSession } from '../session/training-session';

/** The small source, with a count of the records that were read from it. */
function countedSource(): FaceSource & { reads: number } {
  const counted = {
    reads: 0,
    ...smallSource,
    async *open(options: Parameters<FaceSource['open']>[0]) {
      for await (const record of smallSource.open(options)) {
        counted.reads++;
        yield record;
      }
    },
  };
  return counted;
}

function growing(changes: Partial<RunConfig> = {}) {
  const config = smallConfig({ features: 'stream', centres: 'growing', numWorkers: 1, ...changes });
  const backbone = smallBackbone();
  const head = createHead(
    config.head,
    { convShape: backbone.convShape, embeddingDim: backbone.embeddingDim, initialLogKappa: null },
    1,
    2 ** 30,
  );
  const pass = {
    centres: new RunningCentres(backbone.embeddingDim),
    validation: new FeatureStore(head.inputSize, backbone.embeddingDim),
  };
  const source = countedSource();
  const options = {
    source,
    decoder: smallDecoder,
    backbone,
    head,
    backboneBatch: 32,
    signal: new AbortController().signal,
    onSkip: () => undefined,
    onRetry: () => undefined,
  };
  return {
    config,
    pass,
    source,
    options,
    batches: () => batchesWhileGrowing(options, pass, config, 0, 0),
    dispose: () => [backbone, head].forEach((one) => one.dispose()),
  };
}

const free = (batch: EpochBatch) => tf.dispose([batch.input, batch.cosTheta, batch.mask]);

describe('batchesWhileGrowing', () => {
  beforeAll(async () => void (await startNodeWasm()));

  it('yields batches as soon as people recur, long before the source has been read', async () => {
    const { source, batches, dispose } = growing({ batchSize: 4 });
    const stream = batches();
    const { value } = await stream.next();
    expect(value!.count).toBe(4);
    // 80 records; each person recurs after ten.
    expect(source.reads).toBeLessThan(80);
    free(value!);
    await stream.return(undefined);
    dispose();
  });

  it('compares a picture with earlier ones of its person, never with held-out people', async () => {
    const { config, pass, options, batches, dispose } = growing();
    const cosines: number[] = [];
    for await (const batch of batches()) {
      cosines.push(...(await batch.cosTheta.data()).slice(0, batch.count));
      free(batch);
    }
    const seen = new Map<number, Float32Array[]>();
    const known = new RunningCentres(16);
    const expected: number[] = [];
    for await (const { label, encoded } of smallSource.open({
      seed: config.seed,
      epoch: 1,
      shuffleBuffer: 0,
    })) {
      const embedder = new Embedder(options.backbone, 1);
      const { unit } = (await embedder.embed([{ crop: encoded, flip: false }]))[0]!;
      const before = seen.get(label) ?? [];
      if (
        before.length > 0 &&
        !isValidationIdentity(label, config.seed, config.validationFraction)
      ) {
        const sum = Float32Array.from(unit, (_, i) =>
          before.reduce((sum, vector) => sum + vector[i]!, 0),
        );
        const { cosines, pairs } = known.pairs;
        expected.push(
          cosThetaToOthers(
            dot(unit, sum),
            dot(sum, sum),
            before.length,
            estimateMeanPairCosine(cosines, pairs),
          )!,
        );
      }
      known.add(label, unit);
      seen.set(label, [...before, unit]);
    }
    expect(cosines).toHaveLength(expected.length);
    cosines.forEach((cosTheta, i) => expect(cosTheta).toBeCloseTo(expected[i]!, 4));
    const heldOut = [...seen.keys()].filter((label) =>
      isValidationIdentity(label, config.seed, config.validationFraction),
    );
    expect(new Set(pass.validation.labels)).toEqual(new Set(heldOut));
    expect(pass.centres.labels.sort()).toEqual([...seen.keys()].sort());
    dispose();
  });

  it('takes pictures twice with augmentation, never comparing two of one picture', async () => {
    const { config, pass, batches, dispose } = growing({ augmentation: 0.5 });
    let count = 0;
    for await (const batch of batches()) {
      count += batch.count;
      free(batch);
    }
    expect(pass.centres.labels.reduce((sum, label) => sum + pass.centres.count(label), 0)).toBe(80);
    // The first of a person's 8 has no earlier picture; its degraded copy has only itself.
    const trained = pass.centres.labels.filter(
      (label) => !isValidationIdentity(label, config.seed, config.validationFraction),
    );
    expect(count).toBe(trained.length * 7 * 2);
    dispose();
  });
});

it('starts a second epoch with the complete centres of the first', async () => {
  const store = new MemoryFileStore();
  const run = async () => {
    const { config, options, dispose } = growing({ epochs: 1, batchSize: 2 });
    const events: SessionEvent[] = [];
    const session = new TrainingSession({
      ...options,
      config,
      store,
      post: (event) => events.push(event),
      maxBlockBytes: 2 ** 30,
      bytesAllocated: () => 0,
    });
    await session.run();
    session.dispose();
    dispose();
    return events.flatMap((event) => (event.type === 'steps' ? event.metrics : [])).length;
  };
  const [first, second] = [await run(), await run()];
  // Now every training picture is compared, also the first of each person.
  expect(second).toBeGreaterThan(first);
});

it('fails with a sentence if no person recurs in an epoch', async () => {
  const { config, options, source, dispose } = growing({ epochs: 1 });
  const once: FaceSource = {
    ...source,
    async *open(given) {
      let label = 0;
      for await (const record of source.open(given)) yield { ...record, label: label++ };
    },
  };
  const session = new TrainingSession({
    ...options,
    source: once,
    config,
    store: new MemoryFileStore(),
    post: () => undefined,
    maxBlockBytes: 2 ** 30,
    bytesAllocated: () => 0,
  });
  await expect(session.run()).rejects.toMatchObject({
    code: 'bad-source',
    message: expect.stringContaining('Each of the 80 people of memory has one picture, '),
  });
  session.dispose();
  dispose();
});
