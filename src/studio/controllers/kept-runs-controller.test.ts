import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkpointAt } from '../../../test/fixtures/checkpoint-file';
import { smallConfig } from '../../../test/fixtures/small-run';
import { MemoryFileStore } from '../../formats/bytes/memory-file-store';
import { writeSafetensors } from '../../formats/safetensors/safetensors';
import { HEAD_FILE } from '../../runs/kept-run';
import { RunLibrary } from '../../runs/run-library';
import { CHECKPOINT_FILE } from '../../training/checkpoint/checkpoint-writer';
import { configToStore } from '../../training/config/stored-config';
import { presets } from '../../training/config/run-config';
import { KeptRunsController } from './kept-runs-controller';

const arrays = new Map([
  ['weight', { dtype: 'F32', shape: [1], data: new Float32Array(1) } as const],
]);
const config = JSON.stringify(configToStore(presets.demo));

it.each([
  ['its own', 900, 900, HEAD_FILE],
  ['that of its checkpoint, if it went on since and was cut off', 600, 900, CHECKPOINT_FILE],
  ['that of its checkpoint, if it has none of its own', null, 900, CHECKPOINT_FILE],
])('the head of a run is %s', async (_, headStep, checkpointStep, used) => {
  const library = new RunLibrary(new MemoryFileStore());
  const backbone = { name: 'small', hash: 'h' };
  const { id, folder } = await library.create({ config: presets.demo, backbone, machine: 'wasm' });
  await library.update(id, (manifest) => ({ ...manifest, checkpointStep }));
  await folder.write(CHECKPOINT_FILE, checkpointAt(checkpointStep));
  if (headStep !== null)
    await folder.write(HEAD_FILE, writeSafetensors(arrays, { config, step: String(headStep) }));
  const useHead = vi.fn(async () => undefined);
  await new KeptRunsController(library, useHead).useKeptHead(id);
  expect(useHead).toHaveBeenCalledWith(expect.objectContaining({ name: used }), expect.any(String));
});

describe('removing', () => {
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
});
