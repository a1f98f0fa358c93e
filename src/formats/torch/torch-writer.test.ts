import { describe, expect, it } from 'vitest';
import { BlobByteSource } from '../bytes/byte-source';
import { openTensorFile } from '../tensors/open-tensor-file';
import { storedZip } from './stored-zip';
import { openTorchZip } from './torch-zip';
import type { TorchArray, TorchValue } from './torch-value';
import { writeTorchZip } from './torch-writer';

const f32 = (shape: number[], values: readonly number[]): TorchArray => ({
  kind: 'array',
  dtype: 'F32',
  shape,
  bytes: async () => new Uint8Array(Float32Array.from(values).buffer),
});
const written = async (root: TorchValue, stem = 'ckpt_e1'): Promise<Blob> =>
  new Response(writeTorchZip(root, stem)).blob();

const root = new Map<string, TorchValue>([
  ['epoch', 3],
  ['far', 2 ** 40],
  ['five', { kind: 'float', value: 5 }],
  ['lr', 3e-5],
  ['text', 'näme'],
  ['none', null],
  ['flags', [true, false]],
  ['betas', { kind: 'tuple', items: [0.9, 0.999] }],
  [
    'net',
    { kind: 'ordered-dict', items: new Map([['0.weight', f32([2, 3], [1, 2, 3, 4, 5, 6])]]) },
  ],
  [
    'state',
    new Map<string | number, TorchValue>([[0, new Map([['exp_avg', f32([3], [7, 8, 9])]])]]),
  ],
  [
    'step',
    {
      kind: 'array',
      dtype: 'I64',
      shape: [],
      bytes: async () => new Uint8Array(BigInt64Array.of(41n).buffer),
    },
  ],
]);

describe('a written PyTorch file', () => {
  it('is read back as it was', async () => {
    const file = await openTensorFile(new BlobByteSource('ckpt_e1.pt', await written(root)));
    expect(file.form).toBe('torch-zip');
    expect([...file.entries.keys()]).toEqual(['net.0.weight', 'state.0.exp_avg', 'step']);
    expect([...(await file.read('net.0.weight'))]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...(await file.read('state.0.exp_avg'))]).toEqual([7, 8, 9]);
    expect([...(await file.read('step'))]).toEqual([41]);
    expect(Object.fromEntries(file.values)).toMatchObject({
      epoch: 3,
      far: 2 ** 40,
      five: 5,
      lr: 3e-5,
      text: 'näme',
      none: null,
      'flags.1': false,
      'betas.0': 0.9,
    });
  });

  it('asks for an array when the stream reaches it, and refuses a short one', async () => {
    const asked: number[] = [];
    const arrays = [0, 1, 2].map((index): TorchArray => ({
      kind: 'array',
      dtype: 'F32',
      shape: [64],
      bytes: async () => {
        asked.push(index);
        return new Uint8Array(256);
      },
    }));
    const reader = writeTorchZip(arrays, 'x').getReader();
    expect(asked.length).toBeLessThan(2);
    while (!(await reader.read()).done);
    expect(asked).toEqual([0, 1, 2]);
    await expect(
      written([{ ...arrays[0]!, bytes: async () => new Uint8Array(255) }]),
    ).rejects.toThrow('255 bytes; 256');
  });

  it('has its data at multiples of 64 bytes', async () => {
    const bytes = new Uint8Array(await (await written(root)).arrayBuffer());
    const at = Buffer.from(bytes.buffer).indexOf(
      Buffer.from(Float32Array.of(1, 2, 3, 4, 5, 6).buffer),
    );
    expect(at % 64).toBe(0);
    expect(at).toBeGreaterThan(0);
  });

  it('is opened by its directory and its pickle alone, in ZIP64 too', async () => {
    // Lengths and offsets from 100 bytes on are written in ZIP64's fields, as they are beyond four
    // gibibytes in a real file.
    const plain = new Uint8Array(
      await (await written([f32([50_000], Array<number>(50_000).fill(2))], 'big')).arrayBuffer(),
    );
    const records = (await recordsOf(plain)).map(({ name, bytes }) => ({
      name,
      bytes: async () => bytes,
    }));
    const chunks: Uint8Array[] = [];
    for await (const chunk of storedZip(records, 100)) chunks.push(chunk);
    const source = new CountingSource(new Blob(chunks as Uint8Array<ArrayBuffer>[]));
    const file = await openTorchZip(source);
    expect(source.taken).toBeLessThan(90_000);
    source.taken = 0;
    expect([...(await file.readRows('0', 49_998, 2))]).toEqual([2, 2]);
    expect(source.taken).toBeLessThan(100);
  });
});

/** The records of a zip in which each is as long as its header says. */
async function recordsOf(zip: Uint8Array): Promise<{ name: string; bytes: Uint8Array }[]> {
  const view = new DataView(zip.buffer);
  const records: { name: string; bytes: Uint8Array }[] = [];
  for (let at = 0; view.getUint32(at, true) === 0x04034b50;) {
    const [size, nameLength, extraLength] = [
      view.getUint32(at + 18, true),
      view.getUint16(at + 26, true),
      view.getUint16(at + 28, true),
    ];
    const from = at + 30 + nameLength + extraLength;
    records.push({
      name: new TextDecoder().decode(zip.subarray(at + 30, at + 30 + nameLength)),
      bytes: zip.subarray(from, from + size),
    });
    at = from + size;
  }
  return records;
}

/** Counts the bytes that are read of a Blob. */
class CountingSource extends BlobByteSource {
  taken = 0;

  constructor(blob: Blob) {
    super('counted.pt', blob);
  }

  override read(offset: number, length: number): Promise<Uint8Array> {
    this.taken += length;
    return super.read(offset, length);
  }
}
