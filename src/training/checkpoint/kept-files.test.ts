import { expect, it } from 'vitest';
import { MemoryFileStore } from '../../formats/bytes/memory-file-store';
import { StudioError } from '../../core/studio-error';
import { runCaches } from './kept-files';

it('reports a cache file that can’t be read and never overwrites it', async () => {
  const store = new MemoryFileStore();
  await store.write('whole', Uint8Array.of(1));
  const denied = new StudioError('storage-denied', 'It can’t be read.', 'Allow it.');
  const read = store.read.bind(store);
  store.read = (name) => (name === 'denied' ? Promise.reject(denied) : read(name));
  const warnings: unknown[] = [];
  const write = async (name: string, bytes: Uint8Array) =>
    store.write(name, bytes).then(() => true);
  const files = runCaches({
    read: (name) => store.read(name),
    write,
    onWarning: (error) => warnings.push(error),
  });
  expect(await files.read('denied')).toBeNull();
  expect(await files.write('denied', Uint8Array.of(2))).toBe(false);
  expect(warnings).toEqual([denied.toRecord()]);
  expect(await files.read('whole')).toEqual(Uint8Array.of(1));
  expect(await files.read('new')).toBeNull();
  expect(await files.write('new', Uint8Array.of(3))).toBe(true);
  expect(await read('denied')).toBeNull();
});
