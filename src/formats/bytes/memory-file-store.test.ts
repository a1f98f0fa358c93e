import { describe, expect, it } from 'vitest';
import { fileStoreContract } from '../../../test/fixtures/file-store-contract';
import { MemoryFileStore } from './memory-file-store';

describe('files in memory', () => {
  it.each(fileStoreContract)('$name', ({ run }) => run(new MemoryFileStore()));

  it('are refused beyond the capacity, and what was there stays', async () => {
    const store = new MemoryFileStore(10);
    await store.folder('a').write('x', new Uint8Array(6));
    await store.write('y', new Uint8Array(4));
    expect(await store.freeBytes()).toBe(0);
    const full = { code: 'storage-full' };
    await expect(store.write('y', new Uint8Array(5))).rejects.toMatchObject(full);
    await expect(store.write('z', new Uint8Array(1))).rejects.toMatchObject(full);
    const file = await store.openInPlace('y');
    expect(() => file.write(new Uint8Array(2), 3)).toThrow(expect.objectContaining(full));
    file.close();
    expect((await store.read('y'))!.length).toBe(4);
  });
});
