import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BlobByteSource } from '../../../formats/bytes/byte-source';
import type { FaceSource } from '../../face-source';
import type { LocalFile } from '../folder/local-file';
import { sourceOfFiles } from '../source-of-files';
import { splitOf } from '../set-splits';

const fixture = (name: string) =>
  new Uint8Array(
    readFileSync(new URL(`../../../../test/fixtures/parquet/${name}`, import.meta.url)),
  );

/** A folder of files, each a fixture or arbitrary text. */
function folderOf(contents: Readonly<Record<string, string>>): LocalFile[] {
  return Object.entries(contents).map(([path, name]) => {
    const bytes = name.endsWith('.parquet') ? fixture(name) : new TextEncoder().encode(name);
    return {
      path,
      size: bytes.length,
      read: async () => bytes,
      open: async () => new BlobByteSource(path, new Blob([bytes])),
    };
  });
}

async function shardsOf(source: FaceSource): Promise<Record<string, number>> {
  const shards: Record<string, number> = {};
  for await (const { shard } of source.open({ seed: 0, epoch: 0, shuffleBuffer: 0 }))
    shards[shard] = (shards[shard] ?? 0) + 1;
  return shards;
}

describe('a hub’s export', () => {
  it('of several splits has its "train" read, and the others’ rows counted', async () => {
    const source = await sourceOfFiles(
      'set',
      folderOf({
        'README.md': 'about',
        '.gitattributes': '*',
        'data/train-00001-of-00002.parquet': 'part-1.parquet',
        'data/train-00000-of-00002.parquet': 'part-0.parquet',
        'data/test-00000-of-00001.parquet': 'hub.parquet',
        'data/validation-00000-of-00001.parquet': 'v2-none.parquet',
        'data/._train-00000-of-00002.parquet': 'a resource fork',
      }),
    );
    expect(await shardsOf(source)).toEqual({
      'data/train-00000-of-00002.parquet': 5,
      'data/train-00001-of-00002.parquet': 5,
    });
    const { images, leftOut, notes } = await source.info();
    expect(images).toBe(10);
    expect(leftOut!.map(({ kind, count }) => [kind, count])).toEqual([
      ['hidden', 2],
      ['no-picture-file', 1],
      ['other-split', 50],
    ]);
    expect(leftOut![2]!.first).toEqual([
      'data/test-00000-of-00001.parquet: its split is "test"',
      'data/validation-00000-of-00001.parquet: its split is "validation"',
    ]);
    expect(notes).toEqual([
      'The split "train" (2 files) is read, and not "test" (10 rows), "validation" (40 ' +
        'rows). For another one, choose its files alone.',
    ]);
  });

  it('of one split, or without split names, is read as a whole', async () => {
    for (const names of [
      ['test/0000.parquet', 'test/0001.parquet'],
      ['a.parquet', 'b.parquet'],
    ]) {
      const source = await sourceOfFiles(
        'set',
        folderOf({ [names[0]!]: 'part-0.parquet', [names[1]!]: 'part-1.parquet' }),
      );
      expect(await source.info()).toMatchObject({ images: 10, leftOut: [], notes: [] });
    }
  });

  it('is read even if another split is damaged or holds no faces', async () => {
    const source = await sourceOfFiles(
      'set',
      folderOf({
        'train/0000.parquet': 'part-0.parquet',
        'test/0000.parquet': 'no parquet file at all',
        'val/0000.parquet': 'no-picture.parquet',
      }),
    );
    expect(Object.values(await shardsOf(source))).toEqual([5]);
    const { leftOut } = await source.info();
    expect(leftOut!.map(({ kind, count }) => [kind, count])).toEqual([
      ['unreadable-file', 1],
      ['other-split', 10],
    ]);
  });

  it.each([
    ['data/train-00000-of-00002.parquet', 'train'],
    ['default/train/0000.parquet', 'train'],
    ['default/partial-train/0000.parquet', 'train'],
    ['ms1m_training.parquet', 'train'],
    ['test/train-0.parquet', 'train'],
    ['validation-00000-of-00001.parquet', 'validation'],
    ['faces.val.parquet', 'validation'],
    ['dev/0.parquet', 'validation'],
    ['TEST.parquet', 'test'],
    ['eval1.parquet', 'test'],
    ['contest-faces.parquet', null],
    ['trainer.parquet', null],
    ['latest/devices-0.parquet', null],
    ['0000.parquet', null],
  ])('has its split in the path: %s', (path, split) => {
    expect(splitOf(path)).toBe(split);
  });

  it('prefers files without a split’s name to "test", and "train" to both', async () => {
    const read = async (...paths: string[]) => {
      const contents = Object.fromEntries(paths.map((path) => [path, 'part-0.parquet']));
      return Object.keys(await shardsOf(await sourceOfFiles('set', folderOf(contents))));
    };
    expect(await read('test.parquet', 'faces.parquet')).toEqual(['faces.parquet']);
    expect(await read('test.parquet', 'faces.parquet', 'train.parquet')).toEqual(['train.parquet']);
    expect(await read('test.parquet', 'dev.parquet')).toEqual(['dev.parquet']);
  });
});

it('counts files next to RecordIO, except those that belong to it', async () => {
  const recordio = (name: string) =>
    new Uint8Array(
      readFileSync(new URL(`../../../../test/fixtures/recordio/${name}`, import.meta.url)),
    );
  const fileOf = (path: string, bytes: Uint8Array): LocalFile => ({
    path,
    size: bytes.length,
    read: async () => bytes,
    open: async () => new BlobByteSource(path, new Blob([bytes as Uint8Array<ArrayBuffer>])),
  });
  const text = new TextEncoder().encode('x');
  const source = await sourceOfFiles('set', [
    fileOf('faces.rec', recordio('insightface.rec.bin')),
    fileOf('faces.idx', recordio('insightface.idx')),
    fileOf('property', recordio('property')),
    ...['faces.lst', '._faces.rec', '.DS_Store', 'lfw.bin', 'cover.jpg', 'notes.txt'].map((path) =>
      fileOf(path, text),
    ),
  ]);
  const { images, leftOut } = await source.info();
  expect(images).toBe(9);
  expect(leftOut).toEqual([
    { kind: 'hidden', count: 2, first: ['.DS_Store', '._faces.rec'] },
    { kind: 'no-picture-file', count: 1, first: ['notes.txt'] },
    { kind: 'other-data', count: 2, first: ['cover.jpg', 'lfw.bin'] },
  ]);
});

it('counts files next to tar shards, including hidden ones', async () => {
  const contents = {
    'a.tar': 'x',
    'a.tar.idx': 'x',
    'b.idx': 'x',
    'b.tar.gz': 'x',
    '._a.tar': 'x',
    '__MACOSX/a.tar': 'x',
    'train.parquet.txt': 'x',
    'b.jpg': 'x',
  };
  const { shards, leftOut } = await (await sourceOfFiles('set', folderOf(contents))).info();
  expect(shards).toEqual(['a.tar', 'b.tar.gz']);
  expect(leftOut!.map(({ kind, first }) => [kind, first])).toEqual([
    ['hidden', ['._a.tar', '__MACOSX/a.tar']],
    ['no-picture-file', ['train.parquet.txt']],
    ['other-data', ['b.jpg']],
  ]);
  const listed = { ...contents, 'manifest.json': '{"shards":["a.tar"]}' };
  expect(
    (await (await sourceOfFiles('set', folderOf(listed))).info()).leftOut!.find(
      ({ kind }) => kind === 'other-data',
    )!.first,
  ).toEqual(['b.jpg', 'b.tar.gz']);
});
