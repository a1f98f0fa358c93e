import { describe, expect, it } from 'vitest';
import { BlobByteSource } from '../bytes/byte-source';
import { openTensorFile } from '../tensors/open-tensor-file';
import { readSafetensors, writeSafetensors } from './safetensors';

const F32 = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };

function fileOf(header: string, data = 8): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const open = (bytes: Uint8Array) =>
  openTensorFile(new BlobByteSource('a.safetensors', new Blob([bytes as Uint8Array<ArrayBuffer>])));
const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;

describe('a safetensors file', () => {
  it('gives what the studio wrote, single rows too', async () => {
    const data = Float32Array.of(1, 2, 3, 4, 5, 6);
    const file = await open(
      writeSafetensors(
        new Map([
          ['a', { dtype: 'F32', shape: [3, 2], data }],
          ['b', { dtype: 'F32', shape: [], data: data.slice(5) }],
        ]),
        { made: 'here' },
      ),
    );
    expect(file.metadata).toEqual({ made: 'here' });
    expect([...(await file.readRows('a', 1, 2))]).toEqual([3, 4, 5, 6]);
    expect([...(await file.read('b'))]).toEqual([6]);
  });

  it('may hold empty arrays, or no arrays', async () => {
    const file = await open(
      fileOf(
        JSON.stringify({
          e: { dtype: 'I64', shape: [0, 4], data_offsets: [0, 0] },
          w: F32,
          f: { dtype: 'F16', shape: [0], data_offsets: [8, 8] },
        }),
      ),
    );
    expect((await file.read('e')).length).toBe(0);
    expect((await open(fileOf('{}', 0))).entries.size).toBe(0);
  });

  it('reads names that are special to JavaScript or JSON', async () => {
    const file = await open(
      fileOf(
        '{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},' +
          '"a\\"}{\\\\":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
      ),
    );
    expect([...file.entries.keys()]).toEqual(['__proto__', 'a"}{\\']);
    expect((await file.read('__proto__')).length).toBe(1);
  });

  const w = (description: string) => `{"w":${description}}`;
  const refusals: readonly (readonly [what: string, header: string, data: number, why: string])[] =
    [
      [
        'an array twice, of one place',
        `{"w":${JSON.stringify(F32)},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}`,
        8,
        'the key "w" twice',
      ],
      [
        'an array twice, once escaped',
        `{"w":${JSON.stringify(F32)},"\\u0077":${JSON.stringify(F32)}}`,
        8,
        'the key "w" twice',
      ],
      [
        'two arrays in one place',
        JSON.stringify({ a: F32, b: { ...F32, shape: [1], data_offsets: [4, 8] } }),
        8,
        'inside another',
      ],
      [
        'a gap before an array',
        JSON.stringify({ w: { ...F32, data_offsets: [8, 16] } }),
        16,
        'bytes 0 to 8 belong to no array',
      ],
      ['bytes behind the last array', JSON.stringify({ w: F32 }), 24, 'end at byte 8 of 24'],
      [
        'a type that is not read',
        w('{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}'),
        8,
        'F8_E4M3',
      ],
      [
        'a type that no text can be made of',
        w('{"dtype":{"toString":1},"shape":[2],"data_offsets":[0,8]}'),
        8,
        'of type an object',
      ],
      [
        'a type nested without end',
        w(`{"dtype":${deep},"shape":[2],"data_offsets":[0,8]}`),
        8,
        'of type a list',
      ],
      [
        'a shape nested without end',
        w(`{"dtype":"F32","shape":${deep},"data_offsets":[0,8]}`),
        8,
        'for a shape',
      ],
      [
        'offsets nested without end',
        w(`{"dtype":"F32","shape":[2],"data_offsets":[${deep},8]}`),
        8,
        'claims bytes a list',
      ],
      [
        'a shape of a thousand axes',
        w(`{"dtype":"F32","shape":[2${',1'.repeat(1000)}],"data_offsets":[0,8]}`),
        8,
        'for a shape',
      ],
      [
        'a shape beyond all numbers',
        w(
          `{"dtype":"F32","shape":[${Array<number>(64).fill(Number.MAX_SAFE_INTEGER).join()}],` +
            '"data_offsets":[0,8]}',
        ),
        8,
        'claims bytes',
      ],
      ['metadata that are no texts', '{"__metadata__":{"a":1}}', 0, 'metadata'],
      ['JSON that breaks off', '{"w":', 8, 'not JSON'],
    ];
  it.each(refusals)('is refused for %s, when read whole too', async (_, header, data, why) => {
    const refused = expect.objectContaining({
      code: 'bad-checkpoint',
      message: expect.stringContaining(why),
    });
    await expect(open(fileOf(header, data))).rejects.toThrow(refused);
    expect(() => readSafetensors(fileOf(header, data))).toThrow(refused);
  });

  it('is refused in a message of at most 400 characters, even if its names are long', async () => {
    const header = JSON.stringify({
      ['n'.repeat(1_000_000)]: { ...F32, dtype: 'X'.repeat(1_000_000) },
    });
    await expect(open(fileOf(header))).rejects.toThrow(/^.{1,400}$/);
  });
});
