import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { smallConfig } from '../../../test/fixtures/small-run';
import { MemoryFileStore } from '../../formats/bytes/memory-file-store';
import { RunLibrary } from '../../runs/run-library';
import { KeptRunsController } from './kept-runs-controller';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('frees the room of a deleted run once it can’t be taken back any more', async () => {
  const store = new MemoryFileStore();
  const library = new RunLibrary(store);
  const controller = new KeptRunsController(library, async () => undefined);
  const create = () =>
    library.create({
      config: smallConfig(),
      backbone: { name: 'tile means', hash: 'small' },
      machine: 'wasm',
    });
  const [gone, restored] = [await create(), await create()];
  for (const { id } of [gone, restored]) await controller.remove(id);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(await controller.restore(restored.id)).toMatchObject({ id: restored.id });
  await vi.advanceTimersByTimeAsync(32_000);
  expect(await store.folder('runs').folders()).toEqual([restored.id]);
  expect(await store.folder('trash').list()).toEqual([]);
});
