import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packTar } from 'modern-tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryFileStore } from '../../formats/bytes/memory-file-store';
import { folderFiles, openSource } from '../../cli/node/node-files';
import { StudioError } from '../../core/studio-error';
import type { FaceSource, OpenOptions } from '../face-source';
import type { IndexStore } from './load-or-build-index';
import { BrowserFile } from './folder/local-file';
import type { OpenContext } from './open-context';
import { sourceOfFiles } from './source-of-files';

/** One data set of 4 people × 6 pictures. */
const pictures = Array.from({ length: 24 }, (_, i) => ({
  key: `${i % 4}/${i}`,
  label: i % 4,
  bytes: new TextEncoder().encode(`picture ${i}`),
})).sort((a, b) => a.label - b.label);
const open: OpenOptions = { seed: 9, epoch: 1, shuffleBuffer: 5, shuffle: 'blocks' };
let root: string;

async function put(path: string, bytes: Uint8Array | string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), bytes);
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'forms-'));
  for (const { key, bytes } of pictures) await put(`folder/${key}.jpg`, bytes);
  await put(
    'list/ms1m_list.txt',
    pictures.map(({ key, label }) => `images/${key}.jpg ${label}\n`).join(''),
  );
  for (const { key, bytes } of pictures) await put(`list/images/${key}.jpg`, bytes);
  const members = pictures.flatMap(({ key, label, bytes }) => [
    { header: { name: `${key}.jpg`, size: bytes.length, type: 'file' as const }, body: bytes },
    { header: { name: `${key}.cls`, size: 1, type: 'file' as const }, body: String(label) },
  ]);
  await put('tars/faces-0000.tar', await packTar(members));
  await put('empty/notes.txt', 'nothing here');
});
afterAll(() => rm(root, { recursive: true }));

async function recordsOf(folder: string, options = open): Promise<string[]> {
  const records: string[] = [];
  for await (const { label, encoded } of (await openSource(join(root, folder))).open(options))
    records.push(`${label} ${new TextDecoder().decode(encoded)}`);
  return records;
}

describe('a data set in several forms', () => {
  it('has the same order in each form for the same seed', async () => {
    const fromTars = await recordsOf('tars');
    expect(fromTars).toHaveLength(pictures.length);
    expect(await recordsOf('folder')).toEqual(fromTars);
    expect(await recordsOf('list')).toEqual(fromTars);
    expect(await recordsOf('tars', { ...open, seed: 10 })).not.toEqual(fromTars);
  });

  it('has the same global shuffle in all forms with random access', async () => {
    const options = { ...open, shuffle: 'global' as const };
    const fromFolder = await recordsOf('folder', options);
    expect(fromFolder).not.toEqual(await recordsOf('folder'));
    expect(await recordsOf('list', options)).toEqual(fromFolder);
  });

  it('is read the same from picked files and from a disk', async () => {
    const files = await Promise.all(
      (await folderFiles(join(root, 'folder'))).map(
        async (file) =>
          new BrowserFile({
            file: new File([(await file.read()) as Uint8Array<ArrayBuffer>], 'x.jpg'),
            path: file.path,
          }),
      ),
    );
    const records: string[] = [];
    for await (const { label, encoded } of (await sourceOfFiles('picked', files)).open(open))
      records.push(`${label} ${new TextDecoder().decode(encoded)}`);
    expect(records).toEqual(await recordsOf('folder'));
  });
});

it('reads a folder of Parquet files as one table, in order of their names', async () => {
  const parts = [0, 1].map((part) => `part-${part}.parquet`);
  for (const part of parts)
    await put(`parquet/${part}`, await readFile(`test/fixtures/parquet/${part}`));
  const written = JSON.parse(await readFile('test/fixtures/parquet/rows.json', 'utf8')) as Record<
    string,
    { label: number }[]
  >;
  const labels: number[] = [];
  for await (const { label } of (await openSource(join(root, 'parquet'))).open({
    ...open,
    shuffleBuffer: 0,
  }))
    labels.push(label);
  expect(labels).toEqual(parts.flatMap((part) => written[part]!.map(({ label }) => label)));
});

it('reads a train.rec with its index among unrelated files', async () => {
  await put('rec/train.rec', await readFile('test/fixtures/recordio/insightface.rec.bin'));
  await put('rec/lfw.bin', 'a verification set');
  await put('rec/train.idx', await readFile('test/fixtures/recordio/insightface.idx'));
  const source = await openSource(join(root, 'rec'));
  expect(await source.info()).toMatchObject({ images: 9, identities: 3, shuffle: 'global' });
  const labels: number[] = [];
  for await (const { label } of source.open({ ...open, shuffleBuffer: 0 })) labels.push(label);
  expect(labels).toEqual([0, 0, 0, 1, 1, 2, 2, 2, 2]);
});

describe('a train.rec without its index', () => {
  const openRec = (opening: OpenContext) => openSource(join(root, 'bare'), opening);
  const labelsOf = async (source: FaceSource) => {
    const labels: number[] = [];
    for await (const { label } of source.open({ ...open, shuffleBuffer: 0 })) labels.push(label);
    return labels;
  };
  const expected = [0, 0, 0, 1, 1, 2, 2, 2, 2];

  it('is scanned once, with progress, and its index is loaded the next time', async () => {
    await put('bare/train.rec', await readFile('test/fixtures/recordio/insightface.rec.bin'));
    const [indexes, passed]: [MemoryFileStore, number[]] = [new MemoryFileStore(), []];
    const onIndexing = (done: number, total: number) => passed.push(done / total);
    expect(await labelsOf(await openRec({ indexes, onIndexing }))).toEqual(expected);
    expect(passed.at(-1)).toBe(1);
    passed.length = 0;
    expect(await labelsOf(await openRec({ indexes, onIndexing }))).toEqual(expected);
    expect(passed).toEqual([]);
  });

  it('is scanned again if the file was replaced, or the stored index is damaged', async () => {
    const indexes = new MemoryFileStore();
    const rec = await readFile('test/fixtures/recordio/insightface.rec.bin');
    await put('bare/train.rec', rec);
    await openRec({ indexes });
    let scans = 0;
    const again = () =>
      openRec({ indexes, onIndexing: (done, total) => void (scans += done === total ? 1 : 0) });
    // One byte of a picture changed; the file's length is the same.
    await put(
      'bare/train.rec',
      rec.map((byte, i) => (i === rec.length - 1 ? byte ^ 1 : byte)),
    );
    await again();
    expect(scans).toBe(1);
    const read = indexes.read.bind(indexes);
    indexes.read = async (name) =>
      (await read(name))?.map((byte, i) => (i === 70 ? byte ^ 1 : byte)) ?? null;
    expect(await labelsOf(await again())).toEqual(expected);
    expect(scans).toBe(2);
  });

  it('is read even if its index can’t be stored; that and damage are reported', async () => {
    const rec = await readFile('test/fixtures/recordio/insightface.rec.bin');
    const second = new DataView(rec.buffer, rec.byteOffset).getUint32(4, true) & 0x1fffffff;
    await put(
      'bare/train.rec',
      rec.map((byte, i) => (i === 8 + Math.ceil(second / 4) * 4 ? byte ^ 0xff : byte)),
    );
    const full: IndexStore = {
      read: async () => null,
      write: () => Promise.reject(new StudioError('storage-full', 'It is full.', 'Free some.')),
    };
    const warnings: string[] = [];
    const source = await openRec({
      indexes: full,
      onWarning: ({ message }) => warnings.push(message),
    });
    expect((await labelsOf(source)).length).toBe(expected.length - 1);
    expect(warnings).toEqual(['It is full.', expect.stringContaining('damaged at 1 place')]);
  });
});

describe('files next to a set', () => {
  const leftOutOf = async (folder: string) => {
    const { form, leftOut } = await (await openSource(join(root, folder))).info();
    return [form, Object.fromEntries(leftOut!.map(({ kind, count }) => [kind, count]))];
  };

  it('are counted, except those that belong to the set', async () => {
    for (const path of ['faces-0000.tar', 'faces-0001.tar']) await put(`beside/${path}`, 'tar');
    for (const path of [
      'manifest.json',
      'pack.json',
      'README.md',
      'cover.jpg',
      'x.rec',
      '._faces-0000.tar',
      'Thumbs.db',
      'lfw.bin',
    ])
      await put(`beside/${path}`, '{"shards": ["faces-0000.tar", "faces-0001.tar"]}');
    expect(await leftOutOf('beside')).toEqual([
      'webdataset',
      { 'no-picture-file': 1, 'other-data': 3, hidden: 2 },
    ]);
  });

  it('are counted next to people’s folders, including a single record file', async () => {
    for (const path of [
      'ann/1.jpg',
      'ann/2.jpg',
      'bob/1.jpg',
      'bob/2.jpg',
      'ann/x.tar',
      'notes.md',
    ])
      await put(`stray/${path}`, path);
    expect(await leftOutOf('stray')).toEqual(['folder', { 'other-data': 1, 'no-picture-file': 1 }]);
    await put('stray/train.rec', 'x');
    await put('stray/train.idx', 'x');
    await expect(leftOutOf('stray')).rejects.toMatchObject({
      code: 'bad-source',
      message: expect.stringContaining('sets of several forms'),
    });
  });
});

it('names files of a folder that has no known form', async () => {
  await expect(openSource(join(root, 'empty'))).rejects.toMatchObject({
    code: 'bad-source',
    message: expect.stringContaining('notes.txt'),
    leftOut: [{ kind: 'no-picture-file', count: 1, first: ['notes.txt'] }],
  });
});
