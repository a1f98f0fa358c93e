import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { startNodeWasm } from '../../cli/node/node-backend';
import { trainKeptRun } from '../../../test/fixtures/kept-run';
import { StudioError } from '../../core/studio-error';
import type { FileStore } from '../../formats/bytes/file-store';
import { MemoryFileStore } from '../../formats/bytes/memory-file-store';
import {
  CHECKPOINT_FILE,
  PREVIOUS_CHECKPOINT_FILE,
} from '../../training/checkpoint/checkpoint-writer';
import { readSavedRun } from '../../training/checkpoint/saved-run';
import { CENTRES_FILE, VIEWS_FILE } from '../../training/data/run-data';
import { migrateSavedRun } from './migrate-saved-run';
import { smallBackbone, smallDecoder, smallSource } from '../../../test/fixtures/small-run';
import { TrainingSession } from '../../training/session/training-session';
import { RunLibrary } from '../run-library';
import { RunRecorder } from '../run-recorder';

let checkpoint: Uint8Array;
beforeAll(async () => {
  await startNodeWasm();
  const run = await trainKeptRun(new RunLibrary(new MemoryFileStore()));
  checkpoint = (await run.folder.read(CHECKPOINT_FILE))!;
});

/** The store as the release before the library left it. */
async function oldStore(): Promise<MemoryFileStore> {
  const store = new MemoryFileStore();
  for (const name of [PREVIOUS_CHECKPOINT_FILE, CHECKPOINT_FILE])
    await store.write(name, checkpoint);
  await store.write(CENTRES_FILE, Uint8Array.of(1, 2));
  await store.write(VIEWS_FILE, Uint8Array.of(3));
  return store;
}

/** A store whose calls fail from one on: the program has died. */
function dyingAt(store: FileStore, calls: { left: number }): FileStore {
  const methods = ['read', 'open', 'write', 'rename', 'remove', 'list', 'folders', 'removeFolder'];
  return new Proxy(store, {
    get(target, name, receiver: unknown) {
      if (name === 'folder') return (each: string) => dyingAt(target.folder(each), calls);
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== 'function') return value;
      if (!methods.includes(String(name))) return value.bind(target);
      return (...given: unknown[]) =>
        calls.left-- > 0
          ? value.apply(target, given)
          : Promise.reject(new StudioError('storage-denied', 'Dead.', ''));
    },
  });
}

const names = async (store: FileStore) => (await store.list()).map(({ name }) => name).sort();

describe('a run that was saved before there was a library', () => {
  it('becomes one of its runs; what any run can use stays', async () => {
    const [from, library] = [await oldStore(), new RunLibrary(new MemoryFileStore())];
    expect(await migrateSavedRun(from, library)).toBeNull();
    const { runs } = await library.list();
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({ origin: 'migrated', state: 'finished', hasEnded: true });
    const { folder } = await library.open(runs[0]!.id);
    expect(await folder.read(CHECKPOINT_FILE)).toEqual(checkpoint);
    expect(await readSavedRun(folder, true)).toMatchObject({ warning: null });
    expect(await folder.read(CENTRES_FILE)).toEqual(Uint8Array.of(1, 2));
    expect(await names(from)).toEqual([VIEWS_FILE]);
    expect(await migrateSavedRun(from, library)).toBeNull();
    expect((await library.list()).runs).toHaveLength(1);
  });

  it('is never lost, and comes once, wherever the program dies', async () => {
    for (let calls = 0; ; calls++) {
      const [from, root] = [await oldStore(), new MemoryFileStore()];
      const left = { left: calls };
      const died = await migrateSavedRun(
        dyingAt(from, left),
        new RunLibrary(dyingAt(root, left)),
      ).then(
        () => false,
        () => true,
      );
      const inOld = await readSavedRun(from);
      const library = new RunLibrary(root);
      const listed = (await library.list()).runs;
      if (!inOld) expect(listed, `after ${calls} calls`).toHaveLength(1);
      await library.tidy();
      await migrateSavedRun(from, library);
      const [run, ...others] = (await library.list()).runs;
      expect(others).toEqual([]);
      const { folder } = await library.open(run!.id);
      expect(await folder.read(CHECKPOINT_FILE)).toEqual(checkpoint);
      expect(await folder.read(CENTRES_FILE), `after ${calls} calls`).toEqual(Uint8Array.of(1, 2));
      if (!died) break;
      expect(calls).toBeLessThan(200);
    }
  });

  it('is set aside and told once if it is damaged', async () => {
    const from = new MemoryFileStore();
    await from.write(CHECKPOINT_FILE, Uint8Array.of(1, 2, 3));
    const library = new RunLibrary(new MemoryFileStore());
    expect((await migrateSavedRun(from, library))!.message).toMatch(/damaged and was set aside/);
    expect(await migrateSavedRun(from, library)).toBeNull();
    expect(await names(from)).toEqual([`${CHECKPOINT_FILE}.damaged`]);
    expect((await library.list()).runs).toEqual([]);
  });

  it('of the release before opens, with its centres, and goes on', async () => {
    const from = new MemoryFileStore();
    const place = 'test/fixtures/old-store';
    for (const name of await readdir(place))
      await from.write(name, await readFile(join(place, name)));
    const library = new RunLibrary(new MemoryFileStore());
    expect(await migrateSavedRun(from, library)).toBeNull();
    const { runs, problems } = await library.list();
    expect(problems).toEqual([]);
    expect(runs[0]).toMatchObject({
      origin: 'migrated',
      state: 'finished',
      step: 14,
      epoch: 2,
      data: { fingerprint: 'memory' },
    });
    const run = await library.open(runs[0]!.id);
    const saved = (await readSavedRun(run.folder, true))!;
    const backbone = smallBackbone();
    const { step } = saved.header.cursor;
    const recorder = await RunRecorder.open(library, run, {
      fromStep: step,
      onError: (error) => expect.unreachable(error.message),
    });
    const session = new TrainingSession({
      config: { ...saved.header.config, epochs: 3 },
      backbone,
      source: smallSource,
      decoder: smallDecoder,
      store: recorder.folder,
      shared: from,
      post: (event) => recorder.take(event),
      maxBlockBytes: 2 ** 30,
      bytesAllocated: () => 0,
    });
    await session.restore(saved.file);
    expect(await session.run()).toBe('finished');
    await recorder.end('finished', null);
    const { step: steps } = await (await library.open(run.id)).curves();
    expect([steps[0], steps.at(-1)]).toEqual([step + 1, session.cursor.step]);
    session.dispose();
    backbone.dispose();
  });
});
