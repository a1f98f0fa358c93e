import { describe, expect, it } from 'vitest';
import { readSafetensors } from './safetensors';

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

  it('refuses a file shorter than its header claims', () => {
    expect(() => readSafetensors(file(entry({})).slice(0, 30))).toThrow(
      expect.objectContaining({ name: 'StudioError' }),
    );
  });
});
