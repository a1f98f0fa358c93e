import { describe, expect, it } from 'vitest';
import { StudioError } from '../../core/studio-error';
import { MemoryFileStore } from './memory-file-store';
import { keepAside, readOrSetAside, setAside } from './set-aside';

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
    expect(await store.read('a.json.damaged')).toEqual(bytes);
    expect(await readOrSetAside(store, 'a.json', 'It', damaged)).toBeNull();
  });

  it('overwrites nothing that was set aside before', async () => {
    const store = new MemoryFileStore();
    for (const [at, put] of [setAside, setAside, keepAside].entries()) {
      await store.write('a.json', Uint8Array.of(at));
      await put(store, 'a.json', Uint8Array.of(at));
    }
    const kept = ['a.json.damaged', 'a.json.damaged-2', 'a.json.damaged-3'];
    expect(await Promise.all(kept.map((name) => store.read(name)))).toEqual(
      [0, 1, 2].map((at) => Uint8Array.of(at)),
    );
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

  it('stays where it is if it is damaged and there is no space to set it aside', async () => {
    const store = new MemoryFileStore();
    await store.write('a.json', bytes);
    store.rename = () => Promise.reject(new StudioError('storage-full', 'Full.', ''));
    await expect(readOrSetAside(store, 'a.json', 'It', damaged)).rejects.toThrow(
      'It is damaged and stays where it is, since there is no space to set it aside ' +
        '(It holds rubbish).',
    );
    expect(await store.read('a.json')).toEqual(bytes);
  });

  it('stays where it is if the storage fails', async () => {
    const store = new MemoryFileStore();
    await store.write('a.json', bytes);
    store.rename = () => Promise.reject(new StudioError('storage-denied', 'Denied.', ''));
    await expect(readOrSetAside(store, 'a.json', 'It', damaged)).rejects.toThrow('Denied.');
    expect(await store.read('a.json')).toEqual(bytes);
  });
});
