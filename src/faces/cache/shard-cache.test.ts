import { describe, expect, it } from 'vitest';
import {
  address,
  bytesOf,
  costOf,
  keep,
  keptNames,
  opened,
  read,
  version,
} from '../../../test/fixtures/cached-shards';
import { MemoryCacheFolder } from '../../../test/fixtures/memory-cache-folder';
import type { StudioError } from '../../core/studio-error';
import { BLOCK_BYTES, filesOf } from './shard-record';

describe('shard cache', () => {
  it('returns cached bytes from any offset, in this page and after a reload', async () => {
    const folder = new MemoryCacheFolder();
    const bytes = bytesOf(2 * BLOCK_BYTES + 12345);
    const cache = await opened(folder, { now: () => 1000 });
    expect(await keep(cache, 'a', bytes)).toBe(true);
    for (const again of [cache, await opened(folder)]) {
      for (const offset of [
        0,
        1,
        BLOCK_BYTES - 1,
        BLOCK_BYTES,
        2 * BLOCK_BYTES + 12344,
        bytes.length,
        bytes.length + 5,
      ])
        expect(
          Buffer.compare((await read(again, 'a', offset))!, bytes.subarray(offset)),
          `from ${offset}`,
        ).toBe(0);
      expect(again.usage()).toEqual({
        bytes: costOf(bytes.length),
        shards: 1,
        quotaBytes: 2 ** 30,
      });
      expect(again.usage().bytes).toBeGreaterThanOrEqual(folder.size);
      expect(again.find(address('a'))?.record).toMatchObject({
        url: address('a'),
        length: bytes.length,
        keptAt: 1000,
        version: { ...version, size: bytes.length },
      });
    }
    expect(folder.writers).toBe(0);
  });

  it('caches empty shards and shards of exactly one block', async () => {
    const cache = await opened(new MemoryCacheFolder());
    for (const [name, length] of [
      ['a', 0],
      ['b', BLOCK_BYTES],
    ] as const) {
      expect(await keep(cache, name, bytesOf(length))).toBe(true);
      expect(Buffer.compare((await read(cache, name))!, bytesOf(length))).toBe(0);
    }
  });

  it('writes and closes the payload before its record', async () => {
    const folder = new MemoryCacheFolder();
    await keep(await opened(folder), 'a', bytesOf(BLOCK_BYTES + 1));
    const { payload, record } = await filesOf(address('a'));
    expect(folder.log).toEqual([
      `create ${payload}`,
      `append ${payload}`,
      `append ${payload}`,
      `close ${payload}`,
      `write ${record}`,
    ]);
  });

  it('removes a record before its payload, and before it writes a new payload', async () => {
    const folder = new MemoryCacheFolder();
    const cache = await opened(folder);
    await keep(cache, 'a', bytesOf(10));
    const { payload, record } = await filesOf(address('a'));
    folder.log.length = 0;
    await cache.drop(cache.find(address('a'))!);
    expect(folder.log).toEqual([`remove ${record}`, `remove ${payload}`]);
    folder.files.set(record, bytesOf(10));
    folder.log.length = 0;
    await cache.begin(address('a'), { version }, 0);
    expect(folder.log).toEqual([`remove ${record}`, `create ${payload}`]);
  });

  it('allows one writer per shard, and none for a cached shard', async () => {
    const cache = await opened(new MemoryCacheFolder());
    const first = (await cache.begin(address('a'), { version }, 0))!;
    expect(await cache.begin(address('a'), { version }, 0)).toBeNull();
    expect(await cache.commit(first)).not.toBeNull();
    expect(await cache.begin(address('a'), { version }, 0)).toBeNull();
  });

  it('has only complete shards and no leftovers after a crash at any step', async () => {
    let crashed = true;
    for (let step = 0; crashed; step++) {
      const folder = new MemoryCacheFolder();
      const warnings: StudioError[] = [];
      let left = step;
      crashed = false;
      const cache = await opened(folder, {
        quotaBytes: costOf(BLOCK_BYTES + 10) * 2,
        now: () => step,
        onWarning: (error) => warnings.push(error),
      });
      folder.before = () => {
        crashed ||= left-- === 0;
        if (crashed) throw new Error('the page was closed');
      };
      for (const name of 'abc')
        await keep(cache, name, bytesOf(BLOCK_BYTES + 10, name.charCodeAt(0)));
      folder.before = () => undefined;
      expect(warnings.length).toBe(crashed ? 1 : 0);

      const after = await opened(folder, { quotaBytes: 2 ** 30 });
      const names = keptNames(after, 'abc');
      expect(folder.files.size, `after ${step} steps`).toBe(2 * names.length);
      for (const name of names)
        expect(
          Buffer.compare((await read(after, name))!, bytesOf(BLOCK_BYTES + 10, name.charCodeAt(0))),
        ).toBe(0);
      if (!crashed) {
        expect(names).toEqual(['b', 'c']);
        expect(step).toBeGreaterThan(15);
      }
    }
  });

  it('removes files without a valid record when it is opened', async () => {
    const folder = new MemoryCacheFolder();
    const cache = await opened(folder);
    for (const name of 'abcd') await keep(cache, name, bytesOf(50));
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((name) => filesOf(address(name))));
    folder.files.set(a!.payload, bytesOf(49));
    folder.files.set(b!.record, new TextEncoder().encode('{"form":1'));
    // Another shard's record under this one's name.
    folder.files.set(
      c!.record,
      new Uint8Array(folder.files.get((await filesOf(address('d'))).record)!),
    );
    folder.files.set('left-behind.crswap', bytesOf(10));
    expect(keptNames(await opened(folder), 'abcd')).toEqual(['d']);
    expect(folder.files.size).toBe(2);
  });

  it('evicts the least recently used first', async () => {
    const folder = new MemoryCacheFolder();
    let time = 0;
    const quotaBytes = 3 * costOf(1000);
    const cache = await opened(folder, { quotaBytes, now: () => ++time });
    for (const name of 'abc') await keep(cache, name, bytesOf(1000));
    await read(cache, 'a');
    await keep(cache, 'd', bytesOf(1000));
    expect(keptNames(cache, 'abcd')).toEqual(['a', 'c', 'd']);
    // The time of last use survives a reload.
    const next = await opened(folder, { quotaBytes, now: () => ++time });
    await keep(next, 'e', bytesOf(1000));
    expect(keptNames(next, 'acde')).toEqual(['a', 'd', 'e']);
    await next.setQuota(costOf(1000));
    expect(keptNames(next, 'acde')).toEqual(['e']);
    expect(folder.peak).toBeLessThanOrEqual(quotaBytes);
  });

  it.each([true, false])(
    'never exceeds its quota, shards evicted before bytes are written (size announced: %s)',
    async (announced) => {
      const folder = new MemoryCacheFolder();
      const quotaBytes = 3 * BLOCK_BYTES;
      const cache = await opened(folder, { quotaBytes });
      const lengths = [
        BLOCK_BYTES,
        2 * BLOCK_BYTES - 5000,
        100,
        4 * BLOCK_BYTES,
        BLOCK_BYTES + 7,
        3 * BLOCK_BYTES,
        3 * BLOCK_BYTES - 500,
      ];
      const kept: boolean[] = [];
      for (const [i, length] of lengths.entries()) {
        kept.push(await keep(cache, String(i), bytesOf(length), announced ? {} : { total: null }));
        expect(cache.usage().bytes).toBeLessThanOrEqual(quotaBytes);
      }
      // Too large for all of the quota: the bytes alone, or with the record.
      expect(kept).toEqual([true, true, true, false, true, false, true]);
      expect(folder.peak).toBeLessThanOrEqual(quotaBytes);
      expect(folder.writers).toBe(0);
      expect(folder.files.size).toBe(2 * cache.usage().shards);
    },
  );

  it('evicts nothing for a shard that is larger than the quota', async () => {
    const cache = await opened(new MemoryCacheFolder(), { quotaBytes: 10_000 });
    await keep(cache, 'a', bytesOf(1000));
    expect(await keep(cache, 'b', bytesOf(20_000))).toBe(false);
    expect(keptNames(cache, 'ab')).toEqual(['a']);
  });

  it('spares shards that are being read or written, and evicts them afterwards', async () => {
    const folder = new MemoryCacheFolder();
    const quotaBytes = 2 * costOf(3000);
    const cache = await opened(folder, { quotaBytes });
    await keep(cache, 'a', bytesOf(3000));
    const reader = (await cache.stream(cache.find(address('a'))!, 0, undefined))!.getReader();
    const written = (await cache.begin(address('b'), { version, total: 3000 }, 0))!;
    await cache.add(written, 0, bytesOf(3000));
    expect(await keep(cache, 'c', bytesOf(3000))).toBe(false);
    expect(await cache.commit(written)).not.toBeNull();
    expect(await keep(cache, 'c', bytesOf(3000))).toBe(true);
    expect(keptNames(cache, 'abc')).toEqual(['a', 'c']);

    await cache.setQuota(0);
    expect(folder.files.size).toBe(2);
    expect((await reader.read()).value).toEqual(bytesOf(3000));
    await reader.cancel();
    expect(folder.files.size).toBe(0);
    expect(cache.usage()).toEqual({ bytes: 0, shards: 0, quotaBytes: 0 });
    expect(folder.peak).toBeLessThanOrEqual(quotaBytes);
  });

  it('abandons a partial shard that a smaller quota has no space for', async () => {
    const folder = new MemoryCacheFolder();
    const cache = await opened(folder);
    const partial = (await cache.begin(address('a'), { version }, 0))!;
    await cache.add(partial, 0, bytesOf(BLOCK_BYTES + 5));
    await cache.setQuota(BLOCK_BYTES);
    expect(folder.files.size).toBe(0);
    await cache.add(partial, BLOCK_BYTES + 5, bytesOf(BLOCK_BYTES));
    expect(await cache.commit(partial)).toBeNull();
    expect([folder.files.size, folder.writers]).toEqual([0, 0]);
  });

  it('writes nothing and finds nothing with a quota of 0', async () => {
    const folder = new MemoryCacheFolder();
    await keep(await opened(folder), 'a', bytesOf(100));
    for (const quotaBytes of [0, -1, NaN]) {
      const cache = await opened(folder, { quotaBytes });
      expect(await keep(cache, 'b', bytesOf(0))).toBe(false);
      expect([cache.find(address('a')), folder.files.size, cache.usage().quotaBytes]).toEqual([
        null,
        0,
        0,
      ]);
    }
  });

  it('is empty after clear, even while shards are read or written', async () => {
    const folder = new MemoryCacheFolder();
    const usages: number[] = [];
    const cache = await opened(folder, { onChange: ({ shards }) => usages.push(shards) });
    await keep(cache, 'a', bytesOf(100));
    await keep(cache, 'b', bytesOf(100));
    expect(cache.find(address('a'))).not.toBeNull();
    const partial = (await cache.begin(address('c'), { version }, 0))!;
    await cache.add(partial, 0, bytesOf(BLOCK_BYTES));
    folder.files.set('another-tab.shard', bytesOf(5));
    await cache.clear();
    expect([folder.files.size, folder.writers, cache.usage().bytes]).toEqual([0, 0, 0]);
    expect(await cache.commit(partial)).toBeNull();
    expect(await keep(cache, 'a', bytesOf(100))).toBe(true);
    expect(usages[0]).toBe(1);
    expect(usages).toContain(2);
    expect(usages.at(-1)).toBe(1);
  });

  it('discards a shard whose length differs from the announced one', async () => {
    const folder = new MemoryCacheFolder();
    const cache = await opened(folder);
    for (const total of [0, 999, 1001, 5000])
      expect(await keep(cache, 'a', bytesOf(1000), { total })).toBe(false);
    expect(await keep(cache, 'a', bytesOf(3 * BLOCK_BYTES), { total: BLOCK_BYTES })).toBe(false);
    expect([folder.files.size, folder.writers, cache.usage().bytes]).toEqual([0, 0, 0]);
  });
});
