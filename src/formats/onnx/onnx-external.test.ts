import { describe, expect, it } from 'vitest';
import { node, onnxModel, rawBytes, type Constant } from '../../../test/fixtures/onnx-model';
import { BlobByteSource, type ByteSource } from '../bytes/byte-source';
import { openOnnx } from './onnx';

const blob = (name: string, bytes: Uint8Array) =>
  new BlobByteSource(name, new Blob([bytes as Uint8Array<ArrayBuffer>]));

/** Opens a model of such constants with files beside it. */
const open = (
  constants: Readonly<Record<string, Constant>>,
  companions: Readonly<Record<string, Uint8Array>> = {},
) => {
  const asked: string[] = [];
  const model = onnxModel({ input: [1, 3, 4, 4], nodes: [node('Relu', ['x'], 'y')], constants });
  const opened = openOnnx(blob('model.onnx', model), async (location) => {
    asked.push(location);
    return companions[location] ? blob(location, companions[location]) : null;
  });
  return { opened, asked, model };
};
const external = (
  dims: readonly number[],
  external: Constant['external'],
  type: Constant['type'] = 'float32',
): Constant => ({ dims, data: [], type, external });
const six = rawBytes({ data: [1, 2, 3, 4, 5, 6] });
const badModel = (message: string, nextStep: string | RegExp = /./) =>
  expect.objectContaining({
    code: 'bad-model',
    message: expect.stringContaining(message),
    nextStep: expect.stringMatching(nextStep),
  });

describe('ONNX weights in other files', () => {
  it('are read by their ranges, from whichever file holds them', async () => {
    const { opened, asked, model } = open(
      {
        a: external([2, 2], { location: 'w.bin', offset: '8', length: '16' }),
        whole: external([6], { location: 'w.bin', length: '24', checksum: 'none' }),
        half: external([2], { location: 'deep/h.bin', offset: '2' }, 'float16'),
        here: { dims: [1], data: [9] },
      },
      {
        'w.bin': new Uint8Array([...six, ...six]),
        'deep/h.bin': rawBytes({ data: [0, 0x3c00, 0xc500], type: 'float16' }),
      },
    );
    const {
      model: { initialisers },
      pieces,
    } = await opened;
    const numbers = (name: string) => [...initialisers.get(name)!.data];
    expect([numbers('a'), numbers('whole'), numbers('half'), numbers('here')]).toEqual([
      [3, 4, 5, 6],
      [1, 2, 3, 4, 5, 6],
      [1, -5],
      [9],
    ]);
    expect(asked).toEqual(['w.bin', 'deep/h.bin']);
    expect(pieces.map(({ length }) => length)).toEqual([model.length, 16, 24, 4]);
    expect(pieces[0]).toEqual(model);
  });

  it('may share a range, which is read once', async () => {
    const at = { location: 'w.bin', offset: '0', length: '24' };
    const { opened } = open(
      { a: external([6], at), b: external([2, 3], at), c: external([3, 2], at) },
      { 'w.bin': six },
    );
    const { pieces } = await opened;
    expect(pieces[1]).toBe(pieces[2]);
  });

  it.each([
    '../w.bin',
    'a/../../w.bin',
    '/etc/passwd',
    '',
    'a//b',
    'C:\\w.bin',
    '..\\w.bin',
    'https://host/w.bin',
    'file:w.bin',
    'w\0.bin',
  ])('are never opened at "%s"', async (location) => {
    const { opened, asked } = open({ w: external([6], { location }) }, { [location]: six });
    await expect(opened).rejects.toThrow(badModel('not a path inside'));
    expect(asked).toEqual([]);
  });

  it('are asked for by name where they are missing', async () => {
    await expect(open({ w: external([6], { location: 'r100.bin' }) }).opened).rejects.toThrow(
      badModel(
        '"w" and perhaps others in r100.bin, which is missing',
        /^Pick r100.bin as well, or put it there beside the model\.$/,
      ),
    );
  });

  const wrong: readonly (readonly [string, Constant, string])[] = [
    [
      'a length that the shape doesn’t ask for',
      external([6], { location: 'w.bin', length: '20' }),
      'has 20 bytes in another file; its shape asks for 24',
    ],
    [
      'a place beyond the end',
      external([6], { location: 'w.bin', offset: '4' }),
      'bytes 4 to 28 of w.bin, which has 24',
    ],
    [
      'a shape larger than the file',
      external([25_000_000_000], { location: 'w.bin' }),
      'of w.bin, which has 24',
    ],
    [
      'an offset that is no number',
      external([6], { location: 'w.bin', offset: '-8' }),
      'offset "-8"',
    ],
    [
      'an offset beyond all files',
      external([6], { location: 'w.bin', offset: '99999999999999999999' }),
      'offset "99999999999999999999"',
    ],
  ];
  it.each(wrong)('are refused at %s', async (_, constant, message) => {
    await expect(open({ w: constant }, { 'w.bin': six }).opened).rejects.toThrow(badModel(message));
  });

  it('are refused if they overlap, because a small file could fill memory', async () => {
    const constants = Object.fromEntries(
      [0, 4, 8].map((offset) => [
        `w${offset}`,
        external([4], { location: 'w.bin', offset: String(offset) }),
      ]),
    );
    await expect(open(constants, { 'w.bin': six }).opened).rejects.toThrow(badModel('overlap'));
  });
});

describe('an ONNX file from a source', () => {
  const bytes = onnxModel({ input: [1, 3, 4, 4], nodes: [node('Relu', ['x'], 'y')] });
  const source = (size: number, ...chunks: Uint8Array[]): ByteSource => ({
    name: 'model.onnx',
    size,
    read: () => Promise.reject(new Error('not asked for')),
    stream: async () => new Blob(chunks as Uint8Array<ArrayBuffer>[]).stream(),
  });

  it('is joined from the chunks of its stream', async () => {
    expect(
      (await openOnnx(source(bytes.length, bytes.subarray(0, 7), bytes.subarray(7)))).model.nodes,
    ).toHaveLength(1);
  });

  it('is refused if its source sends more or less than its size, or is too large', async () => {
    await expect(openOnnx(source(bytes.length - 1, bytes))).rejects.toThrow(badModel('sends more'));
    await expect(openOnnx(source(bytes.length + 1, bytes))).rejects.toThrow(
      badModel(`of which ${bytes.length} came`),
    );
    await expect(openOnnx(source(100e9))).rejects.toThrow(badModel('100000000000 bytes'));
    const damaged = openOnnx({ ...source(4, new Uint8Array(4)), name: 'r50.onnx' });
    await expect(damaged).rejects.toThrow(badModel('r50.onnx is not a readable ONNX model. '));
  });
});
