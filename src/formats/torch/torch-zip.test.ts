import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../bytes/byte-source';
import { openTensorFile } from '../tensors/open-tensor-file';
import { storedZip, type ZipRecord } from './stored-zip';
import type { TorchArray, TorchValue } from './torch-value';
import { writeTorchZip } from './torch-writer';

const MAX_READ_BYTES = 2 ** 20;

/**
 * A file of any size that is zeros but for a few parts. Only what is read is made. Counts the bytes
 * read, and refuses to read more than {@link MAX_READ_BYTES} at a time.
 */
class SparseSource implements ByteSource {
  readonly name = 'sparse.pt';
  taken = 0;
  faults = 0;

  constructor(
    readonly size: number,
    readonly parts: readonly (readonly [at: number, bytes: Uint8Array])[],
  ) {}

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (this.faults > 0) {
      this.faults--;
      throw new Error('the line went dead');
    }
    if (!(offset >= 0 && length >= 0 && offset + length <= this.size && length <= MAX_READ_BYTES))
      throw new RangeError(`${length} bytes at ${offset} of ${this.size} were asked for.`);
    this.taken += length;
    const read = new Uint8Array(length);
    for (const [at, bytes] of this.parts) {
      const from = Math.max(at, offset);
      const to = Math.min(at + bytes.length, offset + length);
      if (from < to) read.set(bytes.subarray(from - at, to - at), from - offset);
    }
    return read;
  }

  stream(): Promise<ReadableStream<Uint8Array>> {
    throw new Error('Nothing is streamed.');
  }
}

/** Little-endian fields of 2, 4 and 8 bytes. */
function fields(...numbers: readonly (readonly [width: 2 | 4 | 8, value: number])[]): Uint8Array {
  const bytes = new Uint8Array(numbers.reduce((sum, [width]) => sum + width, 0));
  let at = 0;
  for (const [width, value] of numbers) {
    for (let i = 0; i < width; i++) bytes[at + i] = Number((BigInt(value) >> BigInt(8 * i)) & 255n);
    at += width;
  }
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

interface SparseRecord {
  readonly name: string;
  /** What it begins with; zeros follow up to its size. */
  readonly start?: Uint8Array;
  readonly size: number;
}

/** A zip with ZIP64 fields throughout, laid out here and not by the studio's writer. */
function sparseZip(records: readonly SparseRecord[]): SparseSource {
  const parts: [number, Uint8Array][] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, start = new Uint8Array(), size } of records) {
    const letters = new TextEncoder().encode(name);
    const common = [
      [2, 0x800],
      [2, 0],
      [2, 0],
      [2, 0x21],
      [4, 0],
      [4, 0xffffffff],
      [4, 0xffffffff],
      [2, letters.length],
    ] as const;
    const header = joined([
      fields([4, 0x04034b50], [2, 45], ...common, [2, 20]),
      letters,
      fields([2, 1], [2, 16], [8, size], [8, size]),
    ]);
    parts.push([at, header], [at + header.length, start]);
    directory.push(
      fields(
        [4, 0x02014b50],
        [2, 45],
        [2, 45],
        ...common,
        [2, 28],
        [2, 0],
        [2, 0],
        [2, 0],
        [4, 0],
        [4, 0xffffffff],
      ),
      letters,
      fields([2, 1], [2, 24], [8, size], [8, size], [8, at]),
    );
    at += header.length + size;
  }
  const whole = joined(directory);
  const end = joined([
    fields(
      [4, 0x06064b50],
      [8, 44],
      [2, 45],
      [2, 45],
      [4, 0],
      [4, 0],
      [8, records.length],
      [8, records.length],
      [8, whole.length],
      [8, at],
    ),
    fields([4, 0x07064b50], [4, 0], [8, at + whole.length], [4, 1]),
    fields(
      [4, 0x06054b50],
      [2, 0],
      [2, 0],
      [2, 0xffff],
      [2, 0xffff],
      [4, 0xffffffff],
      [4, 0xffffffff],
      [2, 0],
    ),
  ]);
  parts.push([at, whole], [at + whole.length, end]);
  return new SparseSource(at + whole.length + end.length, parts);
}

const matrix = (rows: number, columns: number): TorchArray => ({
  kind: 'array',
  dtype: 'F32',
  shape: [rows, columns],
  bytes: () => Promise.reject(new Error('No elements are needed for a pickle.')),
});

/** The pickle of a file whose arrays are never made: the second chunk that is written. */
async function pickleOf(root: TorchValue): Promise<Uint8Array> {
  const reader = writeTorchZip(root, 'x').getReader();
  await reader.read();
  const { value } = await reader.read();
  await reader.cancel().catch(() => undefined);
  return value!;
}

/** Three matrices as the published head's run has them, and many small ones: 5.9 GB. */
async function largeRun(): Promise<SparseSource> {
  const [rows, columns] = [12544, 25088];
  const layers = ['weight', 'exp_avg', 'exp_avg_sq', 'beyond'].map((name): [string, TorchArray] => [
    name,
    matrix(rows, columns),
  ]);
  const small = Array.from({ length: 1000 }, (_, i): [string, TorchArray] => [
    `layer.${i}.bias`,
    matrix(1, 16),
  ]);
  const pickle = await pickleOf(new Map<string, TorchValue>([['epoch', 7], ...layers, ...small]));
  const inner = new Uint8Array(Float32Array.of(1, 2, 3).buffer);
  return sparseZip([
    { name: 'run/data.pkl', start: pickle, size: pickle.length },
    { name: 'run/byteorder', start: new TextEncoder().encode('little'), size: 6 },
    ...layers.map((_, i) => ({ name: `run/data/${i}`, size: 4 * rows * columns, start: inner })),
    ...small.map((_, i) => ({ name: `run/data/${layers.length + i}`, size: 64, start: inner })),
    { name: 'run/version', start: new TextEncoder().encode('3\n'), size: 2 },
  ]);
}

describe('a PyTorch file beyond four gibibytes', () => {
  it('opens within a second and reads only its directory and pickle', async () => {
    const source = await largeRun();
    expect(source.size).toBeGreaterThan(5e9);
    const began = performance.now();
    const file = await openTensorFile(source);
    expect(performance.now() - began).toBeLessThan(1000);
    expect(file.entries.size).toBe(1004);
    expect(file.values.get('epoch')).toBe(7);
    expect(source.taken).toBeLessThan(MAX_READ_BYTES);
  });

  it('gives rows beyond four gibibytes without reading the rest', async () => {
    const source = await largeRun();
    const file = await openTensorFile(source);
    source.taken = 0;
    expect([...(await file.readRows('beyond', 0, 1)).subarray(0, 4)]).toEqual([1, 2, 3, 0]);
    expect([...(await file.read('layer.999.bias')).subarray(0, 4)]).toEqual([1, 2, 3, 0]);
    expect(source.taken).toBe(4 * 25088 + 64 + 2 * 30);
  });

  it('can be read again after a failed read', async () => {
    const source = await largeRun();
    const file = await openTensorFile(source);
    source.faults = 1;
    await expect(file.read('layer.0.bias')).rejects.toThrow('dead');
    expect((await file.read('layer.0.bias'))[2]).toBe(3);
  });

  it('is refused where its directory would be as long as the file', async () => {
    const source = sparseZip([{ name: 'run/data.pkl', size: 5e9 }]);
    const end = source.parts.at(-1)!;
    new DataView(end[1].buffer).setBigUint64(48, 0n, true);
    new DataView(end[1].buffer).setBigUint64(40, 5_000_000_000n, true);
    await expect(openTensorFile(source)).rejects.toThrow(
      expect.objectContaining({
        code: 'bad-checkpoint',
        message: expect.stringContaining('5000000000 bytes long; at most 67108864 are read'),
      }),
    );
  });
});

describe('a zip with wrong entries', () => {
  const text = (name: string, content: string): ZipRecord => ({
    name,
    bytes: async () => new TextEncoder().encode(content),
  });
  const none = text('x/data.pkl', '\u0000');

  async function zip(
    records: readonly ZipRecord[],
    change: (bytes: Uint8Array, view: DataView) => void = () => undefined,
  ): Promise<SparseSource> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of storedZip(records)) chunks.push(chunk);
    const bytes = joined(chunks);
    change(bytes, new DataView(bytes.buffer));
    return new SparseSource(bytes.length, [[0, bytes]]);
  }

  /** Where the directory's entry of a record begins. */
  function entryAt(bytes: Uint8Array, index: number): number {
    let at = -1;
    for (let found = -1; found < index;)
      if (new DataView(bytes.buffer).getUint32(++at, true) === 0x02014b50) found++;
    return at;
  }

  const whole: ZipRecord[] = [
    { name: 'x/data.pkl', bytes: () => pickleOf([matrix(1, 2)]) },
    { name: 'x/data/0', bytes: async () => new Uint8Array(8) },
  ];

  it('is read while they are right', async () => {
    expect([...(await openTensorFile(await zip(whole))).entries.keys()]).toEqual(['0']);
  });

  const damagedZips: readonly (readonly [string, () => Promise<SparseSource>, string])[] = [
    [
      'two records in one place',
      () => zip(whole, (bytes, view) => view.setUint32(entryAt(bytes, 1) + 42, 0, true)),
      'in another record',
    ],
    [
      'a record outside the file',
      () => zip(whole, (bytes, view) => view.setUint32(entryAt(bytes, 1) + 42, 1e9, true)),
      'outside the file',
    ],
    [
      'a record where none is',
      () => zip(whole, (_, view) => view.setUint8(2, 7)),
      'no record x/data.pkl',
    ],
    [
      'a header that moves a record into the next',
      () => zip(whole, (_, view) => view.setUint16(28, view.getUint16(28, true) + 64, true)),
      'no record x/data.pkl',
    ],
    [
      'a record of another length than its storage',
      () => zip([whole[0]!, { name: 'x/data/0', bytes: async () => new Uint8Array(12) }]),
      'of 8 bytes; the file has one of 12',
    ],
    ['a storage that is missing', () => zip([whole[0]!]), 'none of that name'],
    ['a name that is there twice', () => zip([...whole, whole[1]!]), 'twice'],
    [
      'two pickles',
      () => zip([...whole, { ...whole[0]!, name: 'y/data.pkl' }]),
      '2 records data.pkl',
    ],
    ['a big-endian machine', () => zip([...whole, text('x/byteorder', 'big')]), 'big-endian'],
    [
      'encryption',
      () => zip(whole, (bytes, view) => view.setUint16(entryAt(bytes, 1) + 8, 0x801, true)),
      'encrypted',
    ],
    ['a pickle that is none', () => zip([none]), 'opcode'],
  ];
  it.each(damagedZips)('is refused for %s', async (_, source, why) => {
    await expect(openTensorFile(await source())).rejects.toThrow(
      expect.objectContaining({ code: 'bad-checkpoint', message: expect.stringContaining(why) }),
    );
  });
});
