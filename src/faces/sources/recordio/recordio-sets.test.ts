import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BlobByteSource,
  HttpByteSource,
  type ByteSource,
} from '../../../formats/bytes/byte-source';
import { buildIndex } from '../../../formats/recordio/record-index';
import { seededRandom } from '../../../core/seeded-random';
import { StudioError } from '../../../core/studio-error';
import type { SkippedItem } from '../../survey/left-out';
import { RecordIoTable, type RecordIoFiles } from './recordio-table';
import { TableSource } from '../table-source';

/** Contents of the fixtures as read by MXNet: see make-recordio.py. */
interface Written {
  readonly key: number;
  readonly offset: number;
  readonly labels: number[];
  readonly image: string;
}

const folder = new URL('../../../../test/fixtures/recordio/', import.meta.url);
const bytesOf = (name: string) => Uint8Array.from(readFileSync(new URL(name, folder)));
const written = JSON.parse(readFileSync(new URL('records.json', folder), 'utf8')) as Record<
  string,
  Written[]
>;
const property = readFileSync(new URL('property', folder), 'utf8');

/** A file in memory that records its reads. */
class CountedSource extends BlobByteSource {
  reads = 0;

  constructor(name: string, bytes: Uint8Array) {
    super(name, new Blob([bytes as Uint8Array<ArrayBuffer>]));
  }

  override read(offset: number, length: number): Promise<Uint8Array> {
    this.reads++;
    return super.read(offset, length);
  }
}

const recOf = (name: string) => new CountedSource('train.rec', bytesOf(`${name}.rec.bin`));
const idxOf = (text: string | Uint8Array) =>
  new CountedSource('train.idx', Buffer.from(text as string));
const filesOf = (name: string): RecordIoFiles => ({
  rec: recOf(name),
  idx: idxOf(bytesOf(`${name}.idx`)),
});
const open = (files: RecordIoFiles, local = true, onDamage?: (error: StudioError) => void) =>
  RecordIoTable.open('faces', files, { local, onDamage });

/** Keys, labels and pictures of all rows, row by row or as a stream. */
async function rowsOf(
  table: RecordIoTable,
  streamed = false,
  skipped: SkippedItem[] = [],
): Promise<[string, number, string][]> {
  const rows: [string, number, string][] = [];
  const add = ({ key, label, encoded }: { key: string; label: number; encoded: Uint8Array }) =>
    rows.push([key, label, Buffer.from(encoded).toString('base64')]);
  if (streamed)
    for await (const { record } of table.stream(0, table.count, {
      onSkip: (item) => skipped.push(item),
    }))
      add(record);
  else for (let row = 0; row < table.count; row++) add(await table.read(row));
  return rows;
}

const rowsWritten = (name: string, isRow: (record: Written) => boolean = () => true) =>
  written[name]!.filter(isRow).map(({ key, labels, image }) => [String(key), labels[0], image]);
const pictures = rowsWritten('insightface', ({ key }) => key >= 1 && key <= 9);

describe.each([
  ['read with its index', true],
  ['read without one', false],
] as const)('a set %s', (_, indexed) => {
  const openSet = (name: string, more: Partial<RecordIoFiles> = {}) =>
    open({ ...filesOf(name), ...(indexed ? {} : { idx: undefined }), ...more });

  it.each(['insightface', 'insightface-header-first'])(
    'in the layout %s yields its pictures, without record 0 and people',
    async (name) => {
      const table = await openSet(name);
      expect([table.count, table.identities, table.bytes, table.randomAccess]).toEqual([
        9,
        3,
        1108,
        true,
      ]);
      expect(pictures).toHaveLength(9);
      expect(await rowsOf(table)).toEqual(pictures);
      expect(await rowsOf(table, true)).toEqual(pictures);
    },
  );

  it.each(['im2rec', 'plain', 'no-ids'])(
    'in the layout %s yields every record, in the order of the file',
    async (name) => {
      const table = await openSet(name, { property });
      expect([table.count, table.identities]).toEqual([9, 3]);
      expect(await rowsOf(table)).toEqual(rowsWritten(name));
      expect(await rowsOf(table, true)).toEqual(rowsWritten(name));
      expect((await openSet(name)).identities).toBeUndefined();
    },
  );
});

it('has the same global shuffle for both positions of record 0', async () => {
  const keys = async (name: string) => {
    const found: string[] = [];
    for await (const { key } of new TableSource(await open(filesOf(name))).open({
      seed: 3,
      epoch: 1,
      shuffleBuffer: 8,
    }))
      found.push(key);
    return found;
  };
  expect(await keys('insightface')).toEqual(await keys('insightface-header-first'));
});

it('orders rows by key, whatever the order of lines in the index', async () => {
  const lines = Buffer.from(bytesOf('insightface.idx')).toString().trim().split('\n');
  const table = await open({ rec: recOf('insightface'), idx: idxOf(lines.reverse().join('\n')) });
  expect(await rowsOf(table)).toEqual(pictures);
  expect(await rowsOf(table, true)).toEqual(pictures);
});

it('has only the rows that its index names', async () => {
  const lines = Buffer.from(bytesOf('insightface.idx'))
    .toString()
    .split('\n')
    .filter((line) => !/^[37]\t/.test(line));
  const table = await open({ rec: recOf('insightface'), idx: idxOf(lines.join('\n')) });
  const left = pictures.filter(([key]) => key !== '3' && key !== '7');
  expect(await rowsOf(table)).toEqual(left);
  expect(await rowsOf(table, true)).toEqual(left);
});

it('accepts a previously built index', async () => {
  const table = await open({
    rec: recOf('insightface'),
    index: await buildIndex(recOf('insightface')),
  });
  expect(await rowsOf(table)).toEqual(pictures);
});

describe('reads', () => {
  it('are one for a single row, and one for adjacent rows', async () => {
    const rec = recOf('insightface');
    const table = await open({ rec, idx: idxOf(bytesOf('insightface.idx')) });
    rec.reads = 0;
    await table.read(4);
    expect(rec.reads).toBe(1);
    await rowsOf(table, true);
    expect(rec.reads).toBe(2);
  });

  it('are at most 4 MiB in a stream, and pictures don’t keep them in memory', async () => {
    const image = new Uint8Array(900_000).fill(9);
    const one = record(7, image);
    const rec = new CountedSource(
      'train.rec',
      Buffer.concat(Array.from({ length: 10 }, () => one)),
    );
    const lengths: number[] = [];
    const source: ByteSource = {
      name: rec.name,
      size: rec.size,
      stream: (offset) => rec.stream(offset),
      read: (offset, length) => (lengths.push(length), rec.read(offset, length)),
    };
    const table = await open({ rec: source }, false);
    lengths.length = 0;
    for await (const {
      record: { encoded },
    } of table.stream(1, 10))
      expect(encoded.buffer.byteLength).toBe(image.length);
    // A single record is read by itself, since the space up to the next may be larger than it.
    expect(lengths).toEqual([4 * one.length, 4 * one.length, 16_384, one.length]);
  });

  it('pass a network error on, and cause no unhandled rejection when nobody waits', async () => {
    const one = record(7, new Uint8Array(3_000_000));
    const rec = new CountedSource('train.rec', Buffer.concat([one, one, one]));
    let failing = false;
    const read = async (offset: number, length: number) => {
      if (failing && offset >= one.length) throw new StudioError('network', 'unreachable', '');
      return rec.read(offset, length);
    };
    const table = await open(
      { rec: { name: rec.name, size: rec.size, stream: (offset) => rec.stream(offset), read } },
      false,
    );
    failing = true;
    const rows: number[] = [];
    const reading = (async () => {
      for await (const { row } of table.stream(0, 3)) rows.push(row);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'network' });
    expect(rows).toEqual([0]);
    for await (const { row } of table.stream(0, 3)) if (row === 0) break;
  });
});

describe('over HTTP', () => {
  const ranges: string[] = [];
  let server: Server;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const bytes = bytesOf(request.url!.slice(1));
      const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
      const end = Math.min(bytes.length, to ? Number(to) + 1 : bytes.length);
      ranges.push(`${request.url} ${from}-${end}`);
      response
        .writeHead(206, { 'Content-Range': `bytes ${from}-${end - 1}/${bytes.length}` })
        .end(bytes.subarray(Number(from), end));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it('an epoch in blocks requests adjacent records together, and yields the same', async () => {
    const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const sources = {
      rec: await HttpByteSource.open(`${at}insightface.rec.bin`),
      idx: await HttpByteSource.open(`${at}insightface.idx`),
    };
    const table = await open(sources, false);
    expect([table.count, table.identities, table.randomAccess]).toEqual([9, 3, false]);
    ranges.length = 0;
    const keys: string[] = [];
    for await (const { key } of new TableSource(table).open({
      seed: 1,
      epoch: 0,
      shuffleBuffer: 0,
    }))
      keys.push(key);
    expect(keys).toEqual(pictures.map(([key]) => key));
    expect(ranges).toEqual([
      `/insightface.rec.bin 0-${written.insightface!.find(({ key }) => key === 0)!.offset}`,
    ]);
  });
});

/** An encoded record with one label. */
function record(label: number, image: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(32 + 4 * Math.ceil(image.length / 4));
  bytes.writeUInt32LE(0xced7230a, 0);
  bytes.writeUInt32LE(24 + image.length, 4);
  bytes.writeFloatLE(label, 12);
  bytes.set(image, 32);
  return bytes;
}

describe('a damaged or odd set', () => {
  const offsetOf = (name: string, key: number) =>
    written[name]!.find((one) => one.key === key)!.offset;
  const changed = (name: string, change: (view: DataView) => void) => {
    const bytes = bytesOf(`${name}.rec.bin`);
    change(new DataView(bytes.buffer));
    return new CountedSource('train.rec', bytes);
  };

  it.each([0.5, -1, NaN, Infinity, 2 ** 24, 3e9])(
    'may have a label of %s, which damages only its row, read or streamed',
    async (label) => {
      const at = offsetOf('plain', 4);
      const table = await open({
        ...filesOf('plain'),
        rec: changed('plain', (view) => view.setFloat32(at + 12, label, true)),
      });
      await expect(table.read(4)).rejects.toMatchObject({
        code: 'bad-shard',
        message:
          `train.rec has the label ${label}, where a whole number below 16777216 ` +
          `was expected, in record 4, at byte ${at}.`,
      });
      const skipped: SkippedItem[] = [];
      expect(await rowsOf(table, true, skipped)).toEqual(
        rowsWritten('plain', ({ key }) => key !== 4),
      );
      const reason = expect.stringContaining(`the label ${label}`) as string;
      expect(skipped).toEqual([{ shard: 'faces', member: '4', kind: 'bad-label', reason }]);
    },
  );

  it('may have any whole label below 2^24, and −0 is 0', async () => {
    for (const [label, read] of [
      [2 ** 24 - 1, 2 ** 24 - 1],
      [-0, 0],
    ] as const) {
      const table = await open({
        rec: new CountedSource('train.rec', record(label, Uint8Array.of(1))),
      });
      expect((await table.read(0)).label).toBe(read);
    }
  });

  it('is read without its damaged record, which is reported', async () => {
    const at = offsetOf('insightface', 5);
    for (const damage of [
      (view: DataView) => view.setUint8(at, 0),
      (view: DataView) => view.setUint32(at + 4, 0x1fffffff, true),
      (view: DataView) => view.setUint8(at + 7, 0xe0),
      (view: DataView) => view.setUint32(at + 8, 0xffffffff, true),
    ]) {
      const skipped: SkippedItem[] = [];
      const table = await open({ ...filesOf('insightface'), rec: changed('insightface', damage) });
      expect(await rowsOf(table, true, skipped)).toEqual(pictures.filter(([key]) => key !== '5'));
      const reason = expect.stringMatching(/^train\.rec has .* at byte \d+\.$/) as string;
      expect(skipped).toEqual([{ shard: 'faces', member: '5', kind: 'damaged-record', reason }]);
    }
  });

  it('reports a record without a picture', async () => {
    const rec = new CountedSource(
      'train.rec',
      Buffer.concat([record(3, Uint8Array.of(1)), record(3, new Uint8Array())]),
    );
    await expect((await open({ rec })).read(1)).rejects.toMatchObject({
      code: 'bad-shard',
      message: expect.stringContaining('no picture'),
    });
  });

  it('is read up to where it is cut off, without an index', async () => {
    const rec = new CountedSource(
      'train.rec',
      bytesOf('insightface-header-first.rec.bin').subarray(0, offsetOf('insightface', 6)),
    );
    const damage: StudioError[] = [];
    const table = await open({ rec }, true, (error) => damage.push(error));
    expect([table.identities, damage.length]).toEqual([3, 1]);
    expect(await rowsOf(table)).toEqual(pictures.slice(0, table.count));
    expect(table.count).toBeGreaterThan(3);
  });

  it.each([
    [
      'an index of a longer file',
      { rec: new CountedSource('train.rec', bytesOf('insightface.rec.bin').subarray(0, 600)) },
      'outside of the 600 bytes of the .rec',
    ],
    [
      'an index of a shorter file',
      { idx: idxOf('0\t0\n1\t44\n') },
      'train.rec has no record at byte 44, where its index train.idx ends.',
    ],
    ['an index of words', { idx: idxOf('train/1.jpg\t3\n') }, 'train.idx has the byte 0x74'],
    [
      'no index and no records',
      { idx: undefined, rec: new CountedSource('train.rec', new Uint8Array()) },
      'train.rec names no records',
    ],
    [
      'record 0 of fractions',
      {
        rec: changed('insightface', (view) =>
          view.setFloat32(offsetOf('insightface', 0) + 32, 9.5, true),
        ),
      },
      'its pictures end before 9.5',
    ],
    [
      'record 0 of people before pictures',
      {
        rec: changed('insightface', (view) =>
          view.setFloat32(offsetOf('insightface', 0) + 36, 2, true),
        ),
      },
      'its pictures end before 10 and its people before 2',
    ],
    [
      'record 0 of no pictures',
      {
        rec: changed('insightface', (view) =>
          view.setFloat32(offsetOf('insightface', 0) + 32, 1, true),
        ),
      },
      'train.rec holds no pictures',
    ],
  ])('is refused: %s', async (_, files, found) => {
    await expect(open({ ...filesOf('insightface'), ...files })).rejects.toMatchObject({
      code: 'bad-source',
      message: expect.stringContaining(found),
    });
  });

  it('is refused if it is no RecordIO, with an index or without', async () => {
    const rec = new CountedSource('train.rec', new Uint8Array(1108));
    await expect(open({ rec })).rejects.toMatchObject({
      code: 'bad-shard',
      message: expect.stringContaining('at byte 0'),
    });
    await expect(open({ ...filesOf('insightface'), rec })).rejects.toMatchObject({
      code: 'bad-source',
    });
  });

  it('refuses to read a row out of range', async () => {
    const table = await open(filesOf('plain'));
    for (const row of [-1, 9, NaN])
      await expect(table.read(row)).rejects.toMatchObject({ code: 'bad-source' });
  });
});

it('yields only rows that were written, or StudioErrors, for any damage', async () => {
  const random = seededRandom(20);
  const names = Object.keys(written).filter((name) => name !== 'parts');
  const change = (bytes: Uint8Array) => {
    const [from, to] = [random.int(bytes.length), random.int(bytes.length)].sort(
      (a, b) => a - b,
    ) as [number, number];
    const kind = random.int(5);
    if (kind === 0) return bytes.subarray(0, to);
    if (kind === 1) return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
    return Uint8Array.from(bytes, (byte, i) => (i === from ? random.int(256) : byte));
  };
  let rows = 0;
  for (let round = 0; round < 300; round++) {
    const name = names[random.int(names.length)]!;
    const rec = change(bytesOf(`${name}.rec.bin`));
    const idx = random.next() < 0.3 ? change(bytesOf(`${name}.idx`)) : bytesOf(`${name}.idx`);
    const skipped: SkippedItem[] = [];
    try {
      const table = await open(
        {
          rec: new CountedSource('train.rec', rec),
          idx: random.next() < 0.6 ? idxOf(idx) : undefined,
        },
        random.next() < 0.5,
        () => undefined,
      );
      const found = await rowsOf(table, true, skipped);
      expect(found.length + skipped.length).toBe(table.count);
      for (const [, label, picture] of found)
        expect(Number.isInteger(label) && picture.length <= 2 * rec.length).toBe(true);
      rows += found.length;
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(StudioError);
    }
  }
  expect(rows).toBeGreaterThan(800);
});
