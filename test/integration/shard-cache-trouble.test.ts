import { describe, expect, it } from 'vitest';
import { address, bytesOf, keep, opened, read, version } from '../fixtures/cached-shards';
import { MemoryCacheFolder, type FolderStep } from '../fixtures/memory-cache-folder';
import { StudioError } from '../../src/core/studio-error';
import { BLOCK_BYTES, filesOf } from '../../src/faces/cache/shard-record';
import type { ShardCache } from '../../src/faces/cache/shard-cache';
import type { ShardReading } from '../../src/faces/sources/webdataset/shard-opener';

describe('shard cache under failures', () => {
  it('resumes an interrupted shard for the same reading, without a gap', async () => {
    const folder = new MemoryCacheFolder();
    const cache = await opened(folder);
    const bytes = bytesOf(2 * BLOCK_BYTES + 77);
    const reading: ShardReading = { version, total: bytes.length };
    const first = (await cache.begin(address('a'), reading, 0))!;
    await cache.add(first, 0, bytes.subarray(0, BLOCK_BYTES + 1000));
    await cache.suspend(first);
    expect(await cache.begin(address('b'), reading, 5), 'another shard').toBeNull();
    const second = (await cache.begin(address('a'), reading, BLOCK_BYTES - 300))!;
    expect(second).toBe(first);
    await cache.add(
      second,
      BLOCK_BYTES - 300,
      bytes.subarray(BLOCK_BYTES - 300, BLOCK_BYTES + 200),
    );
    await cache.add(second, BLOCK_BYTES + 200, bytes.subarray(BLOCK_BYTES + 200));
    expect(await cache.commit(second)).not.toBeNull();
    expect(Buffer.compare((await read(cache, 'a'))!, bytes)).toBe(0);
  });

  it.each<[string, (cache: ShardCache, reading: ShardReading) => Promise<unknown>]>([
    ['another reading of it', (cache) => cache.begin(address('a'), { version }, 10)],
    ['an offset beyond its last byte', (cache, reading) => cache.begin(address('a'), reading, 101)],
    [
      'another interrupted shard',
      async (cache) => cache.suspend((await cache.begin(address('b'), { version }, 0))!),
    ],
    ['a shard that needs its space', (cache) => keep(cache, 'b', bytesOf(9000))],
  ])('abandons an interrupted shard for %s', async (_, next) => {
    const folder = new MemoryCacheFolder();
    const cache = await opened(folder, { quotaBytes: 10_000 });
    const reading: ShardReading = { version, total: 5000 };
    const partial = (await cache.begin(address('a'), reading, 0))!;
    await cache.add(partial, 0, bytesOf(100));
    await cache.suspend(partial);
    await next(cache, reading);
    expect(partial.isOpen).toBe(false);
    expect(folder.files.has(partial.files.payload)).toBe(false);
  });

  it('reports each kind of error once and continues', async () => {
    const folder = new MemoryCacheFolder();
    const warnings: string[] = [];
    const cache = await opened(folder, {
      onWarning: ({ code, message }) => warnings.push(`${code}: ${message}`),
    });
    const failAt = (failing: FolderStep, error: Error) => {
      folder.before = (step) => {
        if (step === failing) throw error;
      };
    };
    for (const step of ['append', 'close', 'write', 'create'] as const) {
      failAt(step, new StudioError('storage-full', 'The disk is full.', 'Free some.'));
      expect(await keep(cache, 'a', bytesOf(BLOCK_BYTES + 1))).toBe(false);
      expect([folder.files.size, cache.usage().bytes]).toEqual([0, 0]);
    }
    failAt('create', new TypeError('no folder'));
    expect(await keep(cache, 'a', bytesOf(10))).toBe(false);
    folder.before = () => undefined;
    folder.locked.add((await filesOf(address('a'))).payload);
    for (let i = 0; i < 2; i++) expect(await keep(cache, 'a', bytesOf(10))).toBe(false);
    expect(warnings).toEqual([
      'storage-full: The disk is full.',
      expect.stringMatching(/^storage-denied: .*no folder/),
      expect.stringMatching(/^storage-denied: Another tab is caching .*\/a/),
    ]);
  });

  it('treats an unreadable folder as empty, and leaves files of other tabs alone', async () => {
    const folder = new MemoryCacheFolder();
    folder.files.set('written-now.shard', bytesOf(10));
    folder.locked.add('written-now.shard');
    const warnings: StudioError[] = [];
    folder.before = (step) => {
      if (step === 'list')
        throw new StudioError('storage-denied', 'Private browsing.', 'Leave it.');
    };
    const cache = await opened(folder, { onWarning: (error) => warnings.push(error) });
    expect(warnings.map(({ code }) => code)).toEqual(['storage-denied']);
    expect(cache.usage().shards).toBe(0);
    folder.before = () => undefined;
    await opened(folder);
    expect(folder.files.has('written-now.shard')).toBe(true);
  });
});
