import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { MemoryFileStore } from '../../../formats/bytes/memory-file-store';
import {
  smallBackbone,
  smallConfig,
  smallDecoder,
  smallSource,
} from '../../../../test/fixtures/small-run';
import type { FaceSource } from '../../../faces/face-source';
import { readSafetensors } from '../../../formats/safetensors/safetensors';
import type { RunConfig } from '../../../training/config/run-config';
import {
  PREVIOUS_CHECKPOINT_FILE,
  CHECKPOINT_FILE,
} from '../../../training/checkpoint/checkpoint-writer';
import { readCheckpointHeader } from '../../../training/checkpoint/checkpoint';
import { TrainingSession } from '../../../training/session/training-session';
import { startNodeWasm } from '../../node/node-backend';
import { decideStart, resumeSession } from './saved-run';

const settings = { shards: 'memory.json', epochs: 2 };
const smallOf = (changes: Partial<RunConfig> = {}) => smallConfig({ ...settings, ...changes });

function sessionOf(config: RunConfig, store: MemoryFileStore, source: FaceSource = smallSource) {
  const backbone = smallBackbone();
  const session = new TrainingSession({
    config,
    backbone,
    source,
    store,
    decoder: smallDecoder,
    post: () => undefined,
    maxBlockBytes: 2 ** 30,
    bytesAllocated: () => tf.memory().numBytes,
  });
  return { session, dispose: () => [session, backbone].forEach((each) => each.dispose()) };
}

/** A store with a finished run of these settings. */
async function trained(config = smallOf()): Promise<MemoryFileStore> {
  const store = new MemoryFileStore();
  const { session, dispose } = sessionOf(config, store);
  await session.run();
  dispose();
  return store;
}

const refused = (code: string, message: string, nextStep: string) =>
  expect.objectContaining({
    code,
    message: expect.stringContaining(message),
    nextStep: expect.stringContaining(nextStep),
  });

let store: MemoryFileStore;
beforeAll(async () => {
  await startNodeWasm();
  store = await trained();
});

describe('scf train in a folder that has a run', () => {
  it('follows the run in what nobody named: preset, and what was fitted to its size', async () => {
    const fitted = smallOf({ preset: 'photographs', epochs: 1, stepSize: 7 });
    const own = await trained(fitted);
    const named = new Set(Object.keys(smallOf()).filter((name) => !/epochs|stepSize/.test(name)));
    const asked = smallOf({ preset: 'photographs', epochs: 15, stepSize: 4 });
    const free = { isPresetFree: true, named };
    expect(await decideStart(own, 'runs', asked, {}, free)).toMatchObject({
      kind: 'resume',
      config: fitted,
    });
    const byName = { isPresetFree: true, named: new Set([...named, 'stepSize']) };
    await expect(decideStart(own, 'runs', asked, {}, byName)).rejects.toEqual(
      refused('bad-checkpoint', 'stepSize 7; stepSize 4 was asked for', '--anew'),
    );
    const nothing = { isPresetFree: true, named: new Set<string>() };
    const older = await decideStart(
      store,
      'runs',
      smallOf({ preset: 'photographs', epochs: 2 }),
      {},
      nothing,
    );
    expect(older.config).toMatchObject({ preset: 'demo' });
  });

  it('says that a run of the same settings is finished', async () => {
    const start = await decideStart(store, 'runs', smallOf(), {});
    expect(start).toMatchObject({ kind: 'resume', config: smallOf() });
    expect(start).toHaveProperty('remarks', [
      expect.stringMatching(
        /^The run in runs is finished, at step \d+; its head is written once more\.$/,
      ),
    ]);
  });

  it('refuses other settings, names them, and leaves the run as it is', async () => {
    const before = await store.read(CHECKPOINT_FILE);
    const asked = smallOf({ method: 'scf-g', seed: 778 });
    await expect(decideStart(store, 'runs', asked, {})).rejects.toEqual(
      refused(
        'bad-checkpoint',
        'The run in runs was begun with seed 777, method "scf"; seed 778, method "scf-g" ' +
          'was asked for.',
        '--anew',
      ),
    );
    await expect(decideStart(store, 'runs', asked, { resume: true })).rejects.toMatchObject({
      code: 'bad-checkpoint',
    });
    expect(await decideStart(store, 'runs', asked, { anew: true })).toEqual({
      kind: 'new',
      config: asked,
      setsAside: true,
    });
    expect(await store.read(CHECKPOINT_FILE)).toEqual(before);
  });

  it('requires --resume for more epochs, and trains those', async () => {
    const asked = smallOf({ epochs: 3, numWorkers: 5 });
    await expect(decideStart(store, 'runs', asked, {})).rejects.toEqual(
      refused('bad-config', 'The run in runs has 2 epochs; 3 were asked for.', '--resume'),
    );
    const own = new MemoryFileStore();
    await own.write(CHECKPOINT_FILE, (await store.read(CHECKPOINT_FILE))!);
    const start = await decideStart(own, 'runs', asked, { resume: true });
    if (start.kind !== 'resume') throw new Error('It is not resumed.');
    expect(start.config).toEqual(asked);
    const { session, dispose } = sessionOf(start.config, own);
    await resumeSession(session, start.saved, own);
    await session.run();
    // The written checkpoint is the one that was trained.
    expect(session.cursor.epoch).toBe(3);
    expect(readCheckpointHeader((await own.read(CHECKPOINT_FILE))!).config).toEqual(asked);
    expect(JSON.parse(readSafetensors(await session.exportHead()).metadata.config!)).toEqual(asked);
    dispose();
  });

  it('refuses other pictures before the first step, but not moved ones', async () => {
    const start = await decideStart(store, 'runs', smallOf({ shards: 'moved.json' }), {});
    if (start.kind !== 'resume') throw new Error('It is not resumed.');
    const others: FaceSource = { ...smallSource, fingerprint: async () => 'others' };
    const other = sessionOf(start.config, store, others);
    await expect(resumeSession(other.session, start.saved, store)).rejects.toEqual(
      refused(
        'bad-checkpoint',
        'trained on the pictures of memory.json; those of moved.json are others',
        '--anew',
      ),
    );
    await expect(other.session.run()).rejects.toMatchObject({ code: 'bad-checkpoint' });
    const same = sessionOf(start.config, store);
    await resumeSession(same.session, start.saved, store);
    other.dispose();
    same.dispose();
  });

  it('resumes from the checkpoint before a damaged one, and says so', async () => {
    const own = new MemoryFileStore();
    const bytes = (await store.read(CHECKPOINT_FILE))!.slice();
    bytes[bytes.length - 6]! ^= 4;
    await own.write(CHECKPOINT_FILE, bytes);
    await own.write(PREVIOUS_CHECKPOINT_FILE, (await store.read(PREVIOUS_CHECKPOINT_FILE))!);
    const start = await decideStart(own, 'runs', smallOf(), {});
    if (start.kind !== 'resume') throw new Error('It is not resumed.');
    expect(start.remarks[0]).toMatch(
      /^run\.safetensors is damaged: its arrays have checksum .* is whole\.$/,
    );
    const { session, dispose } = sessionOf(start.config, own);
    await resumeSession(session, start.saved, own);
    await session.run();
    expect(await own.read(CHECKPOINT_FILE)).not.toBeNull();
    expect(readCheckpointHeader((await own.read(CHECKPOINT_FILE))!).cursor).toEqual(
      readCheckpointHeader((await store.read(CHECKPOINT_FILE))!).cursor,
    );
    const epochs = decideStart(
      {
        ...own,
        read: (name) => (name === CHECKPOINT_FILE ? Promise.resolve(bytes) : own.read(name)),
      } as MemoryFileStore,
      'runs',
      smallOf({ epochs: 3 }),
      {},
    );
    await expect(epochs).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringMatching(/is damaged: .* has 2 epochs/),
    });
    dispose();
  });

  it('refuses options that contradict each other', async () => {
    const empty = new MemoryFileStore();
    const both = { resume: true, anew: true };
    await expect(decideStart(empty, 'runs', smallOf(), both)).rejects.toMatchObject({
      code: 'bad-config',
    });
    await expect(decideStart(empty, null, smallOf(), { resume: true })).rejects.toMatchObject({
      code: 'bad-config',
    });
    await expect(decideStart(empty, 'runs', smallOf(), { resume: true })).rejects.toMatchObject({
      code: 'bad-checkpoint',
    });
    expect(await decideStart(empty, 'runs', smallOf(), {})).toMatchObject({
      kind: 'new',
      setsAside: false,
    });
  });
});

describe('a session', () => {
  it('refuses a run of other settings, as a checkpoint and as a file', async () => {
    const { session, dispose } = sessionOf(smallOf({ learningRate: 0.1 }), new MemoryFileStore());
    const bytes = (await store.read(CHECKPOINT_FILE))!;
    await expect(session.restore(bytes)).rejects.toThrow(
      refused('bad-checkpoint', 'learningRate', 'settings'),
    );
    expect(session.cursor.step).toBe(0);
    dispose();
  });
});
