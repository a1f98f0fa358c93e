import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileStoreContract } from '../../../test/fixtures/file-store-contract';
import { NodeFileStore } from './node-file-store';

let folder = '';
const at = (...names: string[]) => join(folder, ...names);
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'file-store-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const isRoot = process.getuid?.() === 0;
const bytes = (content: string) => new TextEncoder().encode(content);

describe('files on disk', () => {
  it.each(fileStoreContract)('$name', ({ run }) => run(new NodeFileStore(at('new'))));

  it('are denied, and not missing, where they are there and can’t be read', async () => {
    await mkdir(at('new', 'run.safetensors'), { recursive: true });
    await expect(new NodeFileStore(at('new')).read('run.safetensors')).rejects.toMatchObject({
      code: 'storage-denied',
      message: expect.stringContaining(
        "run.safetensors is there and can't be read: it is a folder",
      ),
    });
    await writeFile(at('file'), '');
    const inFile = new NodeFileStore(at('file'));
    for (const work of [inFile.read('a'), inFile.list(), inFile.write('a', bytes('x'))])
      await expect(work).rejects.toMatchObject({ code: 'storage-denied' });
  });

  it.skipIf(isRoot)('are denied to a user who may not read them', async () => {
    await writeFile(at('a'), 'kept');
    await chmod(at('a'), 0);
    await expect(new NodeFileStore(folder).read('a')).rejects.toMatchObject({
      code: 'storage-denied',
      message: expect.stringContaining('this user may not read it'),
      nextStep: 'Allow it to be read, or name another place.',
    });
  });

  it('are listed beside a link to itself, which is none; other links are followed', async () => {
    const store = new NodeFileStore(at('new'));
    await store.write('a', bytes('xy'));
    await store.folder('one').write('b', bytes('x'));
    await mkdir(at('elsewhere'));
    await symlink(at('elsewhere'), at('new', 'linked'));
    await symlink(at('new', 'a'), at('new', 'c'));
    await symlink('loop', at('new', 'loop'));
    await symlink(at('gone'), at('new', 'nowhere'));
    expect(await store.folders()).toEqual(['linked', 'one']);
    expect((await store.list()).map(({ name, bytes: size }) => [name, size])).toEqual(
      expect.arrayContaining([
        ['a', 2],
        ['c', 2],
      ]),
    );
    expect(await store.list()).toHaveLength(2);
  });

  it('show no parts, and lose those of killed processes at the first write', async () => {
    // Linux gives no process an id this large.
    const dead = 'run.safetensors.99999999-0123abcd.part';
    const alive = `other.${process.pid}-0123abcd.part`;
    for (const name of [dead, alive]) await writeFile(at(name), '');
    const store = new NodeFileStore(folder);
    expect(await store.list()).toEqual([]);
    await store.write('a', bytes('x'));
    expect((await store.list()).map(({ name }) => name)).toEqual(['a']);
    expect((await readdir(folder)).sort()).toEqual(['a', alive].sort());
  });
});
