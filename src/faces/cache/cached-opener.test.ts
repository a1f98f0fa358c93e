import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import {
  brokenOnce,
  epochOf,
  etag,
  large,
  names,
  payloadOf,
  PICTURES,
  plainEpoch,
  readAll,
  served,
  setUp,
  shardOf,
  small,
  stopServers,
} from '../../../test/fixtures/cached-epochs';
import type { AnswerFaults, ServedShard } from '../../../test/fixtures/shard-server';
import { CachedShardOpener } from './cached-opener';
import {
  HttpShardOpener,
  ShardChangedError,
  type ShardReading,
} from '../sources/webdataset/shard-opener';

afterEach(stopServers);

const replaced = await Promise.all(names.map((name) => shardOf(name, 2, 1200)));
const twin = large.map((bytes) =>
  Uint8Array.from(bytes, (byte, i) => (i % 30_000 === 600 ? byte ^ 1 : byte)),
);
const shorter = await Promise.all(names.map((name) => shardOf(name, 3, 300)));

describe('cached shard opener', () => {
  it('reads each shard over the network once; later epochs request one byte', async () => {
    const set = await setUp(served(large));
    const { server, opener, cache } = set;
    const expected = [await plainEpoch(server), await plainEpoch(server, names, 2)];
    expect(expected[0]!.pictures).toHaveLength(3 * PICTURES);
    server.requests.length = 0;
    expect(await epochOf(opener)).toEqual(expected[0]);
    expect([...server.requests].sort()).toEqual(names);
    expect(cache.usage().shards).toBe(3);
    for (const [i, name] of names.entries())
      expect(Buffer.compare((await payloadOf(set, name)).bytes!, large[i]!)).toBe(0);
    server.requests.length = 0;
    expect(await epochOf(opener, names, 2)).toEqual(expected[1]);
    expect([...server.requests].sort()).toEqual(
      names.map((name, i) => `${name} ${large[i]!.length - 1}-`),
    );
  });

  it('caches gzipped shards compressed', async () => {
    const packed = small.map((bytes) => gzipSync(bytes));
    const files = names.map((name, i): [string, ServedShard] => [
      `${name}.gz`,
      { bytes: packed[i]!, headers: etag },
    ]);
    const set = await setUp(files);
    const shards = files.map(([name]) => name);
    const expected = await plainEpoch(set.server, shards);
    expect(await epochOf(set.opener, shards)).toEqual(expected);
    expect(await epochOf(set.opener, shards)).toEqual(expected);
    expect(Buffer.compare(gunzipSync((await payloadOf(set, 'a.tar.gz')).bytes!), small[0]!)).toBe(
      0,
    );
    // After an interruption it is read from the start again, and still cached.
    await set.cache.clear();
    set.server.faultsOf = brokenOnce('b.tar.gz', 5000);
    expect((await epochOf(set.opener, shards)).pictures).toEqual(expected.pictures);
    expect(Buffer.compare((await payloadOf(set, 'b.tar.gz')).bytes!, packed[1]!)).toBe(0);
  });

  it('notices a replacement of the same size on a server without ETag and date', async () => {
    const set = await setUp(served(large, {}));
    const first = await epochOf(set.opener);
    set.server.requests.length = 0;
    expect(await epochOf(set.opener)).toEqual(first);
    expect(set.server.requests.every((asked) => /-/.test(asked))).toBe(true);
    for (const [name, file] of served(twin, {})) set.server.files.set(name, file);
    const expected = await plainEpoch(set.server);
    expect(expected).not.toEqual(first);
    expect(await epochOf(set.opener)).toEqual(expected);
    await set.server.stop();
    expect((await epochOf(set.opener)).pictures).toEqual(expected.pictures);
  });

  const before = { 'Last-Modified': 'Mon, 01 Jan 2024 00:00:00 GMT' };
  it.each<[string, Record<string, string>, Record<string, string>, Uint8Array[]]>([
    ['ETag', etag, { ETag: '"two"' }, replaced],
    ['date', before, { 'Last-Modified': 'Tue, 02 Jan 2024 00:00:00 GMT' }, replaced],
    ['larger size', {}, {}, replaced],
    ['smaller size', {}, {}, shorter],
    ['size under the same ETag', etag, etag, shorter],
  ])('fetches a shard again when the server has another %s', async (_, old, young, bytes) => {
    const set = await setUp(served(small, old));
    await epochOf(set.opener);
    for (const [name, file] of served(bytes, young)) set.server.files.set(name, file);
    const expected = await plainEpoch(set.server);
    expect(await epochOf(set.opener)).toEqual(expected);
    expect(await epochOf(set.opener)).toEqual(expected);
    expect(Buffer.compare((await payloadOf(set, 'c.tar')).bytes!, bytes[2]!)).toBe(0);
  });

  it("uses the cached shard when the server can't be reached", async () => {
    const { opener, server } = await setUp(served(small));
    const expected = await epochOf(opener);
    await server.stop();
    expect(await epochOf(opener)).toEqual(expected);
    await expect(opener.open('other.tar', undefined)).rejects.toMatchObject({ code: 'network' });
  });

  it.each<[string, AnswerFaults]>([
    ['says nothing', { silent: true }],
    ['is busy', { status: 503 }],
    ['no longer has it', { status: 404 }],
    ['ignores ranges', { noRange: true }],
  ])('uses the cached shard when the server %s', async (_, manner) => {
    const { opener, server } = await setUp(served(small));
    const expected = await epochOf(opener);
    server.faultsOf = () => manner;
    expect(await epochOf(opener)).toEqual(expected);
  });

  it('aborts without waiting for the server, and releases the shard', async () => {
    const { opener, server, cache, folder } = await setUp(served(small));
    await epochOf(opener);
    server.faultsOf = () => ({ silent: true });
    const stop = new AbortController();
    const opening = new CachedShardOpener(opener.http, cache, 60_000).open('a.tar', stop.signal);
    setTimeout(() => stop.abort(), 10);
    await expect(opening).rejects.toThrow();
    await cache.setQuota(0);
    expect(folder.files.size).toBe(0);
  });

  it.each<
    [string, (stream: ReadableStream<Uint8Array>, stop: AbortController) => Promise<unknown>]
  >([
    ['cancels before the first byte', (stream) => stream.cancel()],
    [
      'cancels in the middle',
      async (stream) => {
        const reader = stream.getReader();
        await reader.read();
        await reader.cancel();
      },
    ],
    [
      'cancels while it waits',
      async (stream) => {
        const reader = stream.getReader();
        const waiting = reader.read();
        await reader.cancel();
        await waiting;
      },
    ],
    [
      'is aborted',
      async (stream, stop) => {
        const reader = stream.getReader();
        await reader.read();
        stop.abort();
        while (!(await reader.read().catch(() => ({ done: true }))).done);
      },
    ],
    ['is aborted and never pulls again', async (_, stop) => stop.abort()],
  ])('caches nothing for a reader that %s', async (_, leave) => {
    const { opener, cache, folder, server } = await setUp(served(large));
    // The end of a stream of unknown length looks like the end of the shard.
    server.faultsOf = () => ({ noLength: true });
    const stop = new AbortController();
    await leave(await opener.open('a.tar', stop.signal), stop);
    // Queued behind all pending changes.
    await cache.setQuota(2 ** 30);
    expect([folder.files.size, folder.writers, cache.usage().bytes]).toEqual([0, 0, 0]);
    expect(Buffer.compare(await readAll(await opener.open('a.tar', undefined)), large[0]!)).toBe(0);
    expect(cache.usage().shards).toBe(1);
  });

  it('pulls no more over the network than its reader does', async () => {
    let pulled = 0;
    class Counting extends HttpShardOpener {
      override async open(
        ...[, , , reading = {}]: Parameters<HttpShardOpener['open']>
      ): Promise<ReadableStream<Uint8Array>> {
        reading.version = {};
        return new ReadableStream(
          { pull: (controller) => controller.enqueue(new Uint8Array(1000).fill(pulled++)) },
          { highWaterMark: 0 },
        );
      }
    }
    const { cache } = await setUp([]);
    const reader = (
      await new CachedShardOpener(new Counting('http://127.0.0.1/'), cache).open(
        'endless.tar',
        undefined,
      )
    ).getReader();
    for (let read = 1; read <= 5; read++) {
      await reader.read();
      for (let turn = 0; turn < 10; turn++) await new Promise((later) => setImmediate(later));
      expect(pulled).toBe(read);
    }
    await reader.cancel();
  });

  it('serves two readers of one shard at a time, and caches it once', async () => {
    const { opener, cache, folder } = await setUp(served(large));
    const streams = await Promise.all([
      opener.open('a.tar', undefined),
      opener.open('a.tar', undefined),
    ]);
    for (const bytes of await Promise.all(streams.map(readAll)))
      expect(Buffer.compare(bytes, large[0]!)).toBe(0);
    expect([cache.usage().shards, folder.files.size, folder.writers]).toEqual([1, 2, 0]);
    expect(Buffer.compare(await readAll(await opener.open('a.tar', undefined)), large[0]!)).toBe(0);
  });

  it('never resumes with bytes of another version of the file', async () => {
    const { opener, server, cache } = await setUp(served(small));
    server.faultsOf = brokenOnce('a.tar', 5000);
    const reading: ShardReading = {};
    await expect(readAll(await opener.open('a.tar', undefined, 0, reading))).rejects.toThrow();
    server.files.set('a.tar', { bytes: replaced[0]!, headers: { ETag: '"two"' } });
    expect(Buffer.compare(await readAll(await opener.open('a.tar', undefined)), replaced[0]!)).toBe(
      0,
    );
    expect(cache.usage().shards).toBe(1);
    await expect(opener.open('a.tar', undefined, 1024, reading)).rejects.toThrow(ShardChangedError);
  });

  it('uses only the network with a quota of 0', async () => {
    const { opener, server, folder } = await setUp(served(small), { quotaBytes: 0 });
    for (let epoch = 0; epoch < 2; epoch++) await epochOf(opener);
    expect([...server.requests].sort()).toEqual(names.flatMap((name) => [name, name]));
    expect(folder.peak).toBe(0);
  });
});
