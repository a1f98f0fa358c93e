import { describe, expect, it } from 'vitest';
import {
  BLOCK_BYTES,
  encodeRecord,
  filesOf,
  maxRecordBytes,
  parseRecord,
  type ShardRecord,
} from './shard-record';

const record: ShardRecord = {
  url: 'https://example.org/a.tar?é',
  length: 2 * BLOCK_BYTES + 5,
  hashes: [1, Number.MAX_SAFE_INTEGER, 0],
  version: {
    etag: '"ü"',
    modified: 'Mon, 01 Jan 2024 00:00:00 GMT',
    size: 2 * BLOCK_BYTES + 5,
    validator: '"ü"',
  },
  keptAt: 5,
  usedAt: 1_700_000_000_000,
};
const text = (value: object) => new TextDecoder().decode(encodeRecord(value as ShardRecord));

describe('shard record', () => {
  it('survives a round trip, and is no larger than its upper bound', () => {
    expect(parseRecord(text(record))).toEqual(record);
    const fullest = { ...record, hashes: record.hashes.map(() => Number.MAX_SAFE_INTEGER) };
    expect(encodeRecord(fullest).length).toBeLessThanOrEqual(
      maxRecordBytes(record.url, record.version, record.length),
    );
  });

  it.each<[string, object]>([
    ['a hash missing', { ...record, hashes: [1, 2] }],
    ['a hash that is no number', { ...record, hashes: [1, '2', 3] }],
    ['a hash below zero', { ...record, hashes: [1, -2, 3] }],
    ['a length that is no whole number', { ...record, length: 1.5 }],
    ['a length beyond safe integers', { ...record, length: 1e300 }],
    ['no address', { ...record, url: 'a.tar' }],
    ['no version', { ...record, version: undefined }],
    ['an ETag that is no text', { ...record, version: { etag: 5 } }],
    ['no time', { ...record, usedAt: null }],
    ['another format version', { ...record, form: 2 }],
  ])('is invalid with %s', (_, value) => expect(parseRecord(text(value))).toBeNull());

  it.each(['', '{', 'null', '[]', '5', '"x"', text(record).slice(0, -1)])(
    'is invalid as %j',
    (broken) => expect(parseRecord(broken)).toBeNull(),
  );

  it('derives file names from the URL alone, different for each', async () => {
    const names = await filesOf(record.url);
    expect(names).toEqual(await filesOf(record.url));
    expect(names.payload).toMatch(/^[0-9a-f]{64}\.shard$/);
    expect((await filesOf(`${record.url}x`)).payload).not.toBe(names.payload);
  });
});
