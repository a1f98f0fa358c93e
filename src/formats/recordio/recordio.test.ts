import { expect, describe, it } from 'vitest';
import {
  fileOf,
  imageData,
  MemorySource,
  noise,
  parts,
  sets,
  written,
} from '../../../test/fixtures/record-files';
import { imageRecordOf, payloadOf, readRecord, scanRecords } from './recordio';

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

describe('RecordIO as MXNet writes it', () => {
  it('joins data that was cut at magic numbers, wherever they were', () => {
    const bytes = fileOf('parts');
    expect(written.parts).toHaveLength(13);
    for (const { offset, payload } of written.parts!)
      expect(base64(payloadOf(bytes.subarray(offset), 'parts', offset))).toBe(payload);
  });

  it('reads an image header that was itself cut', () => {
    const bytes = fileOf('parts');
    const images = written.parts!.filter(({ flag }) => flag !== null);
    expect(images).toHaveLength(2);
    for (const { offset, id, labels, image } of images) {
      const record = imageRecordOf(
        payloadOf(bytes.subarray(offset), 'parts', offset),
        'parts',
        offset,
      );
      expect([record.id, [...record.labels], base64(record.image)]).toEqual([id, labels, image]);
    }
  });

  it.each(sets)('reads every record of %s at its offset, in one read each', async (name) => {
    const source = new MemorySource(name, fileOf(name));
    for (const { offset, flag, id, labels, image } of written[name]!) {
      const { image: found, labels: foundLabels, ...record } = await readRecord(source, offset);
      expect([record, [...foundLabels], base64(found)]).toEqual([{ flag, id }, labels, image]);
    }
    expect(source.reads).toHaveLength(written[name]!.length);
  });

  it.each(sets)('finds every record of %s by a scan', async (name) => {
    const found: unknown[] = [];
    const ends: number[] = [];
    for await (const { offset, end, record } of scanRecords(new MemorySource(name, fileOf(name)))) {
      found.push([offset, record.flag, record.id, [...record.labels], base64(record.image)]);
      ends.push(end);
    }
    expect(found).toEqual(
      written[name]!.map(({ offset, flag, id, labels, image }) => [
        offset,
        flag,
        id,
        labels,
        image,
      ]),
    );
    expect(ends).toEqual([
      ...written[name]!.slice(1).map(({ offset }) => offset),
      fileOf(name).length,
    ]);
  });
});

describe('a record that is damaged', () => {
  const data = imageData(1, noise(20, 1));
  const [empty, half] = [new Uint8Array(), data.subarray(0, 24)];
  it.each([
    [
      'has no magic number',
      Uint8Array.from(parts([0, data]), (byte, i) => (i === 0 ? 1 : byte)),
      /0xced72301 where .* at byte 500\.$/,
    ],
    ['has a kind that there is not', parts([5, data]), /a part of kind 5.* at byte 500\.$/],
    [
      'begins in the middle',
      parts([2, half], [3, half]),
      /a middle part where one begins, at byte 500\.$/,
    ],
    [
      'begins again before it ends',
      parts([1, half], [0, data]),
      /a whole part where a record goes on, at byte 532\.$/,
    ],
    [
      'has no last part',
      parts([1, half], [2, half]),
      /0 bytes where a record goes on, at byte 564\.$/,
    ],
    [
      'is cut in a header',
      parts([1, half], [3, half]).subarray(0, 36),
      /4 bytes where a record goes on, at byte 532\.$/,
    ],
    [
      'is cut in its data',
      parts([0, data]).subarray(0, 50),
      /a part of 44 bytes, of which 42 are there, at byte 500\.$/,
    ],
    [
      'claims more than the file has',
      parts([0, data, 1000]),
      /a part of 1000 bytes, of which 44 are there, at byte 500\.$/,
    ],
    [
      'claims the most that can be claimed',
      parts([0, data, 2 ** 29 - 1]),
      /at most 67108864 are read, at byte 500\.$/,
    ],
    [
      'claims that in its parts together',
      parts([1, half], [2, empty, 2 ** 26]),
      /a record that claims 67108892 bytes or more.*, at byte 532\.$/,
    ],
    [
      'is empty',
      parts([0, empty]),
      /a record of 0 bytes; an image's header takes 24, at byte 500\.$/,
    ],
    [
      'claims labels that it has not',
      parts([0, imageData(0, noise(20, 1), 6)]),
      /a record of 44 bytes that claims 6 labels, at byte 500\.$/,
    ],
    [
      'claims four billion labels',
      parts([0, imageData(0, noise(20, 1), 2 ** 32 - 1)]),
      /that claims 4294967295 labels, at byte 500\.$/,
    ],
    ['is not there', empty, /0 bytes where one begins, at byte 500\.$/],
  ])('and %s is reported with its offset', async (_, bytes, found) => {
    expect(() => imageRecordOf(payloadOf(bytes, 'a.rec', 500), 'a.rec', 500)).toThrow(
      expect.objectContaining({ code: 'bad-shard', message: expect.stringMatching(found) }),
    );
    const file = new MemorySource('a.rec', Buffer.concat([new Uint8Array(500), bytes]));
    await expect(readRecord(file, 500)).rejects.toMatchObject({
      code: 'bad-shard',
      message: expect.stringMatching(found),
    });
  });

  it('never reads into the next record', async () => {
    const file = Buffer.concat([parts([0, data, data.length + 8]), parts([0, data])]);
    await expect(readRecord(new MemorySource('a.rec', file), 0, 52)).rejects.toMatchObject({
      message: expect.stringContaining('a part of 52 bytes, of which 44 are there'),
    });
  });
});

it('reads and keeps no more than the record, where the next one is far away', async () => {
  const images = [noise(100, 1), noise(40_000, 2)];
  const records = images.map((image) => parts([0, imageData(3, image)]));
  const source = new MemorySource('a.rec', Buffer.concat([...records, new Uint8Array(2 ** 20)]));
  const small = await readRecord(source, 0);
  expect([small.image, small.image.buffer.byteLength]).toEqual([images[0], 132]);
  expect((await readRecord(source, records[0]!.length)).image).toEqual(images[1]);
  expect(Math.max(...source.reads.map(({ length }) => length))).toBeLessThan(50_000);
});
