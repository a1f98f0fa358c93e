import { describe, expect, it } from 'vitest';
import { address, bytesOf, keep, opened, read, version } from '../fixtures/cached-shards';
import { MemoryCacheFolder, type FolderStep } from '../fixtures/memory-cache-folder';
import { StudioError } from '../../src/core/studio-error';
import { BLOCK_BYTES, filesOf } from '../../src/faces/cache/shard-record';
import type { ShardCache } from '../../src/faces/cache/shard-cache';
import type { ShardReading } from '../../src/faces/sources/webdataset/shard-opener';

describe('shard cache where things break', () => {
  it('goes on with what broke off, for the same reading and without a gap', async () => {
    const folder = new MemoryCacheFolder();
    const cache = await opened(folder);
    const bytes = bytesOf(2 * BLOCK_BYTES + 77);
    const reading: ShardReading = { version, total: bytes.length };
    const first = (await cache.begin(address('a'), reading, 0))!;
    await cache.add(first, 0, bytes.subarray(0, BLOCK_BYTES + 1000));
    await cache.halt(first);
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
    ['a later place than it reaches', (cache, reading) => cache.begin(address('a'), reading, 101)],
    [
      'another that broke off',
      async (cache) => cache.halt((await cache.begin(address('b'), { version }, 0))!),
    ],
    ['a shard that needs its room', (cache) => keep(cache, 'b', bytesOf(9000))],
  ])('gives up what broke off for %s', async (_, next) => {
    const folder = new MemoryCacheFolder();
    const cache = await opened(folder, { quotaBytes: 10_000 });
    const reading: ShardReading = { version, total: 5000 };
    const partial = (await cache.begin(address('a'), reading, 0))!;
    await cache.add(partial, 0, bytesOf(100));
    await cache.halt(partial);
    await next(cache, reading);
    expect(partial.isOpen).toBe(false);
    expect(folder.files.has(partial.files.payload)).toBe(false);
  });

  it('tells trouble once of each kind and goes on', async () => {
    const folder = new MemoryCacheFolder();
    const troubles: string[] = [];
    const cache = await opened(folder, {
      onWarning: ({ code, message }) => troubles.push(`${code}: ${message}`),
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
    folder.taken.add((await filesOf(address('a'))).payload);
    for (let i = 0; i < 2; i++) expect(await keep(cache, 'a', bytesOf(10))).toBe(false);
    expect(troubles).toEqual([
      'storage-full: The disk is full.',
      expect.stringMatching(/^storage-denied: .*no folder/),
      expect.stringMatching(/^storage-denied: Another tab is keeping .*\/a/),
    ]);
  });

  it("counts a folder that can't be read as empty, and leaves alone what another tab writes", async () => {
    const folder = new MemoryCacheFolder();
    folder.files.set('written-now.shard', bytesOf(10));
    folder.taken.add('written-now.shard');
    const troubles: StudioError[] = [];
    folder.before = (step) => {
      if (step === 'list')
        throw new StudioError('storage-denied', 'Private browsing.', 'Leave it.');
    };
    const cache = await opened(folder, { onWarning: (error) => troubles.push(error) });
    expect(troubles.map(({ code }) => code)).toEqual(['storage-denied']);
    expect(cache.usage().shards).toBe(0);
    folder.before = () => undefined;
    await opened(folder);
    expect(folder.files.has('written-now.shard')).toBe(true);
  });
});
