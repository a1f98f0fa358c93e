import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { smallBackbone, smallConfig, smallDecoder, smallSource } from '../../test/fixtures/small-run';
import { startNodeWasm } from '../cli/node-backend';
import { StudioError } from '../formats/studio-error';
import type { RunConfig } from './run-config';
import type { SessionEvent } from './run-events';
import { MemoryRunStore } from './run-store';
import { CHECKPOINT_FILE, TrainingSession } from './training-session';

/** A session over the small run, and everything it has said. */
function sessionOf({ changes = {}, store = new MemoryRunStore(), hash = 'small' }: { changes?: Partial<RunConfig>; store?: MemoryRunStore; hash?: string }) {
  const events: SessionEvent[] = [];
  const backbone = smallBackbone(hash);
  const session = new TrainingSession({
    config: smallConfig(changes),
    backbone,
    source: smallSource,
    decoder: smallDecoder,
    store,
    post: (event) => events.push(event),
    maxBlockBytes: 2 ** 30,
    bytesAllocated: () => tf.memory().numBytes,
  });
  const dispose = () => {
    session.dispose();
    backbone.dispose();
  };
  return { session, events, store, dispose };
}

const stepsOf = (events: readonly SessionEvent[]) => events.flatMap((event) => (event.type === 'steps' ? event.metrics : []));
const lossesOf = (events: readonly SessionEvent[]) => stepsOf(events).map(({ step, loss }) => [step, loss]);

const ways: readonly Partial<RunConfig>[] = [
  { features: 'reuse' },
  { features: 'stream' },
  { features: 'stream', centres: 'growing' },
  { features: 'stream', centres: 'growing', augmentation: 0.5, validateEvery: 3 },
];

describe('a training session', () => {
  beforeAll(async () => void (await startNodeWasm()));

  it.each(ways)('runs to its end and repeats itself: $features, $centres, augmented $augmentation', async (changes) => {
    const [first, second] = [sessionOf({ changes }), sessionOf({ changes })];
    expect(await first.session.run()).toBe('finished');
    expect(await second.session.run()).toBe('finished');
    const steps = stepsOf(first.events).map(({ step }) => step);
    expect(steps.length).toBeGreaterThan(10);
    expect(steps).toEqual(steps.map((_, i) => i + 1));
    expect(lossesOf(second.events)).toEqual(lossesOf(first.events));
    first.dispose();
    second.dispose();
  });

  it.each(ways)('goes on from a checkpoint as if nothing had happened: $features, $centres, augmented $augmentation', async (changes) => {
    const whole = sessionOf({ changes });
    await whole.session.run();
    const cut = sessionOf({ changes });
    // What a crash leaves behind: the last checkpoint written, in the middle of an epoch.
    const write = cut.store.write.bind(cut.store);
    cut.store.write = async (name, bytes) => {
      await write(name, bytes);
      if (name === CHECKPOINT_FILE && cut.session.cursor.batch > 0 && cut.session.cursor.epoch === 1) cut.session.control.stop(new Error('crash'));
    };
    await expect(cut.session.run()).rejects.toThrow('crash');
    const rest = sessionOf({ changes, store: cut.store });
    rest.session.restore((await cut.store.read(CHECKPOINT_FILE))!);
    const from = rest.session.cursor.step;
    expect(rest.session.cursor.batch).toBeGreaterThan(0);
    expect(await rest.session.run()).toBe('finished');
    expect(lossesOf(rest.events)).toEqual(lossesOf(whole.events).slice(from));
    for (const { dispose } of [whole, cut, rest]) dispose();
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

  it('refuses the checkpoint of another backbone', async () => {
    const saved = sessionOf({});
    await saved.session.run();
    const other = sessionOf({ hash: 'another' });
    const bytes = (await saved.store.read(CHECKPOINT_FILE))!;
    expect(() => other.session.restore(bytes)).toThrow(expect.objectContaining({ code: 'bad-checkpoint' }));
    saved.dispose();
    other.dispose();
  });

  it('says that nothing can be saved, and trains on', async () => {
    const { session, events, store, dispose } = sessionOf({});
    store.write = () => Promise.reject(new StudioError('storage-full', 'full', ''));
    expect(await session.run()).toBe('finished');
    expect(events).toContainEqual({ type: 'error', scope: 'run', error: expect.objectContaining({ code: 'storage-full' }) });
    dispose();
  });

  it.each(['compact', 'tface-conv'] as const)('trains on wasm and frees everything: %s', async (head) => {
    const held: number[] = [];
    for (let run = 0; run < 3; run++) {
      const { session, dispose } = sessionOf({ changes: { head, epochs: 1 } });
      expect(await session.run()).toBe('finished');
      dispose();
      held.push(tf.memory().numTensors);
    }
    expect(held[2]).toBe(held[1]);
  });
});
