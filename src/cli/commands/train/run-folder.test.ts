import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolderRunStore } from '../../node/node-files';
import { NodeRecordStore } from '../../node/disk/node-record-store';
import { writeWhole } from '../../node/disk/whole-io';
import { setRunAside } from './set-run-aside';

let folder = '';
const at = (...names: string[]) => join(folder, ...names);
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'run-folder-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const isRoot = process.getuid?.() === 0;
const text = (name: string) => readFile(at(name), 'utf8');
const bytes = (content: string) => new TextEncoder().encode(content);

describe('a folder of checkpoints', () => {
  it('reads null only for a file that does not exist', async () => {
    const store = new FolderRunStore(at('new'));
    expect(await store.read('run.safetensors')).toBeNull();
    await mkdir(at('new', 'run.safetensors'), { recursive: true });
    await expect(store.read('run.safetensors')).rejects.toMatchObject({
      code: 'storage-denied',
      message: expect.stringContaining(
        "run.safetensors is there and can't be read: it is a folder",
      ),
    });
    await writeFile(at('file'), '');
    await expect(new FolderRunStore(at('file')).read('a')).rejects.toMatchObject({
      code: 'storage-denied',
    });
  });

  it.skipIf(isRoot)('refuses a file that this user may not read', async () => {
    await writeFile(at('a'), 'kept');
    await chmod(at('a'), 0);
    await expect(new FolderRunStore(folder).read('a')).rejects.toMatchObject({
      code: 'storage-denied',
      message: expect.stringContaining('this user may not read it'),
      nextStep: 'Allow it to be read, or name another place.',
    });
  });

  it('keeps the replaced file under its other name, and leaves no third file', async () => {
    const store = new FolderRunStore(folder);
    for (const content of ['1', '2', '3']) await store.replace('run', bytes(content), 'run.before');
    expect([await text('run'), await text('run.before')]).toEqual(['3', '2']);
    expect((await readdir(folder)).sort()).toEqual(['run', 'run.before']);
  });

  it('leaves both files as they were if the new one can’t be written', async () => {
    const store = new FolderRunStore(folder);
    for (const content of ['1', '2']) await store.replace('run', bytes(content), 'run.before');
    await mkdir(at('run.next'));
    await expect(store.replace('run', bytes('3'), 'run.before')).rejects.toMatchObject({
      code: 'storage-denied',
      nextStep: 'Name a file, or move that folder away.',
    });
    expect([await text('run'), await text('run.before')]).toEqual(['2', '1']);
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

describe('a file of kept features', () => {
  it('is written whole although the system takes a part at a time', async () => {
    const records = new NodeRecordStore(folder);
    const file = await records.open('a.features');
    file.write(bytes('abcdef'), 2);
    const into = new Uint8Array(8);
    expect([file.read(into, 0), new TextDecoder().decode(into)]).toEqual([8, '\0\0abcdef']);
    file.close();
    const taken: string[] = [];
    const three = (_: number, from: Uint8Array, offset: number, length: number, place: number) => {
      const part = from.subarray(offset, offset + Math.min(3, length));
      taken.push(`${place}:${new TextDecoder().decode(part)}`);
      return part.length;
    };
    writeWhole(1, bytes('abcdefgh'), 10, 'a.features', three as typeof import('node:fs').writeSync);
    expect(taken).toEqual(['10:abc', '13:def', '16:gh']);
  });

  it.each([
    ['takes nothing more', () => 0, 'storage-full'],
    [
      'is on a full disk',
      () => {
        throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      },
      'storage-full',
    ],
    [
      'is on a disk that is read-only',
      () => {
        throw Object.assign(new Error('no'), { code: 'EROFS' });
      },
      'storage-denied',
    ],
  ])('that %s says so', (_, write, code) => {
    expect(() => writeWhole(1, bytes('abc'), 0, 'a.features', write)).toThrow(
      expect.objectContaining({ code }),
    );
  });
});

describe('a run that is set aside', () => {
  it('is moved with its outputs; the cached features stay', async () => {
    const own = [
      'run.safetensors',
      'run.before.safetensors',
      'centres.safetensors',
      'head.safetensors',
      'mine.safetensors',
      'ckpt_e3.pt',
      'events.out.tfevents.1',
    ];
    for (const name of [...own, 'abc.features', 'notes.txt']) await writeFile(at(name), name);
    await mkdir(at('before-1'));
    expect(await setRunAside(folder, at('mine.safetensors'))).toBe(at('before-2'));
    expect((await readdir(folder)).sort()).toEqual([
      'abc.features',
      'before-1',
      'before-2',
      'notes.txt',
    ]);
    expect((await readdir(at('before-2'))).sort()).toEqual([...own].sort());
    expect(await setRunAside(folder, at('mine.safetensors'))).toBeNull();
    expect(await setRunAside(at('none'), at('mine.safetensors'))).toBeNull();
  });
});
