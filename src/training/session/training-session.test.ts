import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { headBytes } from '../../../test/fixtures/head-bytes';
import { blobOfChunks } from '../../formats/bytes/joined-bytes';
import { checkpointIn } from '../../../test/fixtures/checkpoint-in';
import { MemoryFileStore } from '../../formats/bytes/memory-file-store';
import {
  smallBackbone,
  smallConfig,
  smallDecoder,
  smallSource,
} from '../../../test/fixtures/small-run';
import { startNodeWasm } from '../../cli/node/node-backend';
import { BlobByteSource } from '../../formats/bytes/byte-source';
import { openTensorFile } from '../../formats/tensors/open-tensor-file';
import { readSafetensors } from '../../formats/safetensors/safetensors';
import { StudioError } from '../../core/studio-error';
import { writeTorchZip } from '../../formats/torch/torch-writer';
import type { RunConfig } from '../config/run-config';
import { configToStore } from '../config/stored-config';
import { CENTRES_FILE } from '../data/run-data';
import type { SessionEvent } from './run-events';
import { CHECKPOINT_FILE } from '../checkpoint/checkpoint-writer';
import { TrainingSession } from './training-session';

/** A session over the small run, and all events that it posts. */
function sessionOf({
  changes = {},
  store = new MemoryFileStore(),
  records = new MemoryFileStore(),
  hash = 'small',
}: {
  changes?: Partial<RunConfig>;
  store?: MemoryFileStore;
  records?: MemoryFileStore;
  hash?: string;
}) {
  const events: SessionEvent[] = [];
  const backbone = smallBackbone(hash);
  const session = new TrainingSession({
    config: smallConfig(changes),
    backbone,
    source: smallSource,
    decoder: smallDecoder,
    store,
    features: records,
    post: (event) => events.push(event),
    maxBlockBytes: 2 ** 30,
    bytesAllocated: () => tf.memory().numBytes,
  });
  const dispose = () => {
    session.dispose();
    backbone.dispose();
  };
  return { session, events, store, records, dispose };
}

const stepsOf = (events: readonly SessionEvent[]) =>
  events.flatMap((event) => (event.type === 'steps' ? event.metrics : []));
const lossesOf = (events: readonly SessionEvent[]) =>
  stepsOf(events).map(({ step, loss }) => [step, loss]);

const variants: readonly Partial<RunConfig>[] = [
  { features: 'reuse' },
  { features: 'stream' },
  { features: 'stream', centres: 'growing' },
  { features: 'stream', centres: 'growing', augmentation: 0.5, validateEvery: 3 },
];

describe('a training session', () => {
  beforeAll(async () => void (await startNodeWasm()));

  it.each(variants)(
    'finishes, and is reproducible: $features, $centres, augmentation $augmentation',
    async (changes) => {
      const [first, second] = [sessionOf({ changes }), sessionOf({ changes })];
      expect(await first.session.run()).toBe('finished');
      expect(await second.session.run()).toBe('finished');
      const steps = stepsOf(first.events).map(({ step }) => step);
      expect(steps.length).toBeGreaterThan(10);
      expect(steps).toEqual(steps.map((_, i) => i + 1));
      expect(lossesOf(second.events)).toEqual(lossesOf(first.events));
      first.dispose();
      second.dispose();
    },
  );

  it.each(variants)(
    'resumes from a checkpoint to the same losses: $features, $centres, augmentation $augmentation',
    async (changes) => {
      const whole = sessionOf({ changes });
      await whole.session.run();
      const cut = sessionOf({ changes });
      // Crashes in the middle of an epoch, right after a checkpoint was written.
      const replace = cut.store.replace.bind(cut.store);
      cut.store.replace = async (name, content, before) => {
        await replace(name, content, before);
        if (
          name === CHECKPOINT_FILE &&
          cut.session.cursor.batch > 0 &&
          cut.session.cursor.epoch === 1
        )
          cut.session.control.stop(new Error('crash'));
      };
      await expect(cut.session.run()).rejects.toThrow('crash');
      const rest = sessionOf({ changes, store: cut.store, records: cut.records });
      await rest.session.restore(await checkpointIn(cut.store));
      const from = rest.session.cursor.step;
      expect(rest.session.cursor.batch).toBeGreaterThan(0);
      expect(await rest.session.run()).toBe('finished');
      expect(lossesOf(rest.events)).toEqual(lossesOf(whole.events).slice(from));
      for (const { dispose } of [whole, cut, rest]) dispose();
    },
  );

  const forms = ['ckpt_e1.pt', 'run.safetensors'] as const;
  const heads = ['compact', 'tface-conv', 'reference'] as const;
  it.each(forms.flatMap((form) => heads.map((head) => [form, head] as const)))(
    'resumes from an exported file to the same losses: %s, %s',
    async (form, head) => {
      const changes = { head, objective: 'exact', learningRate: 1e-3 } as const;
      const whole = sessionOf({ changes });
      await whole.session.run();
      const cut = sessionOf({ changes });
      const stepped = cut.session.control.gate.bind(cut.session.control);
      cut.session.control.gate = async (onWait) => {
        if (cut.session.cursor.step === 9) cut.session.control.stop();
        return stepped(onWait);
      };
      expect(await cut.session.run()).toBe('stopped');
      const { name, root } = cut.session.exportCheckpoint();
      expect(name).toBe('ckpt_e1.pt');
      const blob =
        form === name
          ? await new Response(writeTorchZip(root, 'ckpt_e1')).blob()
          : await blobOfChunks(cut.session.exportRun().chunks);
      const rest = sessionOf({ changes });
      const file = await openTensorFile(new BlobByteSource(form, blob));
      await rest.session.restore(file);
      expect(rest.session.cursor).toEqual(cut.session.cursor);
      expect(rest.session.cursor.batch).toBeGreaterThan(0);
      expect(await rest.session.run()).toBe('finished');
      expect(lossesOf(rest.events)).toEqual(lossesOf(whole.events).slice(9));
      const other = sessionOf({ changes, hash: 'another' });
      await expect(other.session.restore(file)).rejects.toEqual(
        expect.objectContaining({ code: 'bad-checkpoint' }),
      );
      expect(other.session.cursor.step).toBe(0);
      for (const { dispose } of [whole, cut, rest, other]) dispose();
    },
  );

  it('has the same losses in micro-batches as in whole batches', async () => {
    const [whole, cut] = [
      sessionOf({ changes: { epochs: 1 } }),
      sessionOf({ changes: { epochs: 1, microBatch: 3 } }),
    ];
    await whole.session.run();
    await cut.session.run();
    const losses = lossesOf(cut.events);
    expect(losses).not.toEqual(lossesOf(whole.events));
    lossesOf(whole.events).forEach(([, loss], i) =>
      expect(Math.abs(losses[i]![1]! - loss!) / Math.abs(loss!)).toBeLessThan(1e-5),
    );
    whole.dispose();
    cut.dispose();
  });

  it('refuses micro-batches for a head with BatchNorm, and leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    expect(() => sessionOf({ changes: { head: 'tface-conv', microBatch: 3 } })).toThrow(
      expect.objectContaining({ code: 'bad-config' }),
    );
    // The backbone's projection, which doesn't belong to the session.
    expect(tf.memory().numTensors).toBe(before + 1);
  });

  it('exports a head with metadata on how it was made', async () => {
    const { session, dispose } = sessionOf({ changes: { epochs: 1, seed: 12 } });
    await session.run();
    const { metadata } = readSafetensors(await headBytes(session.exportHead()));
    expect(JSON.parse(metadata.config!)).toEqual(configToStore(session.config));
    expect(metadata).toMatchObject({
      seed: '12',
      backbone: 'tile means',
      backboneHash: 'small',
      step: String(session.cursor.step),
    });
    expect(JSON.parse(metadata.versions!)).toEqual({
      studio: expect.stringMatching(/^\d+\.\d+\.\d+/),
      tfjs: tf.version_core,
    });
    expect(JSON.parse(metadata.validation!)).toMatchObject({
      loss: session.validation!.loss,
      images: session.validation!.images,
    });
    dispose();
  });

  it('waits for a slow device to report its loss after a failed readback', async () => {
    const { session, events, dispose } = sessionOf({});
    vi.spyOn(session.trainer, 'enqueueStep').mockRejectedValue(
      new DOMException('Buffer was unmapped before mapping was resolved.', 'AbortError'),
    );
    const running = session.run();
    setTimeout(
      () => session.control.stop(new StudioError('device-lost', 'The GPU was lost.', '')),
      1500,
    );
    await expect(running).rejects.toMatchObject({ code: 'device-lost' });
    expect(events.filter(({ type }) => type === 'run-state').at(-1)).toMatchObject({
      state: 'failed',
    });
    dispose();
  });

  it('saves when it is stopped', async () => {
    const { session, events, store, dispose } = sessionOf({ changes: { checkpointEvery: 1000 } });
    const stepped = session.control.gate.bind(session.control);
    session.control.gate = async (onWait) => {
      if (session.cursor.step === 5) session.control.stop();
      return stepped(onWait);
    };
    expect(await session.run()).toBe('stopped');
    expect(events).toContainEqual(expect.objectContaining({ type: 'checkpoint-saved', step: 5 }));
    expect(await store.read(CHECKPOINT_FILE)).not.toBeNull();
    dispose();
  });

  it('saves matching cursor and weights when it is stopped in the middle of a step', async () => {
    const changes = { learningRate: 1e-3, checkpointEvery: 1000 } as const;
    const whole = sessionOf({ changes });
    await whole.session.run();
    const cut = sessionOf({ changes });
    const take = cut.session.trainer.enqueueStep.bind(cut.session.trainer);
    cut.session.trainer.enqueueStep = async (...batch) => {
      if (cut.session.cursor.step === 5) cut.session.control.stop();
      return take(...batch);
    };
    expect(await cut.session.run()).toBe('stopped');
    const rest = sessionOf({ changes });
    await rest.session.restore(await checkpointIn(cut.store));
    expect(rest.session.cursor.step).toBe(6);
    await rest.session.run();
    expect(lossesOf(rest.events)).toEqual(lossesOf(whole.events).slice(6));
    for (const { dispose } of [whole, cut, rest]) dispose();
  });

  it('refuses the checkpoint of another backbone', async () => {
    const saved = sessionOf({});
    await saved.session.run();
    const other = sessionOf({ hash: 'another' });
    const bytes = await checkpointIn(saved.store);
    await expect(other.session.restore(bytes)).rejects.toThrow(
      expect.objectContaining({ code: 'bad-checkpoint' }),
    );
    saved.dispose();
    other.dispose();
  });

  it('refuses to resume within an epoch without the class centres gathered so far', async () => {
    const changes = { features: 'stream', centres: 'growing' } as const;
    const cut = sessionOf({ changes });
    const stepped = cut.session.control.gate.bind(cut.session.control);
    cut.session.control.gate = async (onWait) => {
      if (cut.session.cursor.step === 3) cut.session.control.stop();
      return stepped(onWait);
    };
    expect(await cut.session.run()).toBe('stopped');
    const centres = (await cut.store.read(CENTRES_FILE))!.slice();
    centres[centres.length - 2]! ^= 1;
    await cut.store.write(CENTRES_FILE, centres);
    const rest = sessionOf({ changes, store: cut.store });
    await rest.session.restore(await checkpointIn(cut.store));
    await expect(rest.session.run()).rejects.toMatchObject({
      code: 'bad-checkpoint',
      message: expect.stringContaining('class centres'),
    });
    expect(await cut.store.read(CENTRES_FILE)).toEqual(centres);
    for (const { dispose } of [cut, rest]) dispose();
  });

  it('reports that nothing can be saved, and trains on', async () => {
    const { session, events, store, dispose } = sessionOf({});
    store.write = () => Promise.reject(new StudioError('storage-full', 'full', ''));
    expect(await session.run()).toBe('finished');
    expect(events).toContainEqual({
      type: 'error',
      scope: 'run',
      error: expect.objectContaining({ code: 'storage-full' }),
    });
    dispose();
  });

  it.each(['compact', 'tface-conv'] as const)(
    'trains on wasm and frees everything: %s',
    async (head) => {
      const held: number[] = [];
      for (let run = 0; run < 3; run++) {
        const { session, dispose } = sessionOf({ changes: { head, epochs: 1 } });
        expect(await session.run()).toBe('finished');
        dispose();
        held.push(tf.memory().numTensors);
      }
      expect(held[2]).toBe(held[1]);
    },
  );
});
