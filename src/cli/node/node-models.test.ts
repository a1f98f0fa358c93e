import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { node, onnxModel, rawBytes } from '../../../test/fixtures/onnx-model';
import { normal } from '../../../test/fixtures/onnx-parity';
import { ShardServer } from '../../../test/fixtures/shard-server';
import { CROP_SIZE } from '../../faces/face-record';
import { startNodeWasm } from './node-backend';
import { openNodeBackbone } from './node-models';

let folder = '';
const place = (path: string) => join(folder, path);
const write = async (path: string, bytes: Uint8Array) => {
  await mkdir(dirname(place(path)), { recursive: true });
  await writeFile(place(path), bytes);
  return place(path);
};

const weight = normal([8, 3, 16, 16], 0.1);
const model = (location?: string) =>
  onnxModel({
    input: [1, 3, CROP_SIZE, CROP_SIZE],
    nodes: [
      node('Conv', ['x', 'w'], 'c', { strides: [16, 16] }),
      node('GlobalAveragePool', ['c'], 'm'),
      node('Flatten', ['m'], 'y'),
    ],
    constants: {
      w: location === undefined ? weight : { ...weight, data: [], external: { location } },
    },
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'node-models-'));
  await startNodeWasm();
});
afterAll(() => rm(folder, { recursive: true }));

const dimension = async (path: string) => {
  const backbone = await openNodeBackbone(path);
  backbone.dispose();
  return backbone.embeddingDim;
};

describe('the data of an ONNX model on disk', () => {
  it('is found in the model’s folder and below it', async () => {
    await write('m/w/deep/model.bin', rawBytes(weight));
    await write('m/model.bin', rawBytes(weight));
    expect(await dimension(await write('m/a.onnx', model('w/deep/model.bin')))).toBe(8);
    expect(await dimension(await write('m/b.onnx', model('./model.bin')))).toBe(8);
  });

  it('is named with its path if it is missing or a folder', async () => {
    await write('m/v/inside', new Uint8Array(1));
    for (const location of ['w/gone.bin', 'none/gone.bin', 'v']) {
      const opening = dimension(await write('m/c.onnx', model(location)));
      await expect(opening).rejects.toMatchObject({
        code: 'bad-model',
        nextStep: `Pick ${location} as well, or put it there beside the model.`,
      });
    }
  });

  it('is fetched relative to the address of a served model', async () => {
    const server = await ShardServer.start([
      ['m/a.onnx', { bytes: model('w/model 1.bin') }],
      ['m/w/model%201.bin', { bytes: rawBytes(weight) }],
    ]);
    expect(await dimension(`${server.base}m/a.onnx`)).toBe(8);
    server.files.delete('m/w/model%201.bin');
    const opening = dimension(`${server.base}m/a.onnx`);
    await expect(opening).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('m/w/model%201.bin'),
    });
    await server.stop();
  });

  it.each(['../outside.bin', 'w/../../outside.bin'])(
    'is never looked for outside its folder, at %s',
    async (location) => {
      await write('outside.bin', rawBytes(weight));
      const opening = dimension(await write('m/d.onnx', model(location)));
      await expect(opening).rejects.toMatchObject({
        code: 'bad-model',
        message: expect.stringContaining('not a path inside'),
      });
    },
  );
});
