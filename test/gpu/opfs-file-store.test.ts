import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OpfsFileStore } from '../../src/studio/storage/opfs-file-store';
import { fileStoreContract } from '../fixtures/file-store-contract';

const words = { kept: 'test files' };
const FOLDER = 'opfs-file-store-test';
const bytes = (text: string) => new TextEncoder().encode(text);

// Files are opened in place in a worker alone.
describe('files in the browser', () => {
  let worker: Worker;
  beforeAll(() => {
    const url = new URL('./file-store-worker.ts', import.meta.url);
    worker = new Worker(url, { type: 'module' });
  });
  afterAll(() => worker.terminate());

  it.each(fileStoreContract)('$name', async ({ name }) => {
    const error = await new Promise<string | null>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<string | null>) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage(name);
    });
    expect(error).toBeNull();
  });
});

describe('files in the browser, by another way', () => {
  const store = new OpfsFileStore(FOLDER, words);
  const rootOf = () => navigator.storage.getDirectory();
  const folderOf = async () => (await rootOf()).getDirectoryHandle(FOLDER, { create: true });
  afterAll(async () => (await rootOf()).removeEntry(FOLDER, { recursive: true }));

  it('are copied whole where the browser can’t move them', async () => {
    const prototype = FileSystemFileHandle.prototype as { move?: unknown };
    const { move } = prototype;
    expect(move).toBeTypeOf('function');
    delete prototype.move;
    try {
      await store.replace('a', bytes('1'), 'before');
      await store.replace('a', bytes('2'), 'before');
      await store.rename('a', 'b');
    } finally {
      prototype.move = move;
    }
    const found = (await store.list()).map(({ name }) => name).sort();
    expect(found).toEqual(['b', 'before']);
    expect(await store.read('b')).toEqual(bytes('2'));
    expect(await store.read('before')).toEqual(bytes('1'));
  });

  it('are written anew after another tab has removed their folder', async () => {
    await store.write('a', bytes('1'));
    await (await rootOf()).removeEntry(FOLDER, { recursive: true });
    expect([await store.read('a'), await store.list()]).toEqual([null, []]);
    await store.write('a', bytes('2'));
    expect(await store.read('a')).toEqual(bytes('2'));
  });

  it('can’t be read any more once they are replaced', async () => {
    await store.write('a', bytes('first'));
    const source = (await store.open('a'))!;
    await store.write('a', bytes('other'));
    await expect(source.read(0, 5)).rejects.toMatchObject({ code: 'storage-denied' });
  });

  it('that are being written by another tab stay, and show nowhere', async () => {
    const handle = await (await folderOf()).getFileHandle('c.0123abcd.part', { create: true });
    const writable = await handle.createWritable();
    await writable.write(bytes('half'));
    await store.write('c', bytes('mine'));
    expect((await store.list()).map(({ name }) => name)).not.toContain('c.0123abcd.part');
    await writable.close();
    expect(await (await handle.getFile()).text()).toBe('half');
  });
});
