import { describe, expect, it } from 'vitest';
import { joinedChunks } from '../bytes/joined-bytes';
import { withChecksums } from '../tensors/array-checksum';
import { readSafetensors, writeSafetensors, type NamedArray } from './safetensors';
import { repeatableSafetensors } from './stream-safetensors';

function file(header: string, data = new Uint8Array(8)): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

const entry = (fields: object) =>
  JSON.stringify({ weight: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...fields } });

describe('safetensors', () => {
  it('reads what is sound', () => {
    expect(readSafetensors(file(entry({}))).tensors.get('weight')).toMatchObject({ shape: [2] });
  });

  it.each([
    ['a header that is null', 'null'],
    ['a header that is a list', '[]'],
    ['an array without description', '{"weight":null}'],
    ['two negative sides', entry({ shape: [-1, -2] })],
    ['a fraction of a side', entry({ shape: [0.5, 4] })],
    ['offsets beyond the file', entry({ shape: [4], data_offsets: [0, 16] })],
    ['a type that is not read', entry({ dtype: 'F64' })],
  ])('refuses %s', (_, header) => {
    expect(() => readSafetensors(file(header))).toThrow(
      expect.objectContaining({ name: 'StudioError' }),
    );
  });

  it('is the same where it is made as it is read, a part at a time, and again', async () => {
    const data = Float32Array.from({ length: 6 }, (_, i) => i / 7);
    const arrays = new Map<string, NamedArray>([
      ['rows', { dtype: 'F32', shape: [3, 2], data }],
      ['bias', { dtype: 'F32', shape: [2], data: data.subarray(1, 3) }],
    ]);
    const written = writeSafetensors(arrays, withChecksums(arrays, { of: 'a head' }));
    const partsOf = async function* (array: Float32Array) {
      for (let at = 0; at < array.length; at += 2) yield array.subarray(at, at + 2);
    };
    const streamed = [...arrays].map(
      ([name, { shape, data: all }]) => [name, { shape, parts: () => partsOf(all) }] as const,
    );
    const made = await repeatableSafetensors(new Map(streamed), { of: 'a head' });
    expect(made.bytes).toBe(written.length);
    for (let time = 0; time < 2; time++) {
      const sizes: number[] = [];
      for await (const { length } of made.chunks()) sizes.push(length);
      expect(sizes.slice(1)).toEqual([8, 8, 8, 8]);
      expect(await joinedChunks(made.chunks())).toEqual(written);
    }
  });

  it('refuses a file shorter than its header claims', () => {
    expect(() => readSafetensors(file(entry({})).slice(0, 30))).toThrow(
      expect.objectContaining({ name: 'StudioError' }),
    );
  });
});
