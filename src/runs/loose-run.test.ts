import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import {
  smallBackbone,
  smallConfig,
  smallDecoder,
  smallSource,
} from '../../test/fixtures/small-run';
import type { FileContent } from '../formats/bytes/file-store';
import { MemoryFileStore } from '../formats/bytes/memory-file-store';
import { startNodeWasm } from '../cli/node/node-backend';
import {
  CHECKPOINT_FILE,
  PREVIOUS_CHECKPOINT_FILE,
} from '../training/checkpoint/checkpoint-writer';
import { TrainingSession } from '../training/session/training-session';
import { moveLooseRun } from './loose-run';
import { RunLibrary } from './run-library';

/** The files of a run of an earlier version, which lay loose in its store. */
const files = new Map<string, Uint8Array>();
beforeAll(async () => {
  await startNodeWasm();
  const store = new MemoryFileStore();
  const backbone = smallBackbone();
  const session = new TrainingSession({
    config: smallConfig({ epochs: 1 }),
    backbone,
    source: smallSource,
    store,
    decoder: smallDecoder,
    post: () => undefined,
    maxBlockBytes: 2 ** 30,
    bytesAllocated: () => tf.memory().numBytes,
  });
  await session.run();
  for (const { name } of await store.list()) files.set(name, (await store.read(name))!);
  session.dispose();
  backbone.dispose();
}, 60_000);

/** Counts down what changes a store, and fails when none is left, as if the program had died. */
class DyingStore extends MemoryFileStore {
  left = Infinity;

  override async write(name: string, content: FileContent): Promise<void> {
    this.#live();
    await super.write(name, content);
  }

  override async remove(name: string): Promise<void> {
    this.#live();
    await super.remove(name);
  }

  #live(): void {
    if (--this.left < 0) throw new Error('killed');
  }
}

async function looseStore(): Promise<DyingStore> {
  const store = new DyingStore();
  for (const [name, bytes] of files) await store.write(name, bytes);
  return store;
}

it('moves a run of an earlier version into a folder of its own', async () => {
  const store = await looseStore();
  const library = new RunLibrary(store);
  const moved = (await moveLooseRun(library, store))!;
  expect(moved).toMatchObject({ origin: 'migrated', state: 'finished', hasEnded: true });
  const { folder } = await library.open(moved.id);
  expect(await folder.read(CHECKPOINT_FILE)).toEqual(files.get(CHECKPOINT_FILE));
  expect(await folder.read(PREVIOUS_CHECKPOINT_FILE)).toEqual(files.get(PREVIOUS_CHECKPOINT_FILE));
  expect(await store.read(CHECKPOINT_FILE)).toBeNull();
  expect(await moveLooseRun(library, store)).toBeNull();
  expect((await library.list()).runs).toHaveLength(1);
});

it('loses nothing wherever it is cut off, and makes one run of it', async () => {
  for (let survived = 0; ; survived++) {
    const store = await looseStore();
    const library = new RunLibrary(store);
    store.left = survived;
    const isDone = await moveLooseRun(library, store).then(
      () => true,
      () => false,
    );
    store.left = Infinity;
    if (!isDone) await moveLooseRun(library, store);
    const { runs, problems } = await library.list();
    expect([runs.length, problems]).toEqual([1, []]);
    const { folder } = await library.open(runs[0]!.id);
    expect(await folder.read(CHECKPOINT_FILE)).toEqual(files.get(CHECKPOINT_FILE));
    if (isDone) break;
  }
});

it('leaves damaged checkpoints where they are', async () => {
  const store = await looseStore();
  for (const name of [CHECKPOINT_FILE, PREVIOUS_CHECKPOINT_FILE])
    await store.write(name, new Uint8Array(100));
  const library = new RunLibrary(store);
  await expect(moveLooseRun(library, store)).rejects.toMatchObject({ code: 'bad-checkpoint' });
  expect((await store.read(CHECKPOINT_FILE))!.length).toBe(100);
  expect((await library.list()).runs).toEqual([]);
});
