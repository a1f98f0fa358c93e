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
const changed = { ETag: '"two"' };
/** The shards with other pictures of the same sizes. */
const edited = large.map((bytes) => bytes.map((byte, i) => (i % 30_000 === 600 ? byte ^ 1 : byte)));

describe('the fingerprint of shards at a server', () => {
  it('changes with the ETag, without downloading the shards', async () => {
    const { server } = await setUp(served(small));
    const opener = new HttpShardOpener(server.base);
    const before = await fingerprintOf(opener);
    expect(await fingerprintOf(opener)).toBe(before);
    server.files.set('b.tar', { bytes: small[1]!, headers: changed });
    expect(await fingerprintOf(opener)).not.toBe(before);
    // One request per shard each time, without ranges.
    expect(server.requests.sort()).toEqual([...names, ...names, ...names].sort());
  });

  it('is the same with and without a size next to an ETag', async () => {
    const { server } = await setUp(served(small, etag));
    const opener = new HttpShardOpener(server.base);
    const before = await fingerprintOf(opener);
    for (const name of names) {
      const file = server.files.get(name)!;
      server.files.set(name, { ...file, headers: { ...file.headers, 'Content-Encoding': 'gzip' } });
    }
    expect(await fingerprintOf(opener)).toBe(before);
  });

  it('distinguishes files of the same date by size', async () => {
    const dated = { 'Last-Modified': 'Thu, 01 Jan 1970 00:00:01 GMT' };
    const { server } = await setUp(served(small, dated));
    const opener = new HttpShardOpener(server.base);
    const before = await fingerprintOf(opener);
    server.files.set('b.tar', { bytes: small[1]!.subarray(0, -512), headers: dated });
    expect(await fingerprintOf(opener)).not.toBe(before);
  });

  it('is computed from the contents if there is neither ETag nor date', async () => {
    const { server } = await setUp(served(large, {}));
    const opener = new HttpShardOpener(server.base);
    const before = await fingerprintOf(opener);
    expect(await fingerprintOf(opener)).toBe(before);
    for (const [name, file] of served(edited, {})) server.files.set(name, file);
    expect(await fingerprintOf(opener)).not.toBe(before);
  });

  it('is computed from the sizes if the server doesn’t support ranges either', async () => {
    const { server } = await setUp(served(small, {}));
    server.faultsOf = () => ({ noRange: true });
    const opener = new HttpShardOpener(server.base);
    const before = await fingerprintOf(opener);
    expect(await fingerprintOf(opener)).toBe(before);
    server.files.set('b.tar', { bytes: small[1]!.subarray(0, -512) });
    expect(await fingerprintOf(opener)).not.toBe(before);
  });

  it.each([
    ['with', etag],
    ['without', {}],
  ])('is the same for cached shards when the server is down, %s ETags', async (_, headers) => {
    const { server, opener } = await setUp(served(large, headers));
    const before = await fingerprintOf(opener);
    await epochOf(opener);
    expect(await fingerprintOf(opener)).toBe(before);
    await server.stop();
    expect(await fingerprintOf(opener)).toBe(before);
  });

  it('skips a missing shard, and fails if all are missing', async () => {
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

it('the fingerprint of a Parquet file on a server changes with the ETag', async () => {
  const bytes = await readFile('test/fixtures/parquet/plain.parquet');
  const { server } = await setUp([['a.parquet', { bytes, headers: etag }]]);
  const spec = { kind: 'pattern', pattern: 'a.parquet' } as const;
  const fingerprint = async () => (await createFaceSource(spec, server.base)).fingerprint();
  const before = await fingerprint();
  expect(await fingerprint()).toBe(before);
  server.files.set('a.parquet', { bytes, headers: changed });
  expect(await fingerprint()).not.toBe(before);
});
