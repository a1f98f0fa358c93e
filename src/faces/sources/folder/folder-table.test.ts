import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderFiles } from '../../../cli/node/node-files';
import type { FaceRecord } from '../../face-record';
import { naturalOrder, normalPath } from './file-paths';
import { BlobByteSource } from '../../../formats/bytes/byte-source';
import type { FolderFile } from './folder-file';
import { FolderTable } from './folder-table';
import type { LeftOut } from '../../survey/left-out';
import { BrowserFile, pickedFiles } from './local-file';
import { TableSource } from '../table-source';

/** A file whose contents are its path unless given. */
const file = (path: string, contents = path): FolderFile => ({
  path,
  size: contents.length,
  read: async () => new TextEncoder().encode(contents),
  open: async () => new BlobByteSource(path, new Blob([contents])),
});
const tableOf = (paths: readonly string[], ...more: FolderFile[]) =>
  FolderTable.open('faces', [...paths.map((path) => file(path)), ...more]);

async function recordsOf(table: FolderTable, count = table.count): Promise<FaceRecord[]> {
  return Promise.all(Array.from({ length: count }, (_, row) => table.read(row)));
}

/** How many are left out, by kind. */
const countsOf = (groups: readonly LeftOut[]) =>
  Object.fromEntries(groups.map(({ kind, count }) => [kind, count]));

const pairsOf = async (table: FolderTable, count = table.count) =>
  (await recordsOf(table, count)).map(({ key, label }) => `${key} ${label}`);

describe('a folder of folders', () => {
  it('numbers people as torchvision’s ImageFolder does, for any order of files', async () => {
    const paths = [
      'zoe/2.jpg',
      'id10/a.png',
      'id2/b.webp',
      'zoe/10.jpeg',
      'zoe/1.JPG',
      'id2/a.jpg',
    ];
    for (const order of [paths, [...paths].reverse()]) {
      const table = await tableOf(order);
      expect(await pairsOf(table)).toEqual([
        'id10/a 0',
        'id2/a 1',
        'id2/b 1',
        'zoe/1 2',
        'zoe/2 2',
        'zoe/10 2',
      ]);
      expect([table.count, table.identities, table.labelling, table.randomAccess]).toEqual([
        6,
        3,
        'folder order',
        true,
      ]);
    }
  });

  it('reads each row from its own file, and knows the total size', async () => {
    const table = await tableOf(['1/a.jpg', '0/b.jpg']);
    for (const { key, encoded, shard } of await recordsOf(table))
      expect([`${key}.jpg`, 'faces']).toEqual([new TextDecoder().decode(encoded), shard]);
    expect(table.bytes).toBe(14);
  });

  it('uses folder names as labels if all are numbers', async () => {
    const table = await tableOf(['10/a.jpg', '0007/a.jpg', '9/a.jpg']);
    expect(await pairsOf(table)).toEqual(['0007/a 7', '9/a 9', '10/a 10']);
    expect(table.labelling).toBe('folder numbers');
  });

  it.each([
    ['one folder has a name', ['1/a.jpg', '2/a.jpg', 'x/a.jpg']],
    ['two folders have one number', ['1/a.jpg', '01/a.jpg', '2/a.jpg']],
    ['one is no whole number', ['1/a.jpg', '1.5/a.jpg', '2/a.jpg']],
    ['one is too large for a label', ['1/a.jpg', '123456789/a.jpg', '2/a.jpg']],
  ])('numbers folders in order if %s', async (_, paths) => {
    const table = await tableOf(paths);
    expect((await recordsOf(table)).map(({ label }) => label)).toEqual([0, 1, 2]);
    expect(table.labelling).toBe('folder order');
  });

  it('finds people in folders below the top', async () => {
    expect(
      await pairsOf(
        await tableOf(['set/imgs/b/1.jpg', 'set/imgs/a/1.jpg', 'cover.jpg', 'set/README.md']),
      ),
    ).toEqual(['a/1 0', 'b/1 1']);
    expect(await pairsOf(await tableOf(['imgs/one/1.jpg', 'imgs/one/2.jpg']))).toEqual([
      'one/1 0',
      'one/2 0',
    ]);
  });

  it('counts left out files by kind, and includes pictures below a person’s folder', async () => {
    const { count, leftOut } = await tableOf([
      'a/1.jpg',
      'b/1.jpg',
      'stray.jpg',
      'a/deeper/2.jpg',
      'a/.1.jpg',
      '.cache/a/1.jpg',
      '.DS_Store',
      'a/Thumbs.db',
      '__MACOSX/a/1.jpg',
      'a/notes.txt',
      'b/1.heic',
      'b/jpg',
      'old/a.tar',
      'a/x.rec',
      'lfw.bin',
    ]);
    expect(count).toBe(3);
    expect(countsOf(leftOut)).toEqual({
      hidden: 5,
      'other-data': 3,
      'no-picture-file': 2,
      'outside-people': 1,
      'format-not-read': 1,
    });
    expect(leftOut.find(({ kind }) => kind === 'format-not-read')!.first).toEqual([
      'b/1.heic (HEIC is not read)',
    ]);
    expect(leftOut.find(({ kind }) => kind === 'outside-people')!.first).toEqual(['stray.jpg']);
  });

  it('reads the formats that both platforms decode, with extensions in any case', async () => {
    const names = ['1.JPG', '2.jfif', '3.png', '4.webp', '5.gif', '6.bmp', '7.avif', '8.PPM'];
    const table = await tableOf(names.map((name) => `a/${name}`));
    expect(await pairsOf(table)).toEqual(names.map((name) => `a/${name.slice(0, 1)} 0`));
    expect(table.leftOut).toEqual([]);
  });

  it('numbers a folder even if none of its pictures has a readable format', async () => {
    const paths = ['ann/1.jpg', 'bob/1.tiff', 'bob/2.heic', 'cid/1.jpg'];
    const table = await tableOf(paths);
    expect(await pairsOf(table)).toEqual(['ann/1 0', 'cid/1 2']);
    expect([table.identities, table.denseLabels, countsOf(table.leftOut)]).toEqual([
      2,
      false,
      { 'format-not-read': 2 },
    ]);
    const numbered = await tableOf(['7/1.jpg', 'x/1.tiff']);
    expect([await pairsOf(numbered), numbered.labelling]).toEqual([['7/1 0'], 'folder order']);
  });

  it('notes when its numbers differ from torchvision’s ImageFolder', async () => {
    expect((await tableOf(['a/1.jpg', 'b/1.jpg'])).notes).toEqual([]);
    expect((await tableOf(['0/1.jpg', '1/1.jpg'])).notes).toEqual([]);
    expect((await tableOf(['id10/1.jpg', 'id2/1.jpg'])).notes).toEqual([]);
    expect((await tableOf(['3/1.jpg', '7/1.jpg'])).notes).toEqual([
      expect.stringContaining('their folders’ own'),
    ]);
    expect((await tableOf(['Ann/1.jpg', 'ann/1.jpg'])).notes).toEqual([
      'Ann and ann are two people: the folders’ names differ in their letters’ case.',
    ]);
  });

  it.each([[[]], [['a.jpg', 'b.jpg']], [['a/notes.txt']], [['.a/b.jpg']]])(
    'rejects %j',
    async (paths) => {
      await expect(tableOf(paths)).rejects.toMatchObject({
        code: 'bad-source',
        nextStep: expect.stringContaining('each person'),
      });
    },
  );

  it('explains the gap in labels when none of a person’s pictures is read', async () => {
    const paths = ['a/1.heic', 'b/1.jpg', 'c/1.tiff', 'd/1.jpg'];
    const shown = 'no picture in a format that is read';
    expect((await tableOf(paths)).notes).toEqual([
      `a and 1 more hold ${shown} and keep their labels, so that nobody else’s shifts.`,
    ]);
    expect((await tableOf(paths.slice(0, 2))).notes).toEqual([
      `a holds ${shown} and keeps its label, so that nobody else’s shifts.`,
    ]);
  });

  it('names the formats if none of the pictures is read', async () => {
    await expect(tableOf(['a/1.heic', 'b/1.heic'])).rejects.toMatchObject({
      found:
        'faces holds pictures, but none in a format that is read: the first is a/1.heic ' +
        '(HEIC is not read).',
      message: expect.stringMatching(/ 2 left out: 2 pictures in formats that aren’t read\.$/),
      leftOut: [{ kind: 'format-not-read', count: 2, first: expect.any(Array) }],
    });
  });

  it('treats empty, unreadable and missing files as damaged rows', async () => {
    const locked = () => Promise.reject(new Error('locked'));
    const unreadable: FolderFile = { path: 'a/2.jpg', read: locked, open: locked };
    const table = await tableOf([], file('a/1.jpg', ''), unreadable);
    await expect(table.read(0)).rejects.toMatchObject({
      code: 'bad-shard',
      message: 'a/1.jpg is empty.',
    });
    await expect(table.read(1)).rejects.toMatchObject({
      code: 'bad-shard',
      message: "a/2.jpg can't be read (locked).",
    });
    await expect(table.read(2)).rejects.toMatchObject({ code: 'bad-shard' });
    expect(table.bytes).toBeUndefined();
  });

  it('handles a hundred thousand files in seconds', async () => {
    const files = Array.from({ length: 100_000 }, (_, i) =>
      file(`${i % 1000}/${Math.floor(i / 1000)}.jpg`),
    );
    const list = file('ms1m_list.txt', files.map(({ path }, i) => `${path} ${i}`).join('\n'));
    const started = performance.now();
    const [folder, listed] = [
      await FolderTable.open('faces', files),
      await FolderTable.open('faces', [...files, list]),
    ];
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(await folder.read(99_999)).toMatchObject({ key: '999/99', label: 999 });
    for (const row of [0, 12_345, 99_999])
      expect(`${(await listed.read(row)).key}.jpg`).toBe(files[row]!.path);
  });
});

/** Paths of `count` people below a folder, with `pictures` pictures each. */
const people = (
  root: string,
  count: number,
  pictures: number,
  picture = (i: number) => `${i}.jpg`,
) =>
  Array.from({ length: count }, (_, person) =>
    Array.from(
      { length: pictures },
      (_, i) => `${root}p${String(person).padStart(2, '0')}/${picture(i)}`,
    ),
  ).flat();

describe('the level of people’s folders', () => {
  it.each<[string, string[], number, number, Record<string, number>]>([
    [
      'is the one with the people, not the one of a stray picture',
      [...people('faces/', 20, 2), 'docs/fig1.jpg'],
      40,
      20,
      { 'outside-people': 1 },
    ],
    [
      'is the same with stray pictures in several places',
      [...people('faces/', 20, 2), 'docs/fig1.jpg', 'misc/a.jpg', 'faces/cover.jpg', 'top.png'],
      40,
      20,
      { 'outside-people': 4 },
    ],
    [
      'is the top if one person also has subfolders',
      [...people('', 3, 4), ...people('p01/', 6, 1)],
      18,
      3,
      {},
    ],
    [
      'is the top if one person has only subfolders',
      [...people('', 3, 4), ...people('zoe/', 3, 2)],
      18,
      4,
      {},
    ],
    [
      'is above folders that are the only one of each person',
      people('', 3, 2, (i) => `face/${i}.jpg`),
      6,
      3,
      {},
    ],
    ['may lie deep', people('a/b/c/', 2, 1), 2, 2, {}],
  ])('%s', async (_, paths, count, identities, leftOut) => {
    const table = await tableOf(paths);
    expect([table.count, table.identities, countsOf(table.leftOut)]).toEqual([
      count,
      identities,
      leftOut,
    ]);
    expect(await pairsOf(await tableOf([...paths].reverse()))).toEqual(await pairsOf(table));
    expect(table.notes.some((note) => note === 'People are the folders in faces/.')).toBe(
      'outside-people' in leftOut,
    );
  });

  it.each([
    [
      'two sets',
      [...people('train/', 20, 5), ...people('test/', 5, 5)],
      /train\/ \(20 folders, 100 pictures\), test\/ \(5 folders, 25 pictures\)/,
    ],
    [
      'people among groups of people',
      [...people('', 3, 4), ...people('group/', 3, 4)],
      /the top \(3 folders, 24 pictures\), group\/ \(3 folders, 12 pictures\)/,
    ],
    ['the same person in two sets', [...people('a/', 2, 1), ...people('b/', 2, 1)], /a\/ .*b\/ /],
    [
      'people whose videos are folders',
      [...people('p1/', 3, 4), ...people('p2/', 2, 4), ...people('p3/', 2, 4)],
      /p1\/ .*p2\/ .*p3\/ /,
    ],
    [
      'many pictures elsewhere',
      [...people('faces/', 3, 2), ...Array.from({ length: 50 }, (_, i) => `background/${i}.jpg`)],
      /the top \(1 folder, /,
    ],
  ])('is the user’s choice for %s', async (_, paths, found) => {
    await expect(tableOf(paths)).rejects.toMatchObject({
      code: 'bad-source',
      message: expect.stringMatching(found),
      nextStep: expect.stringMatching(/^Pick the folder.*list/),
    });
  });
});

describe('a folder with a list', () => {
  const list = (text: string, path = 'ms1m_list.txt') => file(path, text);

  it('takes rows, order and labels from the list', async () => {
    const table = await tableOf(
      ['imgs/b/1.jpg', 'imgs/a/1.jpg', 'imgs/a/my face.jpg', 'imgs/a/2.jpg'],
      list('imgs/b/1.jpg 85741\nimgs/a/1.jpg\t3\r\n\n  imgs/a/my face.jpg \t 3 \n'),
    );
    expect(await pairsOf(table)).toEqual(['imgs/b/1 85741', 'imgs/a/1 3', 'imgs/a/my face 3']);
    expect([table.identities, table.labelling]).toEqual([2, 'list']);
    expect(countsOf(table.leftOut)).toEqual({ 'not-listed': 1 });
  });

  it.each([
    ['relative to the list', 'lists/ms1m_list.txt', 'imgs/a.jpg', 'lists/imgs/a.jpg'],
    ['relative to the root', 'lists/ms1m_list.txt', 'imgs/a.jpg', 'imgs/a.jpg'],
    ['with a dot in front', 'ms1m_list.txt', './imgs/a.jpg', 'imgs/a.jpg'],
    ['from the folder of the list upwards', 'lists/ms1m_list.txt', '../imgs/a.jpg', 'imgs/a.jpg'],
    ['with backslashes', 'ms1m_list.txt', 'imgs\\a.jpg', 'imgs/a.jpg'],
    [
      'with accents in another Unicode normal form',
      'ms1m_list.txt',
      'imgs/e\u0301.jpg',
      'imgs/\u00e9.jpg',
    ],
  ])('finds a path %s', async (_, at, line, path) => {
    await expect((await tableOf([path], list(`${line} 5\n`, at))).read(0)).resolves.toMatchObject({
      label: 5,
    });
  });

  it('treats a line whose picture is missing as a damaged row', async () => {
    const table = await tableOf(
      ['a.jpg', 'c.jpg'],
      list('a.jpg 0\nb.jpg 1\n../../etc/passwd.jpg 2\nc.jpg 3'),
    );
    expect(table.count).toBe(4);
    await expect(table.read(1)).rejects.toMatchObject({
      code: 'bad-shard',
      message: 'b.jpg is not in the folder.',
    });
    const [keys, skipped]: [string[], string[]] = [[], []];
    for await (const { key } of new TableSource(table).open({
      seed: 1,
      epoch: 0,
      shuffleBuffer: 0,
      onSkip: ({ reason }) => skipped.push(reason),
    }))
      keys.push(key);
    expect(keys).toEqual(['a', 'c']);
    expect(skipped).toHaveLength(2);
  });

  it('counts listed pictures of unreadable formats, and accepts other listed files', async () => {
    const table = await tableOf(
      ['a.jpg', 'b.heic', 'c', 'd.heic', 'e.txt', '.f.jpg'],
      list('a.jpg 0\nb.heic 1\nc 2\n'),
    );
    expect(countsOf(table.leftOut)).toEqual({
      hidden: 1,
      'format-not-read': 1,
      'no-picture-file': 1,
    });
    const [keys, kinds]: [string[], string[]] = [[], []];
    for await (const { key } of new TableSource(table).open({
      seed: 1,
      epoch: 0,
      shuffleBuffer: 0,
      onSkip: ({ kind }) => kinds.push(kind),
    }))
      keys.push(key);
    expect([keys, kinds]).toEqual([['a', 'c'], ['format-not-read']]);
  });

  it.each([
    ['line 3', '"x"', 'a.jpg 1\n\nb.jpg x\n'],
    ['line 2', '"-1"', 'a.jpg 1\nb.jpg -1\n'],
    ['line 1', '"1.0"', 'a.jpg 1.0\n'],
    ['line 1', '"a.jpg" has no label', 'a.jpg\n'],
    // A list with labels in other lines.
    ['line 1', '"a.jpg" has no label', 'a.jpg\nb.jpg 2\n'],
    ['line 2', '9002 bytes', `a.jpg 1\n${'x'.repeat(9000)} 1`],
  ])('names the file and %s of a list with %s there', async (line, found, text) => {
    const opening = tableOf(['a.jpg', 'b.jpg'], list(text, 'sub/ms1m_list.txt'));
    await expect(opening).rejects.toMatchObject({
      code: 'bad-source',
      message: expect.stringMatching(new RegExp(`^sub/ms1m_list.txt, ${line}.*${found}`)),
    });
  });

  it('rejects lists whose pictures are all missing, and two lists', async () => {
    await expect(tableOf(['a.jpg'], list('x/a.jpg 1\nx/b.jpg 2'))).rejects.toMatchObject({
      code: 'bad-source',
      message: expect.stringContaining('x/a.jpg'),
    });
    await expect(
      tableOf(['a.jpg'], list('a.jpg 1', 'train_list.txt'), list('a.jpg 1', 'val_list.txt')),
    ).rejects.toMatchObject({ message: expect.stringContaining('val_list.txt') });
  });

  it('skips lists without labels, such as the two of VGGFace2', async () => {
    const names = 'n2/1.jpg\r\nn3/1.jpg\r\n';
    const table = await tableOf(
      ['n2/1.jpg', 'n3/1.jpg'],
      list(names, 'train_list.txt'),
      list(names, 'test_list.txt'),
    );
    expect([table.count, table.identities, table.labelling]).toEqual([2, 2, 'folder order']);
    expect(countsOf(table.leftOut)).toEqual({ 'no-picture-file': 2 });
    expect(table.leftOut[0]!.first[0]).toBe('test_list.txt (a list without labels)');
  });

  it('reads a list in UTF-16, as written by PowerShell', async () => {
    const text = '\ufeffa.jpg 4\r\nb.jpg 7\r\n';
    const units = Uint16Array.from(text, (letter) => letter.charCodeAt(0));
    const written = { ...list(''), read: async () => new Uint8Array(units.buffer) };
    const table = await tableOf(['a.jpg', 'b.jpg'], {
      ...written,
      open: async () => new BlobByteSource('l', new Blob([units])),
    });
    expect([(await table.read(0)).label, (await table.read(1)).label]).toEqual([4, 7]);
  });

  it.each([
    ['in a subfolder', '1.jpg', 'imgs/1.jpg', 'Move the list into imgs/, where its paths begin.'],
    [
      'on another machine',
      'D:\\set\\imgs\\1.jpg',
      'imgs/1.jpg',
      'Let it name them as they are called from the chosen folder on, such as imgs/1.jpg.',
    ],
    [
      'with another case',
      'imgs/1.JPG',
      'imgs/1.jpg',
      'Let it name them as they are called from the chosen folder on, such as imgs/1.jpg.',
    ],
    ['nowhere', 'x/9.jpg', 'imgs/1.jpg', 'Pick the folder that its paths begin in.'],
  ])('suggests a next step if its pictures lie %s', async (_where, named, path, nextStep) => {
    await expect(tableOf([path], list(`${named} 1`))).rejects.toMatchObject({ nextStep });
  });

  it('uses the list closest to the top', async () => {
    expect(
      (await tableOf(['a.jpg'], list('a.jpg 7'), list('no list', 'old/ms1m_list.txt'))).count,
    ).toBe(1);
  });
});

describe('paths', () => {
  it('are compared in natural order', () => {
    const names = ['a', 'a0', 'a00', 'a1', 'a01', 'a1b', 'a2', 'a10', 'a10b2', 'a10b10', 'aa', 'b'];
    expect([...names].reverse().sort(naturalOrder)).toEqual(names.sort(naturalOrder));
    expect(names.filter((name) => !/^a0/.test(name))).toEqual([
      'a',
      'a1',
      'a1b',
      'a2',
      'a10',
      'a10b2',
      'a10b10',
      'aa',
      'b',
    ]);
    expect(naturalOrder('12345678901234567890123', '12345678901234567890124')).toBeLessThan(0);
  });

  it.each([
    ['/a//b/./c/../d.jpg', 'a/b/d.jpg'],
    ['../a.jpg', ''],
    ['a/../../b.jpg', ''],
  ])('%s is normalised to "%s"', (path, expected) => expect(normalPath(path)).toBe(expected));

  it('are relative to the picked folder', async () => {
    const picture = new File(['x'], '1.jpg');
    Object.defineProperty(picture, 'webkitRelativePath', { value: 'faces/zoe/1.jpg' });
    const [picked] = pickedFiles([picture]);
    const file = new BrowserFile(picked!);
    expect([file.path, file.size, await file.read()]).toEqual([
      'zoe/1.jpg',
      1,
      new TextEncoder().encode('x'),
    ]);
    expect(pickedFiles([new File(['y'], '1.jpg')])[0]!.path).toBe('1.jpg');
  });
});

describe('a folder on disk', () => {
  it('is read like a picked folder, including links to files', async () => {
    const root = await mkdtemp(join(tmpdir(), 'faces-'));
    try {
      for (const path of ['b/2.jpg', 'a/1.jpg', '.hidden/x.jpg']) {
        await mkdir(join(root, path, '..'), { recursive: true });
        await writeFile(join(root, path), path);
      }
      await symlink(join(root, 'a/1.jpg'), join(root, 'b/1.jpg'));
      await symlink(root, join(root, 'circle'));
      await symlink(join(root, 'missing.jpg'), join(root, 'b/missing.jpg'));
      const table = await FolderTable.open('disk', await folderFiles(root));
      expect(await pairsOf(table, 3)).toEqual(['a/1 0', 'b/1 1', 'b/2 1']);
      // A broken link is reported only when it is read.
      await expect(table.read(3)).rejects.toMatchObject({ kind: 'unreadable-file' });
      expect(new TextDecoder().decode((await table.read(1)).encoded)).toBe('a/1.jpg');
      expect([countsOf(table.leftOut), table.bytes]).toEqual([{ hidden: 1 }, undefined]);
    } finally {
      await rm(root, { recursive: true });
    }
  });
});
