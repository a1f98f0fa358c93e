import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BlobByteSource, type ByteSource } from '../bytes/byte-source';
import { imageRecordOf, payloadOf, readRecord, scanRecords } from './recordio';
import { seededRandom } from '../../core/seeded-random';
import { StudioError } from '../../core/studio-error';

/** What MXNet's own reader found in the fixtures: see make-recordio.py. */
interface Written {
  readonly key: number;
  readonly offset: number;
  readonly flag: number | null;
  readonly id: number | null;
  readonly labels: number[];
  readonly image: string;
  readonly payload: string;
}

const folder = new URL('../../../test/fixtures/recordio/', import.meta.url);
const written = JSON.parse(readFileSync(new URL('records.json', folder), 'utf8')) as Record<
  string,
  Written[]
>;
const fileOf = (name: string) => Uint8Array.from(readFileSync(new URL(`${name}.rec.bin`, folder)));
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const sets = Object.keys(written).filter((name) => name !== 'parts');

/** A file in memory that keeps what was read of it. */
class MemorySource implements ByteSource {
  readonly reads: { offset: number; length: number }[] = [];
  readonly #blob: BlobByteSource;

  constructor(
    readonly name: string,
    bytes: Uint8Array,
  ) {
    this.#blob = new BlobByteSource(name, new Blob([bytes as Uint8Array<ArrayBuffer>]));
  }

  get size(): number {
    return this.#blob.size;
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    this.reads.push({ offset, length });
    return this.#blob.read(offset, length);
  }

  stream(offset: number): Promise<ReadableStream<Uint8Array>> {
    return this.#blob.stream(offset);
  }
}

/** Parts of a record, as (kind, data, length claimed). */
function parts(
  ...pieces: readonly (readonly [kind: number, data: Uint8Array, claims?: number])[]
): Uint8Array {
  return Buffer.concat(
    pieces.map(([kind, data, claims = data.length]) => {
      const part = Buffer.alloc(8 + 4 * Math.ceil(data.length / 4));
      part.writeUInt32LE(0xced7230a, 0);
      part.writeUInt32LE(kind * 2 ** 29 + claims, 4);
      part.set(data, 8);
      return part;
    }),
  );
}

/** The data of an image record of one label. */
function imageData(label: number, image: Uint8Array, flag = 0): Uint8Array {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(flag, 0);
  header.writeFloatLE(label, 4);
  return Buffer.concat([header, image]);
}

async function scan(bytes: Uint8Array, source = new MemorySource('a.rec', bytes)) {
  const [records, damage]: [{ offset: number; label: number; image: Uint8Array }[], string[]] = [
    [],
    [],
  ];
  for await (const { offset, record } of scanRecords(source, {
    onDamage: ({ message }) => damage.push(message),
  })) {
    records.push({ offset, label: record.labels[0]!, image: record.image });
  }
  return { records, damage, reads: source.reads };
}

const noise = (length: number, seed: number) => {
  const random = seededRandom(seed);
  return Uint8Array.from({ length }, () => random.int(256));
};

describe('RecordIO as MXNet writes it', () => {
  it('joins data that was cut at the magic number, wherever that lay', () => {
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

  it.each(sets)('finds every record of %s by going through it', async (name) => {
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
      'begins anew before it ends',
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
  ])('and %s is told with its place', async (_, bytes, found) => {
    expect(() => imageRecordOf(payloadOf(bytes, 'a.rec', 500), 'a.rec', 500)).toThrow(
      expect.objectContaining({ code: 'bad-shard', message: expect.stringMatching(found) }),
    );
    const file = new MemorySource('a.rec', Buffer.concat([new Uint8Array(500), bytes]));
    await expect(readRecord(file, 500)).rejects.toMatchObject({
      code: 'bad-shard',
      message: expect.stringMatching(found),
    });
  });

  it('never takes what belongs to the next one', async () => {
    const file = Buffer.concat([parts([0, data, data.length + 8]), parts([0, data])]);
    await expect(readRecord(new MemorySource('a.rec', file), 0, 52)).rejects.toMatchObject({
      message: expect.stringContaining('a part of 52 bytes, of which 44 are there'),
    });
  });
});

it('reads no more of a large room than its record needs, and keeps no more', async () => {
  const images = [noise(100, 1), noise(40_000, 2)];
  const records = images.map((image) => parts([0, imageData(3, image)]));
  const source = new MemorySource('a.rec', Buffer.concat([...records, new Uint8Array(2 ** 20)]));
  const small = await readRecord(source, 0);
  expect([small.image, small.image.buffer.byteLength]).toEqual([images[0], 132]);
  expect((await readRecord(source, records[0]!.length)).image).toEqual(images[1]);
  expect(Math.max(...source.reads.map(({ length }) => length))).toBeLessThan(50_000);
});

describe('going through a file', () => {
  const records = Array.from({ length: 6 }, (_, i) => parts([0, imageData(i, noise(50 + i, i))]));
  const whole = Buffer.concat(records);
  const offsets = records.map((_, i) =>
    records.slice(0, i).reduce((sum, { length }) => sum + length, 0),
  );
  /** The file with one byte changed. */
  const changed = (at: number, byte: number) =>
    Uint8Array.from(whole, (old, i) => (i === at ? byte : old));
  const labels = async (bytes: Uint8Array) => {
    const { records: found, damage } = await scan(bytes);
    return [found.map(({ label }) => label), damage];
  };

  it('goes on at the next record after a damaged one, and tells of it once', async () => {
    expect(await labels(changed(offsets[2]!, 0))).toEqual([
      [0, 1, 3, 4, 5],
      [expect.stringContaining(`at byte ${offsets[2]}`)],
    ]);
    expect(await labels(changed(offsets[2]! + 11, 0xff))).toEqual([
      [0, 1, 3, 4, 5],
      [expect.stringContaining('labels')],
    ]);
  });

  it('finds the records that a wrong length covers', async () => {
    expect(await labels(changed(offsets[2]! + 4, 200))).toEqual([
      [0, 1, 3, 4, 5],
      [expect.stringContaining('a part of 200 bytes with other records in it')],
    ]);
    expect(await labels(changed(offsets[2]! + 6, 200))).toEqual([
      [0, 1, 3, 4, 5],
      [expect.stringContaining('of which')],
    ]);
  });

  it('keeps what lies whole in a file that breaks off', async () => {
    expect(await labels(whole.subarray(0, offsets[4]! + 20))).toEqual([
      [0, 1, 2, 3],
      [expect.stringContaining(`at byte ${offsets[4]}`)],
    ]);
    expect(await labels(whole.subarray(0, offsets[4]! + 3))).toEqual([
      [0, 1, 2, 3],
      [expect.stringContaining('3 bytes where one begins')],
    ]);
    expect(await labels(whole.subarray(0, offsets[4]))).toEqual([[0, 1, 2, 3], []]);
  });

  it('throws the first damage where nobody is told', async () => {
    const through = async () => {
      for await (const { record } of scanRecords(
        new MemorySource('a.rec', changed(offsets[2]!, 0)),
      ))
        void record;
    };
    await expect(through()).rejects.toMatchObject({ code: 'bad-shard' });
  });

  it('refuses a file that does not begin as RecordIO without going through it', async () => {
    const source = new MemorySource('a.tar', new Uint8Array(20 * 2 ** 20));
    await expect(scan(new Uint8Array(), source)).rejects.toMatchObject({
      code: 'bad-shard',
      message: expect.stringContaining('a.tar has 0x0 where'),
    });
    expect(source.reads).toHaveLength(1);
  });

  it('reads windows of 4 MiB, records that are larger and ones that lie across, and tells how far it is', async () => {
    const images = [3_000_001, 6_000_000, 17, 900_003, 5_000_000, 40].map((length, i) =>
      noise(length, i),
    );
    const bodies = images.map((image, i) => imageData(i, image));
    // The fifth in parts that end in different windows.
    const file = Buffer.concat(
      bodies.map((body, i) =>
        i === 4
          ? parts(
              [1, body.subarray(0, 4_000_000)],
              [2, new Uint8Array()],
              [3, body.subarray(4_000_000)],
            )
          : parts([0, body]),
      ),
    );
    const source = new MemorySource('a.rec', file);
    const progress: number[] = [];
    const found: Uint8Array[] = [];
    for await (const { record } of scanRecords(source, {
      onProgress: (done) => progress.push(done),
    }))
      found.push(record.image.slice());
    const magic = Uint8Array.of(0x0a, 0x23, 0xd7, 0xce);
    images[4] = Buffer.concat([
      images[4]!.subarray(0, 4_000_000 - 24),
      magic,
      magic,
      images[4]!.subarray(4_000_000 - 24),
    ]);
    expect(found.map((image, i) => Buffer.compare(image, images[i]!))).toEqual([0, 0, 0, 0, 0, 0]);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.at(-1)).toBe(file.length);
    expect(source.reads.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(2 * file.length);
  });

  it('passes a stretch of megabytes that holds no record', async () => {
    const { records: found, damage } = await scan(
      Buffer.concat([
        whole,
        noise(9_000_001, 4).map((byte) => byte & 0x7f),
        new Uint8Array(3),
        whole,
      ]),
    );
    expect(found.map(({ label }) => label)).toEqual([0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]);
    expect(damage).toHaveLength(1);
  });

  it('is not made to read a file over and over by false beginnings', async () => {
    // Each claims to reach almost to the end, where nothing goes on; and one chain of a hundred
    // thousand parts.
    const openings = Array.from({ length: 3000 }, () => parts([1, new Uint8Array(), 11_000_000]));
    const chain = parts(
      [1, new Uint8Array()],
      ...Array.from({ length: 100_000 }, () => [2, new Uint8Array()] as const),
    );
    const file = Buffer.concat([
      parts([0, imageData(0, noise(9, 1))]),
      ...openings,
      chain,
      new Uint8Array(11_500_000),
      parts([0, imageData(1, noise(9, 1))]),
    ]);
    const { records: found, reads } = await scan(file);
    expect(found.map(({ label }) => label)).toEqual([0, 1]);
    expect(reads.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(4 * file.length);
  });

  it('stops when it is told to', async () => {
    const through = async () => {
      for await (const { record } of scanRecords(new MemorySource('a.rec', whole), {
        signal: AbortSignal.abort(),
      }))
        void record;
    };
    await expect(through()).rejects.toMatchObject({ name: 'AbortError' });
  });
});

it('ends with records or a sentence whatever is done to a file, and reads no more than it has', async () => {
  const random = seededRandom(11);
  const files = Object.keys(written).map(fileOf);
  let [good, bad] = [0, 0];
  for (let round = 0; round < 300; round++) {
    let bytes: Uint8Array = files[random.int(files.length)]!.slice();
    for (let change = random.int(4); change >= 0; change--) {
      const [at, to] = [random.int(bytes.length), random.int(bytes.length)].sort(
        (a, b) => a - b,
      ) as [number, number];
      const kind = random.int(4);
      if (kind === 0) bytes[at] = random.int(256);
      else if (kind === 1) bytes[at] = bytes[at]! ^ (1 << random.int(8));
      else if (kind === 2) bytes = bytes.subarray(0, Math.max(8, to));
      else bytes = Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
    }
    const source = new MemorySource('a.rec', bytes);
    try {
      const { records, reads } = await scan(bytes, source);
      good += records.length;
      for (const { image } of records)
        expect(image.buffer.byteLength).toBeLessThanOrEqual(bytes.length);
      expect(reads.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(
        2 * bytes.length + 64,
      );
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(StudioError);
      bad++;
    }
    for (let offset = 0; offset < bytes.length; offset += 4) {
      const record = await readRecord(source, offset).catch((thrown: unknown) => {
        expect(thrown).toMatchObject({ code: 'bad-shard' });
        return null;
      });
      if (record)
        expect(record.image.buffer.byteLength + record.labels.byteLength).toBeLessThanOrEqual(
          2 * bytes.length,
        );
    }
  }
  expect(good).toBeGreaterThan(500);
  expect(bad).toBeGreaterThan(5);
});
