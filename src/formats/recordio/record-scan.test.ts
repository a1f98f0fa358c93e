import { describe, expect, it } from 'vitest';
import {
  fileOf,
  imageData,
  MemorySource,
  noise,
  parts,
  written,
} from '../../../test/fixtures/record-files';
import { readRecord, scanRecords } from './recordio';
import { seededRandom } from '../../core/seeded-random';
import { StudioError } from '../../core/studio-error';

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

describe('a scan', () => {
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

  it('continues at the record after a damaged one, and reports it once', async () => {
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

  it('gives the whole records of a file that breaks off', async () => {
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

  it('throws the first damage without an onDamage', async () => {
    const through = async () => {
      for await (const { record } of scanRecords(
        new MemorySource('a.rec', changed(offsets[2]!, 0)),
      ))
        void record;
    };
    await expect(through()).rejects.toMatchObject({ code: 'bad-shard' });
  });

  it('refuses a file that does not begin as RecordIO after one read', async () => {
    const source = new MemorySource('a.tar', new Uint8Array(20 * 2 ** 20));
    await expect(scan(new Uint8Array(), source)).rejects.toMatchObject({
      code: 'bad-shard',
      message: expect.stringContaining('a.tar has 0x0 where'),
    });
    expect(source.reads).toHaveLength(1);
  });

  it('reads records larger than its window and across windows, and reports progress', async () => {
    const images = [3_000_001, 6_000_000, 17, 900_003, 5_000_000, 40].map((length, i) =>
      noise(length, i),
    );
    const bodies = images.map((image, i) => imageData(i, image));
    // The fifth has parts that end in different windows.
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

  it('passes over megabytes that hold no record', async () => {
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

  it('does not read a file over and over because of false beginnings', async () => {
    // Each claims to reach almost to the end, where no part follows. And there is a chain of a
    // hundred thousand parts.
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

  it('stops when it is aborted', async () => {
    const through = async () => {
      for await (const { record } of scanRecords(new MemorySource('a.rec', whole), {
        signal: AbortSignal.abort(),
      }))
        void record;
    };
    await expect(through()).rejects.toMatchObject({ name: 'AbortError' });
  });
});

it('a damaged file gives records or a StudioError, and is not read more than twice', async () => {
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
