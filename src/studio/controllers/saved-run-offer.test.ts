import { expect, it } from 'vitest';
import { checkpointAt } from '../../../test/fixtures/checkpoint-file';
import { smallConfig } from '../../../test/fixtures/small-run';
import { MemoryFileStore } from '../../formats/bytes/memory-file-store';
import { RunLibrary } from '../../runs/run-library';
import {
  CHECKPOINT_FILE,
  PREVIOUS_CHECKPOINT_FILE,
} from '../../training/checkpoint/checkpoint-writer';
import type { RunConfig } from '../../training/config/run-config';
import type { WorkerEvent } from '../protocol';
import { SavedRunOffer } from './saved-run-offer';

it('goes on from the one before where a large checkpoint is damaged in its arrays', async () => {
  const library = new RunLibrary(new MemoryFileStore());
  const backbone = { name: 'tile means', hash: 'small' };
  const { id, folder } = await library.create({ config: smallConfig(), backbone, machine: 'wasm' });
  await folder.write(PREVIOUS_CHECKPOINT_FILE, checkpointAt(4));
  // Above 64 MiB.
  await folder.write(CHECKPOINT_FILE, checkpointAt(8, 2 ** 24 + 1));
  const file = await folder.openInPlace(CHECKPOINT_FILE);
  file.write(Uint8Array.of(1), file.size() - 1000);
  file.close();
  await library.update(id, (manifest) => ({ ...manifest, state: 'stopped', checkpointStep: 8 }));
  const posted: WorkerEvent[] = [];
  const offer = new SavedRunOffer(library, (event) => posted.push(event));
  // The offer looks at the header alone, which takes no time.
  expect((await offer.find())!.step).toBe(8);
  expect(posted).toEqual([]);
  expect((await offer.readToResume(id)).header.cursor.step).toBe(4);
  expect(posted).toEqual([
    {
      type: 'notice',
      text: expect.stringContaining('The checkpoint before it, at step 4, is whole.'),
    },
  ]);
});

it('leaves a checkpoint of a later version, and doesn’t go back behind it', async () => {
  const library = new RunLibrary(new MemoryFileStore());
  const backbone = { name: 'tile means', hash: 'small' };
  const { id, folder } = await library.create({ config: smallConfig(), backbone, machine: 'wasm' });
  const later = { ...smallConfig(), version: 9, method: 'scf-x' } as unknown as RunConfig;
  await folder.write(PREVIOUS_CHECKPOINT_FILE, checkpointAt(4));
  await folder.write(CHECKPOINT_FILE, checkpointAt(8, 10, later));
  await library.update(id, (manifest) => ({ ...manifest, state: 'stopped', checkpointStep: 8 }));
  const posted: WorkerEvent[] = [];
  const offer = new SavedRunOffer(library, (event) => posted.push(event));
  expect(await offer.find()).toBeNull();
  expect(posted).toMatchObject([{ type: 'error', error: { code: 'later-version' } }]);
  await expect(offer.readToResume(id)).rejects.toMatchObject({ code: 'later-version' });
  const names = (await folder.list()).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining([PREVIOUS_CHECKPOINT_FILE, CHECKPOINT_FILE]));
});
