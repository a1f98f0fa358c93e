import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BlobByteSource } from '../bytes/byte-source';
import { buildIndex, readIndex, type RecordIndex } from './record-index';
import { encodeRecord } from './recordio-writer';
import { decodeIndex, encodeIndex } from './record-index-file';
import { seededRandom } from '../../core/seeded-random';
import { StudioError } from '../../core/studio-error';

const folder = new URL('../../../test/fixtures/recordio/', import.meta.url);
const written = JSON.parse(readFileSync(new URL('records.json', folder), 'utf8')) as Record<
  string,
  { key: number; offset: number }[]
>;
const sets = Object.keys(written).filter((name) => name !== 'parts');
const sourceOf = (name: string, bytes: Uint8Array | string) =>
  new BlobByteSource(name, new Blob([bytes as Uint8Array<ArrayBuffer>]));
const fixture = (name: string) => sourceOf(name, readFileSync(new URL(name, folder)));
const recOf = (name: string) => fixture(`${name}.rec.bin`);
/** An index of a file of 4,000 bytes. */
const parse = (text: string | Uint8Array, size = 4000) =>
  readIndex(sourceOf('train.idx', text), { size });
const contentsOf = (index: RecordIndex) =>
  [...index.offsets].map((offset, place) => ({ key: index.keyAt(place), offset }));
const entriesOf = (name: string) => written[name]!.map(({ key, offset }) => ({ key, offset }));

describe('an .idx', () => {
  it.each(Object.keys(written))('of %s gives its keys and offsets', async (name) => {
    const index = await readIndex(fixture(`${name}.idx`), recOf(name));
    expect(contentsOf(index)).toEqual(entriesOf(name));
    for (const [place, { key }] of entriesOf(name).entries())
      expect(index.placeOf(key)).toBe(place);
    expect(index.placeOf(1e6)).toBe(-1);
  });

  it('stores runs of keys, or every key where they are in no order', async () => {
    const lines = (keys: readonly number[]) =>
      keys.map((key, place) => `${key}\t${8 * place}\n`).join('');
    const face2rec = await parse(lines([1, 2, 3, 0, 4, 5]));
    expect(face2rec.keys).toHaveLength(3);
    expect([0, 3, 5].map((place) => face2rec.consecutiveFrom(place))).toEqual([3, 1, 1]);
    const shuffled = Array.from({ length: 5000 }, (_, i) => (i * 1999) % 5000);
    const index = await parse(lines(shuffled), 40_000);
    expect(index.keys).toBeInstanceOf(Float64Array);
    expect(contentsOf(index)).toEqual(shuffled.map((key, place) => ({ key, offset: 8 * place })));
    expect(index.placeOf(1999)).toBe(1);
  });

  it('knows where a record ends, even if its offsets are in no order', async () => {
    const places = (index: RecordIndex) =>
      Array.from({ length: index.count }, (_, place) => index.endAt(place));
    expect(places(await parse('0\t0\n1\t40\n2\t96\n'))).toEqual([40, 96, 4000]);
    expect(places(await parse('0\t96\n1\t0\n2\t40\n'))).toEqual([4000, 40, 96]);
  });

  it('may have carriage returns, blanks for tabs, empty lines and no last line end', async () => {
    expect(contentsOf(await parse('7 0\r\n\n8\t12\r\n9\t24'))).toEqual(
      [7, 8, 9].map((key, i) => ({ key, offset: 12 * i })),
    );
  });

  it('is the same whatever chunks it arrives in', async () => {
    const text = readFileSync(new URL('insightface.idx', folder));
    const stream = async () =>
      new ReadableStream<Uint8Array>({
        start: (controller) => {
          for (const byte of text) controller.enqueue(Uint8Array.of(byte));
          controller.close();
        },
      });
    const rec = recOf('insightface');
    const index = await readIndex(
      {
        name: 'train.idx',
        size: text.length,
        read: () => Promise.reject(new Error('not in pieces')),
        stream,
      },
      rec,
    );
    expect(contentsOf(index)).toEqual(entriesOf('insightface'));
  });

  it.each([
    ['nothing', '', 'names no records'],
    ['words', '0\t0\nkey\t40\n', 'train.idx has the byte 0x6b where none is expected in line 2.'],
    ['a key alone', '0\t0\n1\n', 'train.idx has no key and offset in line 2.'],
    ['no offset', '0\t\n', 'no key and offset in line 1'],
    ['no key', '0\t0\n\t40\n', 'the byte 0x09 where none is expected in line 2'],
    ['a sign', '0\t0\n1\t-4\n', 'the byte 0x2d where none is expected in line 2'],
    ['a third number', '0\t0\n1\t4\t5\n', 'the byte 0x09 where none is expected in line 2'],
    ['a fraction', '0\t0\n1\t4.5\n', 'the byte 0x2e'],
    [
      'a number beyond all files',
      `0\t${'9'.repeat(400)}\n`,
      'a number of more than 15 digits in line 1',
    ],
    [
      'an offset behind the end',
      '0\t0\n1\t4000\n',
      'the offset 4000, outside of the 4000 bytes of the .rec, in line 2',
    ],
    [
      'an offset where no record begins',
      '0\t0\n1\t6\n',
      'the offset 6, which is no multiple of 4, in line 2',
    ],
    ['one key twice', '5\t0\n6\t8\n5\t16\n', 'two records of key 5'],
    ['one offset twice', '5\t8\n6\t8\n', 'two records at byte 8'],
    [
      'more lines than the .rec can hold',
      '0\t0\n'.repeat(600),
      'more records than the .rec can hold, in line 501',
    ],
    [
      'a picture',
      Uint8Array.of(0xff, 0xd8, 0xff),
      'the byte 0xff where none is expected in line 1',
    ],
  ])('of %s is refused', async (_, text, found) => {
    await expect(parse(text)).rejects.toMatchObject({
      code: 'bad-source',
      message: expect.stringContaining(found),
    });
  });

  it('with an offset beyond the .rec says that the .rec may be cut short', async () => {
    const nextStep = expect.stringContaining('.rec may be cut short') as string;
    await expect(parse('0\t0\n1\t4000\n')).rejects.toMatchObject({ nextStep });
  });

  it('of a million records is read quickly, into eight bytes for each', async () => {
    const count = 1_000_000;
    const text = new TextEncoder().encode(
      Array.from({ length: count }, (_, i) => `${i}\t${6000 * i + 4e9}\n`).join(''),
    );
    const startedAt = performance.now();
    const index = await parse(text, 6000 * count + 4e9);
    // Some 80 ms alone on a core; the limit is for a busy one.
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect([
      index.count,
      index.keyAt(999_999),
      index.offsets[999_999],
      index.endAt(999_999),
    ]).toEqual([count, 999_999, 9_999_994_000, 1e10]);
    expect(index.bytes).toBeLessThan(10 * count);
  });
});

describe('an index made from the file itself', () => {
  it.each(sets.filter((name) => name !== 'no-ids'))('of %s is that of its .idx', async (name) => {
    expect(contentsOf(await buildIndex(recOf(name)))).toEqual(entriesOf(name));
  });

  it('counts keys from 0 where records have no ids', async () => {
    expect(contentsOf(await buildIndex(recOf('no-ids')))).toEqual(entriesOf('no-ids'));
  });

  it('reports progress, and what it leaves out', async () => {
    const rec = readFileSync(new URL('plain.rec.bin', folder));
    rec[written.plain![3]!.offset] = 0;
    const [progress, damage]: [number[][], StudioError[]] = [[], []];
    const index = await buildIndex(sourceOf('plain.rec', rec), {
      onProgress: (...bytes) => progress.push(bytes),
      onDamage: (error) => damage.push(error),
    });
    expect(contentsOf(index)).toEqual(entriesOf('plain').filter(({ key }) => key !== 3));
    expect(damage).toHaveLength(1);
    expect(progress.at(-1)).toEqual([rec.length, rec.length]);
  });
});

describe('a stored index', () => {
  const rec = () => recOf('insightface');
  const encoded = async () => encodeIndex(await buildIndex(rec()), rec());

  it.each(sets)('of %s is read back as it was written', async (name) => {
    const index = await readIndex(fixture(`${name}.idx`), recOf(name));
    const bytes = await encodeIndex(index, recOf(name));
    expect(contentsOf(await decodeIndex(bytes, recOf(name)))).toEqual(entriesOf(name));
    // At a place that numbers can't be viewed at.
    expect(
      contentsOf(
        await decodeIndex(Buffer.concat([Buffer.alloc(1), bytes]).subarray(1), recOf(name)),
      ),
    ).toEqual(entriesOf(name));
  });

  it('of keys in no order is read back as it was written', async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `${(i * 1999) % 5000}\t${8 * i}\n`).join(
      '',
    );
    const file = sourceOf('a.rec', new Uint8Array(40_000));
    const index = await readIndex(sourceOf('a.idx', lines), file);
    const again = await decodeIndex(await encodeIndex(index, file), file);
    expect(again.keys).toEqual(index.keys);
    expect(again.offsets).toEqual(index.offsets);
  });

  it('is refused for a file of another size, or of other contents', async () => {
    const bytes = await encoded();
    const other = readFileSync(new URL('insightface.rec.bin', folder));
    for (const file of [
      other.subarray(4),
      Uint8Array.from(other, (byte, i) => (i === 300 ? byte + 1 : byte)),
    ]) {
      await expect(decodeIndex(bytes, sourceOf('train.rec', file))).rejects.toMatchObject({
        code: 'bad-source',
        message: 'The stored index of train.rec belongs to another file.',
      });
    }
  });

  it('is refused for a file of the same size whose records lie elsewhere', async () => {
    const fileOf = (sizes: readonly number[]) => {
      const records = sizes.map((size) => encodeRecord(new Uint8Array(size)));
      return sourceOf('train.rec', Buffer.concat(records));
    };
    const many = (count: number) => Array.from({ length: count }, () => 400);
    const [one, other] = [
      [80, 160],
      [160, 80],
    ].map((two) => fileOf([...many(30), ...two, ...many(400)]));
    const bytes = await encodeIndex(await buildIndex(one!), one!);
    await expect(decodeIndex(bytes, other!)).rejects.toMatchObject({ code: 'bad-source' });
  });

  it('is refused when it is cut anywhere, or changed in any byte', async () => {
    const bytes = await encoded();
    for (let at = 0; at < bytes.length; at++) {
      await expect(
        decodeIndex(
          Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ 4 : byte)),
          rec(),
        ),
      ).rejects.toMatchObject({ code: 'bad-source' });
      await expect(decodeIndex(bytes.subarray(0, at), rec())).rejects.toMatchObject({
        code: 'bad-source',
      });
    }
  });
});

it('a damaged .idx is read as an index or refused with a StudioError', async () => {
  const random = seededRandom(7);
  const texts = sets.map((name) => readFileSync(new URL(`${name}.idx`, folder)));
  let [read, refused] = [0, 0];
  for (let round = 0; round < 300; round++) {
    let text: Uint8Array = texts[random.int(texts.length)]!;
    const [from, to] = [random.int(text.length), random.int(text.length)].sort((a, b) => a - b) as [
      number,
      number,
    ];
    const kind = random.int(3);
    if (kind === 0)
      text = Uint8Array.from(text, (byte, i) => (i === from ? random.int(256) : byte));
    else if (kind === 1) text = text.subarray(0, to);
    else text = Buffer.concat([text.subarray(0, to), text.subarray(from)]);
    try {
      const index = await parse(text, 1108);
      expect(index.count).toBeLessThanOrEqual(1108 / 8);
      expect(new Set(contentsOf(index).map(({ key }) => key)).size).toBe(index.count);
      read++;
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(StudioError);
      refused++;
    }
  }
  expect(Math.min(read, refused)).toBeGreaterThan(30);
});
