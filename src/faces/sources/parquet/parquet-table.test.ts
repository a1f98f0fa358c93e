import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BlobByteSource, checkRange, type ByteSource } from '../../../formats/bytes/byte-source';
import { seededRandom } from '../../../core/seeded-random';
import { StudioError } from '../../../core/studio-error';
import type { FaceRecord } from '../../face-record';
import type { SkippedItem } from '../../survey/left-out';
import { ParquetTable } from './parquet-table';
import { TableSource } from '../table-source';

const folder = new URL('../../../../test/fixtures/parquet/', import.meta.url);
const fileOf = (name: string) => new Uint8Array(readFileSync(new URL(name, folder)));
type Written = {
  readonly key: string | null;
  readonly label: number;
  readonly picture: string;
} | null;
const written = JSON.parse(new TextDecoder().decode(fileOf('rows.json'))) as Record<
  string,
  Written[]
>;

/**
 * Bytes in memory that record which ranges are read, as a server would log them.
 */
class CountingSource implements ByteSource {
  readonly reads: { readonly offset: number; readonly length: number }[] = [];
  fails: StudioError | null = null;

  constructor(
    readonly name: string,
    readonly bytes: Uint8Array,
  ) {}

  get size(): number {
    return this.bytes.length;
  }

  async read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    checkRange(this, offset, length);
    signal?.throwIfAborted();
    if (this.fails) throw this.fails;
    this.reads.push({ offset, length });
    return this.bytes.slice(offset, offset + length);
  }

  async stream(): Promise<never> {
    throw new Error('Tables read ranges.');
  }
}

const sourceOf = (name: string) => new CountingSource(name, fileOf(name));
const tableOf = (...sources: ByteSource[]) => ParquetTable.open('set', sources);
const openFile = (bytes: Uint8Array) => tableOf(new CountingSource('x.parquet', bytes));

async function rowsOf(
  table: ParquetTable,
  from = 0,
  to = table.count,
): Promise<{ records: (FaceRecord | null)[]; skipped: SkippedItem[] }> {
  const records: (FaceRecord | null)[] = new Array<null>(to - from).fill(null);
  const skipped: SkippedItem[] = [];
  for await (const { row, record } of table.stream(from, to, {
    onSkip: (item) => skipped.push(item),
  }))
    records[row - from] = record;
  return { records, skipped };
}

const expectedOf = (name: string, first = 0) =>
  written[name]!.map(
    (row, i) =>
      row && {
        key: row.key ?? String(first + i),
        label: row.label,
        encoded: new Uint8Array(Buffer.from(row.picture, 'base64')),
        shard: name,
      },
  );

/** A file whose columns claim another codec, given by its number in Parquet's enum. */
function withCodec(name: string, codec: number): Uint8Array {
  const bytes = fileOf(name);
  let changed = 0;
  for (const column of ['image', 'label']) {
    // The codec field, a zigzag int32, follows the column's path.
    const before = Buffer.from([...Buffer.from(column), 0x15, 2 * 7]);
    const at = Buffer.from(bytes.buffer).indexOf(before);
    if (at < 0) continue;
    bytes[at + before.length - 1] = 2 * codec;
    changed++;
  }
  expect(changed).toBe(2);
  return bytes;
}

async function refusalOf(work: Promise<unknown>): Promise<StudioError> {
  try {
    await work;
  } catch (thrown) {
    if (thrown instanceof StudioError) return thrown;
    throw thrown;
  }
  throw new Error('read');
}

describe('a Parquet table', () => {
  it.each(Object.keys(written))(
    'reads exactly the pictures, labels and keys written to %s',
    async (name) => {
      const table = await tableOf(sourceOf(name));
      expect(table.count).toBe(written[name]!.length);
      expect((await rowsOf(table)).records).toEqual(expectedOf(name));
    },
  );

  it('reads single rows and partial ranges like the whole range', async () => {
    const table = await tableOf(sourceOf('hub.parquet'));
    const all = expectedOf('hub.parquet');
    for (const row of [9, 0, 4, 3, 7]) expect(await table.read(row)).toEqual(all[row]);
    expect((await rowsOf(table, 3, 9)).records).toEqual(all.slice(3, 9));
    expect((await rowsOf(table, 5, 5)).records).toEqual([]);
    for (const row of [-1, 10])
      expect(await refusalOf(table.read(row))).toMatchObject({ code: 'bad-source' });
  });

  it('numbers rows across files in the order of the files', async () => {
    const names = ['part-1.parquet', 'part-0.parquet', 'zstd.parquet'];
    const sources = names.map(sourceOf);
    const table = await tableOf(...sources);
    const all = [...expectedOf(names[0]!), ...expectedOf(names[1]!), ...expectedOf(names[2]!, 10)];
    expect([table.count, table.bytes, table.randomAccess]).toEqual([
      20,
      sources.reduce((sum, { size }) => sum + size, 0),
      false,
    ]);
    expect((await rowsOf(table)).records).toEqual(all);
    expect(await table.read(12)).toEqual(all[12]);
  });

  it('is shuffled in blocks, with each picture once', async () => {
    const source = new TableSource(
      await tableOf(sourceOf('part-0.parquet'), sourceOf('part-1.parquet')),
      { blockRows: 3 },
    );
    const keys: string[] = [];
    for await (const { key } of source.open({ seed: 3, epoch: 1, shuffleBuffer: 4 }))
      keys.push(key);
    expect([...keys].sort()).toEqual(
      [...expectedOf('part-0.parquet'), ...expectedOf('part-1.parquet')].map((row) => row!.key),
    );
    expect((await source.info()).shuffle).toBe('blocks');
  });

  it('reads a File like a server', async () => {
    const blob = new Blob([fileOf('hub.parquet')]);
    expect((await rowsOf(await tableOf(new BlobByteSource('hub.parquet', blob)))).records).toEqual(
      expectedOf('hub.parquet'),
    );
  });
});

describe('the deprecated codec LZ4', () => {
  it('is read as one block without framing', async () => {
    const table = await openFile(withCodec('lz4.parquet', 5));
    const expected = expectedOf('lz4.parquet').map((row) => row && { ...row, shard: 'x.parquet' });
    expect((await rowsOf(table)).records).toEqual(expected);
  });
});

describe('reading by range', () => {
  it('reads only the needed columns of a row group, and only the footer on opening', async () => {
    const source = sourceOf('hub.parquet');
    const table = await tableOf(source);
    const footer = new DataView(source.bytes.buffer).getUint32(source.size - 8, true);
    expect(source.reads).toEqual([
      { offset: source.size - 8, length: 8 },
      { offset: source.size - 8 - footer, length: footer },
    ]);
    source.reads.length = 0;
    await table.read(5);
    // From the second group: pictures, labels and keys, but neither addresses nor paths.
    const { image, label, key } = table.groups[1]!.file.groups[1]!;
    expect(source.reads).toEqual(
      [image, label, key!].map(({ offset, length }) => ({ offset, length })),
    );
    expect(source.reads.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(source.size / 3);
  });

  it('reads a row group once for all its rows, also for concurrent reads', async () => {
    const source = sourceOf('hub.parquet');
    const table = await tableOf(source);
    source.reads.length = 0;
    await Promise.all([0, 1, 2, 3, 1].map((row) => table.read(row)));
    await rowsOf(table, 0, 4);
    expect(source.reads).toHaveLength(3);
  });

  it('holds two row groups and drops the least recently used', async () => {
    const source = sourceOf('hub.parquet');
    const table = await tableOf(source);
    const readsFor = async (row: number) => {
      source.reads.length = 0;
      await table.read(row);
      return source.reads.length;
    };
    expect([
      await readsFor(0),
      await readsFor(4),
      await readsFor(1),
      await readsFor(8),
      await readsFor(2),
      await readsFor(5),
    ]).toEqual([3, 3, 0, 3, 0, 3]);
  });

  it('passes a network error on, and reads again on the next call', async () => {
    const source = sourceOf('hub.parquet');
    const table = await tableOf(source);
    source.fails = new StudioError('network', 'unreachable', '');
    expect(await refusalOf(table.read(0))).toMatchObject({ code: 'network' });
    source.fails = null;
    expect(await table.read(0)).toEqual(expectedOf('hub.parquet')[0]);
  });

  it('stops when aborted, and continues for other readers', async () => {
    const table = await tableOf(sourceOf('hub.parquet'));
    const abort = new AbortController();
    const stopped = table.read(0, abort.signal);
    const other = table.read(0);
    abort.abort();
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    expect(await other).toEqual(expectedOf('hub.parquet')[0]);
  });

  it('returns pictures that keep no page in memory', async () => {
    const { encoded } = await (await tableOf(sourceOf('plain.parquet'))).read(2);
    expect(encoded.buffer.byteLength).toBe(encoded.length);
  });
});

describe('damage', () => {
  it('reports rows without a picture or a whole-number label, and reads the others', async () => {
    const table = await tableOf(sourceOf('damaged-rows.parquet'));
    const { skipped } = await rowsOf(table);
    expect(skipped.map(({ member, kind, reason }) => [member, kind, reason])).toEqual([
      ['1', 'without-picture', 'its picture is missing'],
      ['2', 'without-picture', 'its picture is missing'],
      ['3', 'without-picture', 'its picture is missing'],
      ['4', 'without-label', 'its label is missing'],
      ['5', 'bad-label', 'its label is -1; whole numbers from 0 to 9007199254740991 are read'],
    ]);
    expect(await refusalOf(table.read(4))).toMatchObject({
      code: 'bad-shard',
      message: expect.stringContaining('damaged-rows.parquet, row 4') as string,
    });
  });

  it('reports a damaged row group once, does not read it again, and reads the others', async () => {
    const bytes = fileOf('hub.parquet');
    const sound = await openFile(bytes);
    const { offset } = sound.groups[1]!.file.groups[1]!.image;
    bytes.fill(0xff, offset, offset + 4);
    const source = new CountingSource('hub.parquet', bytes);
    const table = await tableOf(source);
    const { records, skipped } = await rowsOf(table);
    const all = expectedOf('hub.parquet');
    expect(records).toEqual([...all.slice(0, 4), null, null, null, null, ...all.slice(8)]);
    const reason = expect.stringContaining('row group 1: its column jpg.bytes') as string;
    const damage = { member: 'rows 4 to 7', kind: 'damaged-record', count: 4, reason };
    expect(skipped).toEqual([{ shard: 'hub.parquet', ...damage }]);
    source.reads.length = 0;
    expect(await refusalOf(table.read(5))).toMatchObject({ code: 'bad-shard' });
    expect(source.reads).toEqual([]);
  });

  it.each([
    [
      'no-picture.parquet',
      'has 0 columns that could hold pictures',
      'text (text), label (integer)',
    ],
    [
      'no-label.parquet',
      'has no whole-number column of labels',
      'image (struct of bytes, path), name (text), width (double)',
    ],
    [
      'two-pictures.parquet',
      'has 2 columns that could hold pictures and none of a usual name',
      'left (binary), right (binary), label (integer)',
    ],
  ])(
    'in the form of other data: %s is refused, naming its columns',
    async (name, found, columns) => {
      const { code, message } = await refusalOf(tableOf(sourceOf(name)));
      expect(code).toBe('bad-source');
      expect(message).toContain(`${name} ${found}`);
      expect(message).toContain(columns);
    },
  );

  it('names a codec that is not read', async () => {
    const { message } = await refusalOf(openFile(withCodec('lz4.parquet', 3)));
    expect(message).toContain('is packed with LZO; UNCOMPRESSED, SNAPPY, GZIP, ZSTD, BROTLI');
  });

  it('names an encoding that is not read, and a set without rows', async () => {
    expect(
      (await refusalOf((await tableOf(sourceOf('prefixes.parquet'))).read(0))).message,
    ).toContain('DELTA_BYTE_ARRAY');
    expect(await refusalOf(tableOf(sourceOf('empty.parquet')))).toMatchObject({
      code: 'bad-source',
      message: 'set holds no rows.',
    });
    expect(await refusalOf(tableOf())).toMatchObject({
      code: 'bad-source',
      message: 'set holds no rows.',
    });
  });

  it('at the end is detected before the footer is read', async () => {
    const bytes = fileOf('hub.parquet');
    const withEnd = (length: number, magic: string) => {
      const changed = bytes.slice();
      new DataView(changed.buffer).setUint32(changed.length - 8, length, true);
      changed.set(new TextEncoder().encode(magic), changed.length - 4);
      return new CountingSource('x.parquet', changed);
    };
    for (const [source, found] of [
      [withEnd(0xffffffff, 'PAR1'), 'claims a footer of 4294967295 bytes'],
      [withEnd(bytes.length - 11, 'PAR1'), 'claims a footer'],
      [withEnd(100, 'PARE'), 'is an encrypted Parquet file'],
      [withEnd(100, 'PK12'), 'does not end as a Parquet file does'],
      [new CountingSource('x.parquet', bytes.slice(0, 11)), 'has 11 bytes'],
    ] as const) {
      expect((await refusalOf(tableOf(source))).message).toContain(`x.parquet ${found}`);
      expect(source.reads.length).toBeLessThanOrEqual(1);
    }
    expect((await refusalOf(tableOf(withEnd(100, 'PAR1')))).message).toContain(
      "has a footer that can't be read",
    );
  });

  it('of a file cut at any byte is reported as a StudioError', async () => {
    const bytes = fileOf('zstd.parquet');
    for (let length = 0; length < bytes.length; length++)
      expect((await refusalOf(openFile(bytes.subarray(0, length)))).code).toBe('bad-source');
  });

  it.each(readdirSync(folder).filter((name) => name.endsWith('.parquet')))(
    'of any bytes of %s is a sentence or damaged rows, never more',
    async (name) => {
      const random = seededRandom(7, name.length);
      const bytes = fileOf(name);
      const footer = new DataView(bytes.buffer).getUint32(bytes.length - 8, true);
      const sound = await openFile(bytes).catch(() => null);
      const heads = sound?.groups.flatMap(({ file, index }) => [
        file.groups[index]!.image.offset,
        file.groups[index]!.label.offset,
      ]) ?? [4];
      for (let round = 0; round < 250; round++) {
        const mutated = bytes.slice();
        for (let i = 1 + random.int(3); i > 0; i--) {
          // One third in the footer, one third at the start of pages, one third anywhere.
          const place = [
            bytes.length - 8 - random.int(footer),
            heads[random.int(heads.length)]! + random.int(60),
            random.int(bytes.length),
          ][round % 3]!;
          if (place < mutated.length) mutated[place] = random.int(4) === 0 ? 0xff : random.int(256);
        }
        const table = await openFile(mutated).catch((thrown: unknown) => thrown);
        if (!(table instanceof ParquetTable)) {
          if (!(table instanceof StudioError)) throw table;
          continue;
        }
        // A footer may claim many rows; only those of one group are read.
        const { records, skipped } = await rowsOf(table, 0, Math.min(table.count, 100));
        expect(records.every((record) => record !== null) || skipped.length > 0).toBe(true);
      }
    },
  );
});
