import { describe, expect, it } from 'vitest';
import { MemoryFileStore } from '../../formats/bytes/memory-file-store';
import { StudioError } from '../../core/studio-error';
import { asideName, readOrSetAside } from './set-aside';

const bytes = Uint8Array.of(1, 2, 3);
const damaged = () => {
  throw new Error('It holds rubbish.');
};

describe('a file that is kept between visits', () => {
  it('is read if it exists', async () => {
    const store = new MemoryFileStore();
    expect(await readOrSetAside(store, 'a.json', 'It', (found) => found.length)).toBeNull();
    await store.write('a.json', bytes);
    expect(await readOrSetAside(store, 'a.json', 'It', (found) => found.length)).toBe(3);
  });

  it('is set aside if it is damaged, and reported once', async () => {
    const store = new MemoryFileStore();
    await store.write('a.json', bytes);
    await expect(
      readOrSetAside(store, 'a.json', 'The evaluation that was kept', damaged),
    ).rejects.toMatchObject({
      code: 'bad-checkpoint',
      message: 'The evaluation that was kept is damaged and was set aside (It holds rubbish).',
    });
    expect(await store.read(asideName('a.json'))).toEqual(bytes);
    expect(await readOrSetAside(store, 'a.json', 'It', damaged)).toBeNull();
  });

  it('stays where it is if a later version wrote it', async () => {
    const store = new MemoryFileStore();
    await store.write('a.json', bytes);
    const parse = () => {
      throw new StudioError('later-version', 'It is of version 2.', 'Use that one.');
    };
    await expect(readOrSetAside(store, 'a.json', 'It', parse)).rejects.toMatchObject({
      code: 'later-version',
      message: "It can't be read (It is of version 2).",
      nextStep: 'Use that one.',
    });
    expect(await store.read('a.json')).toEqual(bytes);
  });

  it('is removed if it is damaged and there is no space to set it aside', async () => {
    const store = new MemoryFileStore();
    await store.write('a.json', bytes);
    store.rename = () => Promise.reject(new StudioError('storage-full', 'Full.', ''));
    await expect(readOrSetAside(store, 'a.json', 'It', damaged)).rejects.toThrow(
      'It is damaged and was removed, since there is no space to set it aside (It holds rubbish).',
    );
    expect(await store.read('a.json')).toBeNull();
  });

  it('stays where it is if the storage fails', async () => {
    const store = new MemoryFileStore();
    await store.write('a.json', bytes);
    store.rename = () => Promise.reject(new StudioError('storage-denied', 'Denied.', ''));
    await expect(readOrSetAside(store, 'a.json', 'It', damaged)).rejects.toThrow('Denied.');
    expect(await store.read('a.json')).toEqual(bytes);
  });
});
