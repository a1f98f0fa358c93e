import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { headBytes } from '../fixtures/head-bytes';
import { checkpointIn } from '../fixtures/checkpoint-in';
import { MemoryFileStore } from '../../src/formats/bytes/memory-file-store';
import { smallBackbone, smallConfig, smallDecoder, smallSource } from '../fixtures/small-run';
import { startNodeWasm } from '../../src/cli/node/node-backend';
import { concentrationSize, trainedMethodNames } from '../../src/confidence/confidence-method';
import { BlobByteSource } from '../../src/formats/bytes/byte-source';
import { openTensorFile } from '../../src/formats/tensors/open-tensor-file';
import { openHead } from '../../src/training/checkpoint/open-head';
import type { RunConfig } from '../../src/training/config/run-config';
import type { SessionEvent } from '../../src/training/session/run-events';
import { TrainingSession } from '../../src/training/session/training-session';

function sessionOf(changes: Partial<RunConfig>, store = new MemoryFileStore()) {
  const events: SessionEvent[] = [];
  const backbone = smallBackbone();
  const session = new TrainingSession({
    config: smallConfig({ maxValidationImages: 100, validationFraction: 0.3, ...changes }),
    backbone,
    source: smallSource,
    decoder: smallDecoder,
    store,
    post: (event) => events.push(event),
    maxBlockBytes: 2 ** 30,
    bytesAllocated: () => tf.memory().numBytes,
  });
  return { session, events, backbone, store };
}

const lossesOf = (events: readonly SessionEvent[]) =>
  events
    .flatMap((event) => (event.type === 'steps' ? event.metrics : []))
    .map(({ step, loss }) => [step, loss] as const);

describe.each(trainedMethodNames)('a session of %s', (method) => {
  beforeAll(async () => void (await startNodeWasm()));

  it('learns, is reproducible, and leaves no tensors behind', async () => {
    const before = tf.memory().numTensors;
    const runs = [sessionOf({ method, epochs: 6 }), sessionOf({ method, epochs: 6 })];
    for (const { session } of runs) expect(await session.run()).toBe('finished');
    const losses = runs.map(({ events }) => lossesOf(events));
    expect(losses[1]).toEqual(losses[0]);
    const validations = runs[0]!.events.flatMap((event) =>
      event.type === 'validation' ? [event.result] : [],
    );
    const [first, last] = [validations[0]!, validations.at(-1)!];
    expect(last.spearman!).toBeGreaterThan(first.spearman!);
    // Pairwise methods start near the best loss that eight people can teach.
    if (method.startsWith('scf')) expect(last.loss).toBeLessThan(first.loss);
    expect(validations.at(-1)).toMatchObject({ method, images: expect.any(Number) });
    for (const { session, backbone } of runs) {
      session.dispose();
      backbone.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('resumes from a checkpoint with the losses of an uninterrupted run', async () => {
    const whole = sessionOf({ method });
    await whole.session.run();
    const stopped = sessionOf({ method });
    stopped.session.control.pause();
    const running = stopped.session.run();
    for (let i = 0; i < 5; i++) {
      stopped.session.control.stepOnce();
      while (stopped.session.cursor.step <= i)
        await new Promise((resolve) => setTimeout(resolve, 1));
    }
    stopped.session.control.stop();
    expect(await running).toBe('stopped');
    const resumed = sessionOf({ method }, stopped.store);
    await resumed.session.restore(await checkpointIn(stopped.store));
    await resumed.session.run();
    expect([...lossesOf(stopped.events), ...lossesOf(resumed.events)]).toEqual(
      lossesOf(whole.events),
    );
  });

  it('exports a head with its method and the scores of its validation pairs', async () => {
    const { session, backbone } = sessionOf({ method, epochs: 2 });
    await session.run();
    const file = await openTensorFile(
      new BlobByteSource('head.safetensors', new Blob([await headBytes(session.exportHead())])),
    );
    const opened = await openHead(file, backbone, 2 ** 30);
    expect(opened).toMatchObject({
      method,
      name: 'compact',
      backboneVerified: true,
      head: { outputSize: concentrationSize(method, 16) },
    });
    expect(opened.calibration !== null).toBe(method === 'scf');
    expect(opened.readings.map(({ policy }) => policy)).toEqual(['full', 'single']);
    for (const { policy, kappa, distributions } of opened.readings) {
      expect(distributions.map((each) => each.method).sort()).toEqual(
        method === 'scf' ? ['cosine', 'scf', 'scf-calibrated'] : ['cosine', method].sort(),
      );
      for (const { genuine, impostor, ...each } of distributions) {
        expect(each.policy).toBe(policy);
        expect(genuine.length * impostor.length).toBeGreaterThan(0);
      }
      expect(kappa).toEqual(null);
    }
    opened.dispose();
    if (method !== 'scf')
      expect(() => session.exportCheckpoint()).toThrow(`The published code has no ${method}`);
  });
});

describe('a method', () => {
  it.each([
    [{ method: 'pfe-g', head: 'reference' }, 'a number for each dimension'],
    [{ method: 'pfe-g', features: 'stream' }, "a stream doesn't have"],
    [{ method: 'pfe-v', batchSize: 10, picturesPerIdentity: 4 }, "can't be filled"],
    [{ method: 'pfe-v', microBatch: 4 }, 'pairs of its whole batch'],
  ] satisfies [Partial<RunConfig>, string][])(
    "is refused where %j doesn't suit it",
    async (changes, message) => {
      await startNodeWasm();
      expect(() => sessionOf(changes)).toThrow(
        expect.objectContaining({ code: 'bad-config', message: expect.stringContaining(message) }),
      );
    },
  );
});
