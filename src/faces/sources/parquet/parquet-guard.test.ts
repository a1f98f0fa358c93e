import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BlobByteSource } from '../../../formats/bytes/byte-source';
import { unpackFramedLz4 } from './parquet-codecs';
import { decodeChunk } from './parquet-column';
import { ParquetFile } from './parquet-file';
import { checkDeltas, checkLz4, checkRuns, structEnd } from './parquet-guard';

const bytes = (...values: number[]) => Uint8Array.from(values);

describe('the checks before hyparquet', () => {
  it('finds the end of a struct with any fields', () => {
    // Fields: 1 true, 2 byte, 3 zigzag, 4 double, 5 text, 6 list of two booleans, 7 list of
    // numbers, 8 struct, 100 with an explicit number.
    const struct = bytes(
      0x11,
      0x13,
      9,
      0x15,
      0x80,
      1,
      0x17,
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      0x18,
      2,
      65,
      66,
      0x19,
      0x21,
      1,
      2,
      0x19,
      0x35,
      1,
      0x80,
      1,
      2,
      0x1c,
      0x11,
      0,
      0x05,
      0xc8,
      1,
      7,
      0,
    );
    expect(structEnd(struct, 0)).toBe(struct.length);
    expect(structEnd(bytes(9, 9, 0x11, 0, 9), 2)).toBe(4);
    for (let length = 0; length < struct.length; length++)
      expect(() => structEnd(struct.subarray(0, length), 0)).toThrow();
  });

  it.each([
    [
      'a number without an end',
      bytes(0x16, ...Array<number>(11).fill(0xff), 0),
      'more than 64 bits',
    ],
    ['a text longer than the file', bytes(0x18, 0x7f, 65, 0), 'bytes, where 2 are left'],
    ['a length of 2^31', bytes(0x18, 0x80, 0x80, 0x80, 0x80, 8, 0), 'a length beyond 2^31'],
    ['a list longer than the file', bytes(0x19, 0xf5, 0xff, 0xff, 3, 0), 'a list of 65535'],
    ['a list of nothing', bytes(0x19, 0x20, 0), 'where 1 bytes are left'],
    ['a type that Parquet has not', bytes(0x1b, 0, 0), 'a Thrift value of type 11'],
    ['structs in structs', new Uint8Array(10_000).fill(0x1c), 'nested more than 16 deep'],
    ['lists in lists', new Uint8Array(10_000).fill(0x19), 'nested more than 16 deep'],
  ])('stops at %s', (_, struct, found) => {
    expect(() => structEnd(struct, 0)).toThrow(found);
  });

  it('accepts an LZ4 block only if it unpacks to the expected size', () => {
    // "abcabcabc": three literals and a match of six at distance three; then the literals "xyz".
    const block = bytes(0x32, 97, 98, 99, 3, 0, 0x30, 120, 121, 122);
    expect(() => checkLz4(block, 12)).not.toThrow();
    for (const size of [11, 13])
      expect(() => checkLz4(block, size)).toThrow(`where ${size} were expected`);
    for (let length = 1; length < block.length; length++)
      expect(() => checkLz4(block.subarray(0, length), 12)).toThrow();
    // Lengths beyond the size of the page.
    expect(() => checkLz4(bytes(0x1f, 97, 1, 0, ...Array<number>(1000).fill(255), 0), 12)).toThrow(
      'where 12 were expected',
    );
    expect(() => checkLz4(bytes(0xf0, ...Array<number>(1000).fill(255)), 12)).toThrow();
  });

  it('unpacks LZ4 in Hadoop’s framing, block by block', () => {
    const block = [0x32, 97, 98, 99, 3, 0, 0x30, 120, 121, 122];
    const frame = [0, 0, 0, 12, 0, 0, 0, block.length, ...block];
    const text = (packed: Uint8Array, size: number) =>
      new TextDecoder().decode(unpackFramedLz4(packed, size));
    expect(text(bytes(...frame), 12)).toBe('abcabcabcxyz');
    expect(text(bytes(...frame, ...frame), 24)).toBe('abcabcabcxyzabcabcabcxyz');
    expect(text(bytes(...block), 12)).toBe('abcabcabcxyz');
    for (const damage of [[...frame, 0], frame.slice(0, -1), [...frame, ...frame]]) {
      expect(() => unpackFramedLz4(bytes(...damage), 12)).toThrow();
    }
  });

  it('accepts runs of common writers, but none longer than all values', () => {
    expect(() => checkRuns(bytes(20, 3), 0, 2, 10)).not.toThrow();
    expect(() => checkRuns(bytes(3, 0xff, 20, 1), 0, 1, 18)).not.toThrow();
    // A last run that is padded to 504 values.
    expect(() => checkRuns(bytes(127, ...Array<number>(63).fill(0)), 0, 1, 10)).not.toThrow();
    expect(() => checkRuns(bytes(22, 3), 0, 2, 10)).toThrow('a run of 11 values among 10');
    expect(() => checkRuns(bytes(0xfe, 0xff, 0xff, 0xff, 7, 1), 0, 1, 10)).toThrow(
      'a run of 1073741823 values',
    );
    expect(() => checkRuns(bytes(0xff, 0xff, 0xff, 0xff, 7, 1), 0, 1, 10)).toThrow('among 10');
    expect(() => checkRuns(bytes(1, 1), 0, 1, 10)).toThrow('a run of 0 values');
    expect(() => checkRuns(bytes(3, 1), 0, 0, 10)).toThrow('a run of 8 values');
    expect(() => checkRuns(bytes(2, 1), 0, 33, 10)).toThrow('values of 33 bits');
  });

  it('accepts delta blocks of common writers, but none that never ends', () => {
    expect(() => checkDeltas(bytes(0x80, 1, 4, 10, 0), 0)).not.toThrow();
    expect(() => checkDeltas(bytes(0x80, 1, 0, 10, 0), 0)).toThrow(
      'delta blocks of 128 values in 0 parts',
    );
    // −1 as 32 bits: hyparquet would step back and read the block again forever.
    expect(() => checkDeltas(bytes(0x80, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, 10, 0), 0)).toThrow(
      'beyond 2^31',
    );
    expect(() => checkDeltas(bytes(0, 4, 10, 0), 0)).toThrow('delta blocks of 0 values');
    expect(() => checkDeltas(bytes(0x80, 0x80, 8, 4, 10), 0)).toThrow(
      'delta blocks of 131072 values',
    );
  });
});

describe('limits of a Parquet file', () => {
  const sourceOf = (name: string) =>
    new BlobByteSource(
      name,
      new Blob([
        readFileSync(new URL(`../../../../test/fixtures/parquet/${name}`, import.meta.url)),
      ]),
    );

  it('refuse row groups that would fill the memory, by the footer alone', async () => {
    await expect(ParquetFile.open(sourceOf('large-group.parquet'))).rejects.toMatchObject({
      code: 'bad-source',
      message:
        'large-group.parquet has a row group 0 of 514 MiB; at most 512 MiB are read at once.',
      nextStep: expect.stringContaining('row_group_size') as string,
    });
    await expect(ParquetFile.open(sourceOf('many-rows.parquet'))).rejects.toMatchObject({
      code: 'bad-source',
      message: 'many-rows.parquet has a row group 0 of 4194305 rows; at most 4194304 are read.',
    });
  });

  it('apply to pages, whatever the footer says', async () => {
    const { source, groups, columns } = await ParquetFile.open(sourceOf('hub.parquet'));
    const { image, rows } = groups[0]!;
    const chunk = await source.read(image.offset, image.length);
    const { bytes: size, values } = decodeChunk(chunk, columns.image, image.codec, rows, 10_000);
    expect(values).toHaveLength(rows);
    expect(decodeChunk(chunk, columns.image, image.codec, rows, size).bytes).toBe(size);
    expect(() => decodeChunk(chunk, columns.image, image.codec, rows, size - 1)).toThrow(
      'are read at most',
    );
    expect(() => decodeChunk(chunk, columns.image, image.codec, rows - 1, size)).toThrow(
      `a page of ${rows} values, where ${rows - 1} are left`,
    );
    expect(() => decodeChunk(chunk, columns.image, image.codec, rows + 1, size)).toThrow(
      `${rows} values, where ${rows + 1} were expected`,
    );
  });
});
