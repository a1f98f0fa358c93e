import { afterEach, describe, expect, it } from 'vitest';
import {
  brokenOnce,
  epochOf,
  large,
  names,
  payloadOf,
  PICTURES,
  plainEpoch,
  served,
  setUp,
  small,
  stopServers,
} from '../fixtures/cached-epochs';
import { seededRandom } from '../../src/core/seeded-random';
import { BLOCK_BYTES, filesOf } from '../../src/faces/cache/shard-record';
import {
  ShardChangedError,
  type ShardReading,
} from '../../src/faces/sources/webdataset/shard-opener';

afterEach(stopServers);

describe('cached shards under failures', () => {
  it.each([
    ['in the first block', 10, null],
    ['in the second block', BLOCK_BYTES + 10, null],
    ['in the last byte', -1, null],
    ['and the network breaks off too', BLOCK_BYTES + 10, 200_000],
  ])(
    'detects a flipped byte in the folder, %s, and continues over the network: every ' +
      "picture once, in the seed's order",
    async (_, place, cutAfter) => {
      const set = await setUp(served(large));
      const expected = await plainEpoch(set.server);
      await epochOf(set.opener);
      const { bytes, name } = await payloadOf(set, 'b.tar');
      bytes![place < 0 ? bytes!.length + place : place]! ^= 4;
      set.server.requests.length = 0;
      if (cutAfter)
        set.server.faultsOf = brokenOnce('b.tar', cutAfter, (from) => from < large[1]!.length - 1);
      const { retries, ...epoch } = await epochOf(set.opener);
      expect(epoch).toEqual({ pictures: expected.pictures, skipped: [] });
      expect(retries[0]).toMatch(
        /b\.tar was cached in the browser and is damaged or missing there \(block \d of 2\)/,
      );
      expect(retries).toHaveLength(cutAfter ? 2 : 1);
      // One part of it over the network, from the reader's position on.
      const fetched = set.server.requests.filter((asked) => asked.startsWith('b.tar')).slice(1);
      expect(fetched[0]).toMatch(place === 10 ? /^b\.tar$/ : /^b\.tar \d+-$/);
      // Damage at the beginning: it was fetched whole, and cached again.
      expect(set.folder.files.has(name)).toBe(place === 10);
      expect(await epochOf(set.opener)).toEqual(expected);
      expect(set.cache.usage().shards).toBe(3);
    },
  );

  it('passes on no byte of a damaged block', async () => {
    const { opener, server, folder } = await setUp(served(large));
    await epochOf(opener);
    const { payload } = await filesOf(new URL('a.tar', server.base).href);
    folder.files.get(payload)![BLOCK_BYTES + 70_000]! ^= 1;
    const reader = (await opener.open('a.tar', undefined)).getReader();
    expect(Buffer.compare((await reader.read()).value!, large[0]!.subarray(0, BLOCK_BYTES))).toBe(
      0,
    );
    await expect(reader.read()).rejects.toMatchObject({ code: 'network' });
  });

  it('continues only with the version of the file that was cached', async () => {
    const { opener, server, folder } = await setUp(served(large));
    await epochOf(opener);
    const { payload } = await filesOf(new URL('a.tar', server.base).href);
    folder.files.get(payload)![BLOCK_BYTES + 5]! ^= 1;
    const reading: ShardReading = {};
    const reader = (await opener.open('a.tar', undefined, 0, reading)).getReader();
    await reader.read();
    await expect(reader.read()).rejects.toThrow('damaged');
    // Replaced after the revalidation, before the network is needed.
    server.files.set('a.tar', { bytes: large[1]!, headers: { ETag: '"two"' } });
    await expect(opener.open('a.tar', undefined, BLOCK_BYTES, reading)).rejects.toThrow(
      ShardChangedError,
    );
  });

  it.each([
    ['too short', (bytes: Uint8Array<ArrayBuffer>) => bytes.slice(0, -1)],
    ['too long', (bytes: Uint8Array<ArrayBuffer>) => new Uint8Array([...bytes, 0])],
    ['missing', () => null],
  ])('fetches a shard again whose payload is %s', async (_, change) => {
    const set = await setUp(served(small));
    const expected = await plainEpoch(set.server);
    await epochOf(set.opener);
    const { bytes, name } = await payloadOf(set, 'a.tar');
    const changed = change(bytes!);
    if (changed) set.folder.files.set(name, changed);
    else set.folder.files.delete(name);
    expect(await epochOf(set.opener)).toEqual(expected);
    expect(Buffer.compare((await payloadOf(set, 'a.tar')).bytes!, small[0]!)).toBe(0);
  });

  it.each([true, false])(
    'caches a whole shard that was interrupted and resumed (size announced: %s)',
    async (announced) => {
      const set = await setUp(served(large));
      const expected = await plainEpoch(set.server);
      const cut = brokenOnce('b.tar', 1_300_000);
      set.server.faultsOf = (path, from) => ({ ...cut(path, from), noLength: !announced });
      set.server.requests.length = 0;
      const { retries, ...epoch } = await epochOf(set.opener);
      expect(epoch).toEqual({ pictures: expected.pictures, skipped: [] });
      expect(retries).toHaveLength(1);
      expect(set.server.requests.filter((asked) => asked.startsWith('b.tar'))).toEqual([
        'b.tar',
        expect.stringMatching(/^b\.tar \d{6,}-$/),
      ]);
      expect(Buffer.compare((await payloadOf(set, 'b.tar')).bytes!, large[1]!)).toBe(0);
      expect(set.folder.writers).toBe(0);
      set.server.faultsOf = () => ({});
      expect(await epochOf(set.opener)).toEqual(expected);
    },
  );

  it('drops a shard that its reader could not use', async () => {
    const set = await setUp(served(small));
    // Once, the server presents a part as the whole file; a retry gets the rest.
    let pretended = false;
    set.server.faultsOf = (path, from) => {
      if (path !== 'a.tar' || from !== 0 || pretended) return {};
      pretended = true;
      return { pretend: 9000 };
    };
    const { pictures, skipped } = await epochOf(set.opener);
    expect([new Set(pictures).size, skipped]).toEqual([3 * PICTURES, []]);
    expect((await payloadOf(set, 'a.tar')).bytes).toBeUndefined();
    expect(await epochOf(set.opener)).toEqual(await plainEpoch(set.server));
    expect(Buffer.compare((await payloadOf(set, 'a.tar')).bytes!, small[0]!)).toBe(0);
  });

  it('continues over the network when the folder fails midway, and reports it once', async () => {
    const warnings: string[] = [];
    const { opener, server, folder } = await setUp(served(large), {
      onWarning: ({ message }) => warnings.push(message),
    });
    const expected = await plainEpoch(server);
    folder.before = (step) => {
      if (step === 'append') throw new Error('the disk is full');
    };
    expect(await epochOf(opener)).toEqual(expected);
    expect(warnings).toEqual([expect.stringContaining('the disk is full')]);
    expect([folder.files.size, folder.writers]).toEqual([0, 0]);
  });
});

it.each([1, 2, 3, 4, 5, 6])(
  "yields every picture once in the seed's order, and caches intact bytes (seed %i)",
  async (seed) => {
    const random = seededRandom(seed, 0x63616368);
    const most = Math.max(...small.map(({ length }) => length)) + 2000;
    const quotaBytes = most * (1 + random.int(3));
    const set = await setUp(served(small), { quotaBytes });
    let bad = 0;
    for (let epoch = 0; epoch < 8; epoch++) {
      set.server.faultsOf = () => ({});
      const expected = (await plainEpoch(set.server, names, epoch)).pictures;
      // No more than two bad answers in a row, so that giving up would be a fault.
      set.server.faultsOf = () => {
        bad = bad < 2 && random.int(2) > 0 ? bad + 1 : 0;
        const noLength = random.int(4) === 0;
        if (bad === 0) return { noLength, noRange: random.int(5) === 0 };
        return [
          { cutAfter: random.int(20_000), noLength },
          { status: 503 },
          { pretend: random.int(20_000) },
        ][random.int(3)]!;
      };
      const epochNow = await epochOf(set.opener, names, epoch);
      expect(epochNow).toMatchObject({ pictures: expected, skipped: [] });
      expect(set.folder.peak).toBeLessThanOrEqual(quotaBytes);
      for (const bytes of set.folder.files.values())
        if (random.int(6) === 0 && bytes.length > 0)
          bytes[random.int(bytes.length)]! ^= 1 << random.int(8);
    }
    // Every damaged byte in the cache is detected.
    set.server.faultsOf = () => ({});
    await epochOf(set.opener, names, 9);
    await set.cache.setQuota(quotaBytes);
    for (const [i, name] of names.entries()) {
      const { bytes } = await payloadOf(set, name);
      if (bytes) expect(Buffer.compare(bytes, small[i]!)).toBe(0);
    }
    expect(set.folder.writers).toBe(0);
  },
);
