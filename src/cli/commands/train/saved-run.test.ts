import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkpointIn } from '../../../../test/fixtures/checkpoint-in';
import { MemoryFileStore } from '../../../formats/bytes/memory-file-store';
import {
  smallBackbone,
  smallConfig,
  smallDecoder,
  smallSource,
} from '../../../../test/fixtures/small-run';
import { RunLibrary } from '../../../runs/run-library';
import type { FileStore } from '../../../formats/bytes/file-store';
import type { FaceSource } from '../../../faces/face-source';
import type { RunConfig } from '../../../training/config/run-config';
import { CHECKPOINT_FILE } from '../../../training/checkpoint/checkpoint-writer';
import { checkpointHeader } from '../../../training/checkpoint/checkpoint';
import { TrainingSession } from '../../../training/session/training-session';
import { startNodeWasm } from '../../node/node-backend';
import { decideStart, resumeSession } from './saved-run';

const settings = { shards: 'memory.json', epochs: 2 };
const smallOf = (changes: Partial<RunConfig> = {}) => smallConfig({ ...settings, ...changes });
const allNamed = new Set(Object.keys(smallOf()));

function sessionOf(config: RunConfig, store: FileStore, source: FaceSource = smallSource) {
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

/** A library with a run of these settings that was trained to its end. */
async function trained(config = smallOf(), library = new RunLibrary(new MemoryFileStore())) {
  const backbone = { name: 'small', hash: 'small' };
  const run = await library.create({ config, backbone, machine: 'test' });
  const { session, dispose } = sessionOf(config, run.folder);
  await session.run();
  const { step, epoch } = session.cursor;
  await library.update(run.id, (manifest) => ({
    ...manifest,
    ...{ step, epoch, checkpointStep: step, state: 'finished', hasEnded: true },
  }));
  dispose();
  return { library, run, folder: run.folder };
}

async function resumedOf(library: RunLibrary, asked: RunConfig, resume: string | true = true) {
  const start = await decideStart(library, 'runs', asked, { resume }, allNamed);
  if (start.kind !== 'resume') throw new Error('It is not resumed.');
  return start;
}

const refused = (code: string, message: string, nextStep: string) =>
  expect.objectContaining({
    code,
    message: expect.stringContaining(message),
    nextStep: expect.stringContaining(nextStep),
  });

let kept: Awaited<ReturnType<typeof trained>>;
beforeAll(async () => {
  await startNodeWasm();
  kept = await trained();
});

describe('scf train in a folder with runs', () => {
  it('starts a new run unless it is told to go on, and touches no other', async () => {
    const asked = smallOf({ method: 'scf-g' });
    const before = await kept.folder.list();
    for (const config of [asked, smallOf()])
      expect(await decideStart(kept.library, 'runs', config, {}, allNamed)).toEqual({
        kind: 'new',
        config,
      });
    expect(await kept.folder.list()).toEqual(before);
  });

  it('goes on with the last unfinished run, or with the one that is named', async () => {
    const { library, run } = await trained();
    const [older, newer] = [await trained(smallOf(), library), await trained(smallOf(), library)];
    for (const each of [older, newer])
      await library.update(each.run.id, (manifest) => ({
        ...manifest,
        ...{ state: 'interrupted', hasEnded: false, startedAt: each === older ? 1e12 : 3e12 },
      }));
    expect((await resumedOf(library, smallOf())).run.id).toBe(newer.run.id);
    expect((await resumedOf(library, smallOf(), older.run.id)).run.id).toBe(older.run.id);
    const named = await library.label(run.id, { name: 'my run' });
    expect((await resumedOf(library, smallOf(), 'my run')).run.id).toBe(named.id);
    await expect(resumedOf(library, smallOf(), 'nobody')).rejects.toEqual(
      refused('bad-config', 'There is no run "nobody" in runs', 'my run'),
    );
  });

  it('says so if all are finished, unless more epochs are asked for', async () => {
    await expect(resumedOf(kept.library, smallOf())).rejects.toEqual(
      refused('bad-config', 'All runs in runs are finished', '--resume NAME'),
    );
    const { config, remarks } = await resumedOf(kept.library, smallOf({ epochs: 3 }));
    expect(config.epochs).toBe(3);
    expect(remarks.join(' ')).toContain('It had 2 epochs, and has 3 now.');
  });

  it('follows the run in what the command does not name', async () => {
    const { library, run } = await trained(smallOf({ learningRate: 7e-4, stepSize: 7 }));
    const asked = smallOf({ epochs: 3, stepSize: 4 });
    const start = await decideStart(
      library,
      'runs',
      asked,
      { resume: run.id },
      new Set(['epochs']),
    );
    expect(start.config).toMatchObject({ learningRate: 7e-4, stepSize: 7, epochs: 3 });
    const byName = new Set(['epochs', 'stepSize']);
    await expect(decideStart(library, 'runs', asked, { resume: run.id }, byName)).rejects.toEqual(
      refused('bad-checkpoint', 'stepSize 7; stepSize 4 was asked for', 'Without --resume'),
    );
  });

  it('says that a run of the same settings is finished', async () => {
    const { remarks } = await resumedOf(kept.library, smallOf(), kept.run.id);
    expect(remarks).toEqual([
      expect.stringMatching(
        /^The run \S+ in runs is finished, at step \d+; its head is written once more\.$/,
      ),
    ]);
  });

  it('refuses other settings, names them, and leaves the run as it is', async () => {
    const before = await kept.folder.read(CHECKPOINT_FILE);
    const asked = smallOf({ method: 'scf-g', seed: 778 });
    await expect(resumedOf(kept.library, asked, kept.run.id)).rejects.toEqual(
      refused(
        'bad-checkpoint',
        'was begun with seed 777, method "scf"; seed 778, method "scf-g" was asked for.',
        'Without --resume',
      ),
    );
    expect(await kept.folder.read(CHECKPOINT_FILE)).toEqual(before);
  });

  it('trains more epochs', async () => {
    const { library, folder } = await trained();
    const asked = smallOf({ epochs: 3, numWorkers: 5 });
    const start = await resumedOf(library, asked);
    expect(start.config).toEqual(asked);
    const { session, dispose } = sessionOf(start.config, folder);
    await resumeSession(session, start.saved, folder);
    await session.run();
    // The written checkpoint is the one that was trained.
    expect(session.cursor.epoch).toBe(3);
    expect(checkpointHeader(await checkpointIn(folder)).config).toEqual(asked);
    dispose();
  });

  it('refuses other pictures before the first step, but not moved ones', async () => {
    const { library, folder, run } = kept;
    const start = await resumedOf(library, smallOf({ shards: 'moved.json' }), run.id);
    const others: FaceSource = { ...smallSource, fingerprint: async () => 'others' };
    const other = sessionOf(start.config, folder, others);
    await expect(resumeSession(other.session, start.saved, folder)).rejects.toEqual(
      refused(
        'bad-checkpoint',
        'trained on the pictures of memory.json; those of moved.json are others',
        'Without --resume',
      ),
    );
    await expect(other.session.run()).rejects.toMatchObject({ code: 'bad-checkpoint' });
    const same = sessionOf(start.config, folder);
    await resumeSession(same.session, start.saved, folder);
    other.dispose();
    same.dispose();
  });

  it('resumes from the checkpoint before a damaged one, and says so', async () => {
    const { library, folder, run } = await trained();
    const whole = checkpointHeader(await checkpointIn(folder));
    const bytes = (await folder.read(CHECKPOINT_FILE))!.slice();
    bytes[bytes.length - 6]! ^= 4;
    await folder.write(CHECKPOINT_FILE, bytes);
    const start = await resumedOf(library, smallOf(), run.id);
    expect(start.remarks[0]).toMatch(
      /^run\.safetensors is damaged: its arrays have checksum .* is whole\.$/,
    );
    const { session, dispose } = sessionOf(start.config, folder);
    await resumeSession(session, start.saved, folder);
    await session.run();
    const after = checkpointHeader(await checkpointIn(folder));
    expect(after.cursor).toEqual(whole.cursor);
    dispose();
  });

  it('refuses to go on where there is nothing to go on with', async () => {
    await expect(
      decideStart(null, '', smallOf(), { resume: true }, allNamed),
    ).rejects.toMatchObject({ code: 'bad-config' });
    const library = new RunLibrary(new MemoryFileStore());
    await expect(resumedOf(library, smallOf())).rejects.toEqual(
      refused('bad-config', 'There is no run in runs that could go on', 'leave --resume out'),
    );
    const { id } = await library.create({
      config: smallOf(),
      backbone: { name: 'small', hash: 'small' },
      machine: 'test',
    });
    await expect(resumedOf(library, smallOf(), id)).rejects.toEqual(
      refused('bad-checkpoint', 'has no checkpoint', 'Without --resume'),
    );
  });
});

describe('a session', () => {
  it('refuses a run of other settings, as a checkpoint and as a file', async () => {
    const { session, dispose } = sessionOf(smallOf({ learningRate: 0.1 }), new MemoryFileStore());
    await expect(session.restore(await checkpointIn(kept.folder))).rejects.toThrow(
      refused('bad-checkpoint', 'learningRate', 'settings'),
    );
    expect(session.cursor.step).toBe(0);
    dispose();
  });
});
