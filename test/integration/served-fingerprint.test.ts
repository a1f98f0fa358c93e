import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import {
  epochOf,
  etag,
  large,
  names,
  served,
  setUp,
  small,
  stopServers,
} from '../fixtures/cached-epochs';
import { createFaceSource } from '../../src/faces/sources/create-source';
import { HttpShardOpener, type ShardOpener } from '../../src/faces/sources/webdataset/shard-opener';
import { WebDatasetSource } from '../../src/faces/sources/webdataset/webdataset-source';

afterEach(stopServers);

const fingerprintOf = (opener: ShardOpener) => {
  const list = { shards: names.map((name) => ({ name })) };
  return new WebDatasetSource('served', list, opener, async () => undefined).fingerprint();
};
const young = { ETag: '"two"' };
/** The shards with other pictures of the same sizes. */
const edited = large.map((bytes) => bytes.map((byte, i) => (i % 30_000 === 600 ? byte ^ 1 : byte)));

describe('the fingerprint of shards at a server', () => {
  it('is another under another ETag at the same address, and takes not a byte of them', async () => {
    const { server } = await setUp(served(small));
    const opener = new HttpShardOpener(server.base);
    const before = await fingerprintOf(opener);
    expect(await fingerprintOf(opener)).toBe(before);
    server.files.set('b.tar', { bytes: small[1]!, headers: young });
    expect(await fingerprintOf(opener)).not.toBe(before);
    // Each shard once each time, and no part of any.
    expect(server.asked.sort()).toEqual([...names, ...names, ...names].sort());
  });

  it('is the same whether or not a tagged file’s size is told: a browser’s cache may have it packed', async () => {
    const { server } = await setUp(served(small, etag));
    const opener = new HttpShardOpener(server.base);
    const before = await fingerprintOf(opener);
    for (const name of names) {
      const file = server.files.get(name)!;
      server.files.set(name, { ...file, headers: { ...file.headers, 'Content-Encoding': 'gzip' } });
    }
    expect(await fingerprintOf(opener)).toBe(before);
  });

  it('tells files of one date apart by their size', async () => {
    const dated = { 'Last-Modified': 'Thu, 01 Jan 1970 00:00:01 GMT' };
    const { server } = await setUp(served(small, dated));
    const opener = new HttpShardOpener(server.base);
    const before = await fingerprintOf(opener);
    server.files.set('b.tar', { bytes: small[1]!.subarray(0, -512), headers: dated });
    expect(await fingerprintOf(opener)).not.toBe(before);
  });

  it('is found by looking into them where the server vouches for nothing', async () => {
    const { server } = await setUp(served(large, {}));
    const opener = new HttpShardOpener(server.base);
    const before = await fingerprintOf(opener);
    expect(await fingerprintOf(opener)).toBe(before);
    for (const [name, file] of served(edited, {})) server.files.set(name, file);
    expect(await fingerprintOf(opener)).not.toBe(before);
  });

  it('is that of sizes where it gives no parts either', async () => {
    const { server } = await setUp(served(small, {}));
    server.manner = () => ({ noRange: true });
    const opener = new HttpShardOpener(server.base);
    const before = await fingerprintOf(opener);
    expect(await fingerprintOf(opener)).toBe(before);
    server.files.set('b.tar', { bytes: small[1]!.subarray(0, -512) });
    expect(await fingerprintOf(opener)).not.toBe(before);
  });

  it.each([
    ['with', etag],
    ['without', {}],
  ])('is the same from kept shards when the server is away, %s ETags', async (_, headers) => {
    const { server, opener } = await setUp(served(large, headers));
    const before = await fingerprintOf(opener);
    await epochOf(opener);
    expect(await fingerprintOf(opener)).toBe(before);
    await server.stop();
    expect(await fingerprintOf(opener)).toBe(before);
  });

  it('leaves out a shard that is not there, and ends where there is none', async () => {
    const { server } = await setUp(served(small));
    const opener = new HttpShardOpener(server.base);
    const before = await fingerprintOf(opener);
    server.files.delete('b.tar');
    const without = await fingerprintOf(opener);
    expect(without).not.toBe(before);
    expect(await fingerprintOf(opener)).toBe(without);
    await server.stop();
    await expect(fingerprintOf(opener)).rejects.toMatchObject({ code: 'network' });
  });
});

it('a Parquet file at a server is another under another ETag', async () => {
  const bytes = await readFile('test/fixtures/parquet/plain.parquet');
  const { server } = await setUp([['a.parquet', { bytes, headers: etag }]]);
  const spec = { kind: 'pattern', pattern: 'a.parquet' } as const;
  const fingerprint = async () => (await createFaceSource(spec, server.base)).fingerprint();
  const before = await fingerprint();
  expect(await fingerprint()).toBe(before);
  server.files.set('a.parquet', { bytes, headers: young });
  expect(await fingerprint()).not.toBe(before);
});
