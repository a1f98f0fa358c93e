import { describe, expect, it } from 'vitest';
import { archiveOf, octal, tarHeader } from '../../../test/fixtures/plain-tar';
import { BlobByteSource } from '../../formats/bytes/byte-source';
import { NothingUsedError, type LeftOutKind } from './left-out';
import type { LocalFile } from '../sources/folder/local-file';
import { LeftOutTracker, nextStepIfNothingUsed } from './nothing-used';
import { sourceOfFiles } from '../sources/source-of-files';
import { surveySource } from './survey-source';

const file = (path: string, bytes: Uint8Array): LocalFile => ({
  path,
  size: bytes.length,
  read: async () => bytes,
  open: async () => new BlobByteSource(path, new Blob([bytes as Uint8Array<ArrayBuffer>])),
});

describe('the next step if nothing of a set can be used', () => {
  it('is to unpack an archive of people’s folders, which has no labels', async () => {
    const member = (name: string) => [tarHeader({ name, size: octal(3) }), 'jpg'];
    const tar = archiveOf(...member('ann/1.jpg'), ...member('bob/1.jpg'));
    const { count } = await surveySource(await sourceOfFiles('set', [file('a.tar', tar)]));
    expect([count.used, count.leftOut.map(({ kind }) => kind)]).toEqual([0, ['without-label']]);
    expect(nextStepIfNothingUsed(count.leftOut)).toMatch(/\.cls.*or unpack the archive/);
  });

  it('is to get a shard again that is no archive', async () => {
    const bzip2 = Uint8Array.from([0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0, 0]);
    const source = await sourceOfFiles('set', [file('a.tar', bzip2)]);
    const thrown: unknown = await surveySource(source).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(NothingUsedError);
    const { leftOut, nextStep } = thrown as NothingUsedError;
    expect(leftOut.map(({ kind, count }) => [kind, count])).toEqual([['damaged-shard', 1]]);
    expect(nextStep).toMatch(/unpack/);
  });

  it('counts an empty archive as one empty file', async () => {
    const source = await sourceOfFiles('set', [file('a.tar', new Uint8Array(10_240))]);
    const { count } = await surveySource(source);
    const first = ['a.tar: it holds nothing'];
    expect(count.leftOut).toEqual([{ kind: 'empty-file', count: 1, first }]);
  });

  it('prefers shards, which stand for many records, and ignores stray files', () => {
    const groups = (...kinds: [LeftOutKind, number][]) =>
      kinds.map(([kind, count]) => ({ kind, count, first: [] }));
    expect(nextStepIfNothingUsed(groups(['bad-label', 9], ['lost-shard', 1]))).toMatch(/manifest/);
    expect(nextStepIfNothingUsed(groups(['bad-label', 9], ['without-label', 2]))).toMatch(
      /^Number/,
    );
    expect(nextStepIfNothingUsed(groups(['hidden', 9]))).toBeNull();
    expect(nextStepIfNothingUsed([])).toBeNull();
  });

  it('is part of the error only if nothing was read and something was left out', () => {
    const reported: string[] = [];
    const watch = new LeftOutTracker(({ member }) => reported.push(member!));
    watch.requireSome('set', 0);
    watch.add({ shard: 'a.tar', member: '1.cls', kind: 'bad-label', reason: 'it is "x"' });
    watch.requireSome('set', 1);
    expect(() => watch.requireSome('set', 0)).toThrow(NothingUsedError);
    expect(() => watch.requireSome('set', 0)).toThrow(/^set gave no picture.*1 left out: 1 record/);
    expect(reported).toEqual(['1.cls']);
  });
});
