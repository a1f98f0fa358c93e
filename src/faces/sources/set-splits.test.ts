import { describe, expect, it } from 'vitest';
import { archiveOf, octal, tarHeader } from '../../../test/fixtures/plain-tar';
import { BlobByteSource } from '../../formats/bytes/byte-source';
import type { LocalFile } from './folder/local-file';
import { sourceOfFiles } from './source-of-files';
import { surveySource } from '../survey/survey-source';

/** A shard of one picture of a person. */
function shard(path: string, label: number): LocalFile {
  const member = (name: string, text: string) => [
    tarHeader({ name, size: octal(text.length) }),
    text,
  ];
  const bytes = archiveOf(
    ...member('a.jpg', `picture ${label}`),
    ...member('a.cls', String(label)),
  );
  return file(path, bytes);
}

function file(path: string, contents: Uint8Array | string): LocalFile {
  const bytes = typeof contents === 'string' ? new TextEncoder().encode(contents) : contents;
  return {
    path,
    size: bytes.length,
    read: async () => bytes,
    open: async () => new BlobByteSource(path, new Blob([bytes as Uint8Array<ArrayBuffer>])),
  };
}

async function readOf(files: readonly LocalFile[]) {
  const source = await sourceOfFiles('set', files);
  const labels: number[] = [];
  const { count } = await surveySource(source, { onRecord: ({ label }) => labels.push(label) });
  const { notes } = await source.info();
  const shards = count.leftOut.filter(({ kind }) => kind === 'split-shard');
  return { labels, notes, unread: shards.flatMap(({ first }) => first) };
}

describe('tar shards of several splits', () => {
  it.each([
    ['train-0000.tar', 'val-0000.tar'],
    ['train/0000.tar', 'test/0000.tar'],
    ['faces_train.tar.gz', 'faces_dev.tar.gz'],
    // As written by `pack --hold-out`.
    ['train/shards-0000.tar', 'held-out/shards-0000.tar'],
  ])('%s is read and %s is not, so that nobody trains on test data', async (train, other) => {
    const { labels, notes, unread } = await readOf([shard(other, 7), shard(train, 3)]);
    expect(labels).toEqual([3]);
    expect(unread).toEqual([other]);
    expect(notes?.[0]).toMatch(
      /^The split "train" \(1 shard\) is read, and not "(test|validation)"/,
    );
  });

  it('are all read if a manifest lists them', async () => {
    const manifest = file('manifest.json', JSON.stringify({ shards: ['train.tar', 'test.tar'] }));
    const { labels, unread } = await readOf([
      shard('test.tar', 7),
      shard('train.tar', 3),
      manifest,
    ]);
    expect([...labels].sort()).toEqual([3, 7]);
    expect(unread).toEqual([]);
  });

  it('are all read if there is only one split', async () => {
    const { labels, notes } = await readOf([shard('test-0.tar', 0), shard('test-1.tar', 1)]);
    expect([labels, notes]).toEqual([[0, 1], []]);
  });
});

describe('shards named by a manifest', () => {
  it.each(['./sub/a.tar', 'sub\\a.tar', 'sub//a.tar'])('%s is found', async (name) => {
    const manifest = file('manifest.json', JSON.stringify({ shards: [name] }));
    expect((await readOf([shard('sub/a.tar', 5), manifest])).labels).toEqual([5]);
  });

  it('count as lost, not as damaged, if they are missing', async () => {
    const manifest = file('manifest.json', JSON.stringify({ shards: ['a.tar', 'b.tar'] }));
    const source = await sourceOfFiles('set', [shard('a.tar', 5), manifest]);
    const { count } = await surveySource(source);
    const missing = 'b.tar: The folder holds no file "b.tar".';
    expect(count.leftOut).toContainEqual({ kind: 'lost-shard', count: 1, first: [missing] });
  });
});
