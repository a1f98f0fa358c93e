import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { BlobByteSource } from '../../formats/bytes/byte-source';
import { StudioError } from '../../core/studio-error';
import { loadOrBuildIndex } from './load-or-build-index';

it('rebuilds an unreadable stored index, reports it, and doesn’t overwrite it', async () => {
  const rec = new BlobByteSource(
    'train.rec',
    new Blob([await readFile('test/fixtures/recordio/insightface.rec.bin')]),
  );
  const denied = new StudioError('storage-denied', 'It can’t be read.', 'Allow it.');
  const errors: StudioError[] = [];
  const written: string[] = [];
  const store = {
    read: () => Promise.reject(denied),
    write: async (name: string) => void written.push(name),
  };
  const index = await loadOrBuildIndex(rec, { store, onStoreError: (error) => errors.push(error) });
  expect(index).toEqual(await loadOrBuildIndex(rec, {}));
  expect([errors, written]).toEqual([[denied], []]);
});
