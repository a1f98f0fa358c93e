import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { usedSentence } from '../../faces/survey/left-out';
import { surveySource } from '../../faces/survey/survey-source';
import { folderFiles, openSource } from './node-files';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'links-'));
});
afterEach(() => rm(root, { recursive: true }));

const put = async (...paths: readonly string[]) => {
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), path);
  }
};
/** A link at `path` to `target`, both below the root. */
const link = async (path: string, target: string) => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await symlink(join(root, target), join(root, path));
};
const filesOf = async (folder: string) =>
  (await folderFiles(join(root, folder))).map(({ path }) => path).sort();

describe('folderFiles', () => {
  it('follows links to folders: people may be linked from elsewhere', async () => {
    await put('all/ann/1.jpg', 'all/bob/deep/1.jpg', 'set/cid/1.jpg');
    await link('set/ann', 'all/ann');
    await link('set/bob', 'all/bob');
    await link('whole', 'set');
    const people = ['ann/1.jpg', 'bob/deep/1.jpg', 'cid/1.jpg'];
    expect(await filesOf('set')).toEqual(people);
    expect(await filesOf('whole')).toEqual(people);
  });

  it('lists the files of a folder under each of its names', async () => {
    await put('set/ann/1.jpg');
    await link('set/too', 'set/ann');
    expect(await filesOf('set')).toEqual(['ann/1.jpg', 'too/1.jpg']);
  });

  it('lists files once if links form a circle, and lists broken links', async () => {
    await put('set/ann/1.jpg', 'out/2.jpg');
    await link('set/ann/up', 'set');
    await link('set/ann/self', 'set/ann');
    await link('set/ann/loop', 'set/ann/loop');
    await link('set/gone', 'nowhere');
    await link('set/out', 'out');
    await link('out/back', 'set');
    expect(await filesOf('set')).toEqual(['ann/1.jpg', 'ann/loop', 'gone', 'out/2.jpg']);
  });

  it('lets a source count and name broken links to pictures', async () => {
    await put('set/ann/1.jpg', 'set/bob/1.jpg');
    await link('set/ann/2.jpg', 'unplugged/2.jpg');
    const { count } = await surveySource(await openSource(join(root, 'set')));
    expect(usedSentence(count.used, count.leftOut)).toBe(
      '0 used, 3 left out: 1 file that can’t be read, 2 pictures that can’t be decoded',
    );
  });

  it('comes to an end if many folders are linked to each other', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `f${i}`);
    await put(...names.map((name) => `set/${name}/1.jpg`));
    for (const from of names)
      for (const to of names) if (from !== to) await link(`set/${from}/${to}`, `set/${to}`);
    const found = await filesOf('set');
    expect(found).toEqual(expect.arrayContaining(names.map((name) => `${name}/1.jpg`)));
    expect(found.length).toBeLessThan(2000);
  });
});

describe('openSource of a file', () => {
  it.each(['a.tar', 'a.parquet', 'train.rec'])(
    '%s is opened as what it is, alone',
    async (name) => {
      await put(`set/${name}`, 'set/b.tar', 'set/other.parquet', 'set/b.rec');
      // The files are empty. The error must come from their own reader, not the manifest's.
      const opening = openSource(join(root, 'set', name)).then(async (source) =>
        surveySource(source),
      );
      await expect(opening).rejects.toMatchObject({
        message: expect.not.stringMatching(/manifest|b\.tar|other|b\.rec/) as string,
      });
    },
  );

  it.each(['faces.zip', 'faces.tar.bz2'])(
    '%s is to be unpacked, alone or in a folder',
    async (name) => {
      await put(`set/${name}`);
      const nextStep = expect.stringMatching(/^Unpack /) as string;
      await expect(openSource(join(root, 'set', name))).rejects.toMatchObject({ nextStep });
      await expect(openSource(join(root, 'set'))).rejects.toMatchObject({ nextStep });
    },
  );

  it.each(['face.jpg', 'ms1m_list.txt', 'lfw.bin'])(
    '%s is none: its folder is to be named',
    async (name) => {
      await put(`set/${name}`);
      await expect(openSource(join(root, 'set', name))).rejects.toMatchObject({
        code: 'bad-source',
        nextStep: 'Name the folder that it lies in.',
      });
    },
  );
});
