import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { BlobByteSource } from './byte-source';
import { openTensorFile } from './open-tensor-file';
import { seededRandom } from './seeded-random';
import { StudioError } from './studio-error';
import type { TensorFile } from './tensor-file';

const folder = 'test/fixtures/torch';
const open = async (name: string): Promise<TensorFile> => openTensorFile(new BlobByteSource(name, await openAsBlob(`${folder}/${name}`)));
const openBytes = (bytes: Uint8Array, name = 'file.pt') => openTensorFile(new BlobByteSource(name, new Blob([bytes as Uint8Array<ArrayBuffer>])));

interface Expected {
  readonly shape: number[];
  readonly values: (number | string)[];
}
const expected = JSON.parse(await readFile(`${folder}/expected.json`, 'utf8')) as Record<string, Expected>;
const numbers = (values: (number | string)[]) => Float32Array.from(values, (value) => (value === 'inf' ? Infinity : value === '-inf' ? -Infinity : Number(value)));

describe.each(['zip.pt', 'legacy.pt'])('PyTorch’s %s', (name) => {
  it('gives every array with its shape and its elements', async () => {
    const file = await open(name);
    expect([...file.entries.keys()].sort()).toEqual(Object.keys(expected).sort());
    for (const [path, { shape, values }] of Object.entries(expected)) {
      expect(file.entries.get(path)!.shape, path).toEqual(shape);
      expect(await file.read(path), path).toEqual(numbers(values));
    }
  });

  it('tells numbers and texts, and how elements are stored', async () => {
    const { values, entries } = await open(name);
    expect(values.get('epoch')).toBe(3);
    expect(values.get('lr')).toBe(3e-5);
    expect(values.get('name')).toBe('näme');
    expect(values.get('best')).toBeNull();
    expect(values.get('done')).toBe(true);
    expect(values.get('big')).toBe(2n ** 60n);
    expect(values.get('opt_state.param_groups.0.weight_decay')).toBe(5e-4);
    expect(values.get('opt_state.param_groups.0.betas.1')).toBe(0.999);
    expect(entries.get('kinds.bf16')!.dtype).toBe('BF16');
    expect(entries.get('kinds.i64')!.dtype).toBe('I64');
  });

  it('reads rows alone, of a view too', async () => {
    const file = await open(name);
    const base = await file.read('views.base');
    expect(await file.readRows('views.base', 1, 2)).toEqual(base.slice(6, 18));
    expect([...(await file.readRows('views.transposed', 2, 1))]).toEqual([2, 8, 14, 20].map((at) => base[at]));
    expect((await file.readRows('views.base', 4, 0)).length).toBe(0);
    await expect(file.readRows('views.base', 3, 2)).rejects.toThrow('Rows 3 to 5');
    await expect(file.read('views.bases')).rejects.toThrow('no array "views.bases"');
  });
});

describe('files of arrays', () => {
  it.each(['bare.pt', 'rank-0_softmax_weight.pt'])('may be one bare array, as %s is', async (name) => {
    const file = await open(name);
    expect([...file.entries.keys()]).toEqual(['']);
    expect([...(await file.read(''))]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('may be safetensors of every type', async () => {
    const file = await open('flat.safetensors');
    expect(file.metadata).toEqual({ made: 'by safetensors' });
    for (const [path, entry] of file.entries) {
      expect(entry.shape, path).toEqual(expected[path]!.shape);
      expect(await file.read(path), path).toEqual(numbers(expected[path]!.values));
    }
    expect(file.entries.size).toBe(Object.keys(expected).length - 1);
  });

  const refusals: readonly (readonly [string, string])[] = [
    ['evil.pt', 'system'],
    ['evil.pkl', 'a pickle that PyTorch did not write'],
    ['deflated.pt', 'compressed'],
  ];
  it.each(refusals)('refuse %s and say why', async (name, why) => {
    await expect(open(name)).rejects.toThrow(expect.objectContaining({ code: 'bad-checkpoint', message: expect.stringContaining(why) }));
  });

  const strangers: readonly (readonly [string, Uint8Array, string])[] = [
    ['nothing', new Uint8Array(), 'nothing'],
    ['a web page', new TextEncoder().encode('<!doctype html><title>Sign in</title>'), 'web page'],
    ['a Git LFS pointer', new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\noid sha256:ab'), 'Git LFS'],
    ['an ONNX model', Uint8Array.of(8, 7, 0x12, 7, 112, 121, 116, 111), 'ONNX'],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0), 'gzip'],
    ['a zip of something else', Uint8Array.from([0x50, 0x4b, 5, 6, ...new Uint8Array(18)]), 'data.pkl'],
    ['a header of 100 GB', headerOf(100_000_000_000n), '100000000000'],
    ['text', new TextEncoder().encode('These are no weights.'), '54 68 65'],
  ];
  it.each(strangers)('refuse %s', async (_, bytes, why) => {
    await expect(openBytes(bytes)).rejects.toThrow(expect.objectContaining({ code: 'bad-checkpoint', message: expect.stringContaining(why) }));
  });

  it.each(['zip.pt', 'legacy.pt', 'flat.safetensors', 'evil.pt'])('end in arrays or a sentence, however %s is damaged', async (name) => {
    const whole = new Uint8Array(await readFile(`${folder}/${name}`));
    const random = seededRandom(11);
    for (let round = 0; round < 300; round++) {
      const damaged = whole.slice(0, round % 3 === 0 ? Math.floor(random.next() * whole.length) : whole.length);
      for (let flips = 0; flips < 1 + (round % 4); flips++) if (damaged.length > 0) damaged[Math.floor(random.next() * damaged.length)] = Math.floor(random.next() * 256);
      try {
        const file = await openBytes(damaged);
        for (const path of [...file.entries.keys()].slice(0, 5)) await file.read(path);
      } catch (thrown) {
        if (!(thrown instanceof StudioError)) throw thrown;
      }
    }
  });
});

/** A safetensors file whose header claims so many bytes. */
function headerOf(length: bigint): Uint8Array {
  const bytes = new Uint8Array(64).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  bytes[8] = 0x7b;
  return bytes;
}
