import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { node, onnxModel } from '../../../test/fixtures/onnx-model';
import { normal } from '../../../test/fixtures/onnx-parity';
import { smallIrFile } from '../../../test/fixtures/small-ir';
import { startNodeWasm } from '../../cli/node/node-backend';
import { CROP_SIZE } from '../../faces/face-record';
import { BlobByteSource } from '../../formats/bytes/byte-source';
import { writeSafetensors } from '../../formats/safetensors/safetensors';
import { IrBackbone } from './ir/ir-backbone';
import { OnnxBackbone } from './onnx-backbone';
import { MOBILE_FACE_NET, MOBILE_FACE_NET_HASH } from './onnx-convention';
import { openBackbone, type OpenBackboneOptions } from './open-backbone';

const sourceOf = (name: string, bytes: Uint8Array) =>
  new BlobByteSource(name, new Blob([bytes as Uint8Array<ArrayBuffer>]));
const open = (name: string, bytes: Uint8Array, options?: OpenBackboneOptions) =>
  openBackbone(sourceOf(name, bytes), options);

const small = onnxModel({
  input: [1, 3, CROP_SIZE, CROP_SIZE],
  nodes: [
    node('Conv', ['x', 'w'], 'c', { strides: [16, 16] }),
    node('GlobalAveragePool', ['c'], 'm'),
    node('Flatten', ['m'], 'y'),
  ],
  constants: { w: normal([8, 3, 16, 16], 0.1) },
});

describe('openBackbone', () => {
  beforeAll(startNodeWasm);

  it('recognises a file by its first bytes, whatever its name', async () => {
    const ir = await open('weights', smallIrFile(16));
    expect(ir).toBeInstanceOf(IrBackbone);
    expect([ir.name, ir.embeddingDim, ir.description.layout]).toEqual([
      'weights',
      16,
      'IR of 1/1/1/1 units (SCF layout)',
    ]);
    const onnx = await open('model', small);
    expect(onnx).toBeInstanceOf(OnnxBackbone);
    expect([onnx.name, onnx.embeddingDim, onnx.convShape]).toEqual(['model', 8, [7, 7, 8]]);
    ir.dispose();
    onnx.dispose();
  });

  it('passes on name, input, conv feature, progress and signal', async () => {
    const input = { order: 'BGR', mean: 100, scale: 1 / 50 } as const;
    const seen: [number, number][] = [];
    const ir = await open('weights', smallIrFile(16), {
      name: 'mine',
      input,
      convFeature: 'after-bn',
      onProgress: (done, total) => seen.push([done, total]),
    });
    expect([
      ir.name,
      ir.input,
      ir.description.convFeatureName,
      seen.at(-1)![0] / seen.at(-1)![1],
    ]).toEqual(['mine', input, 'output_layer.0', 1]);
    ir.dispose();
    const onnx = await open('model', small, { name: 'mine', input });
    expect([onnx.name, onnx.input]).toEqual(['mine', input]);
    onnx.dispose();
    const before = tf.memory().numTensors;
    await expect(
      open('weights', smallIrFile(16), { signal: AbortSignal.abort(new Error('ended')) }),
    ).rejects.toThrow('ended');
    await expect(
      open('model', small, { signal: AbortSignal.abort(new Error('ended')) }),
    ).rejects.toThrow('ended');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('recognises the default backbone by its bytes, with name and input convention', async () => {
    const own = await open('model.bin', await readFile('public/models/fr_feature.onnx'));
    expect([own.name, own.input, own.hash]).toEqual([
      MOBILE_FACE_NET.name,
      MOBILE_FACE_NET.input,
      MOBILE_FACE_NET_HASH,
    ]);
    own.dispose();
  });

  const text = (words: string) => new TextEncoder().encode(words);
  it.each([
    [
      'notes.pth',
      text('These are no weights.'),
      'bad-model',
      "notes.pth can't be used as a file of arrays. It begins with 54 68 65 73 65 20 61 72",
    ],
    ['empty.onnx', new Uint8Array(), 'bad-model', 'empty.onnx'],
    ['page.pth', text('<!doctype html><html>not found</html>'), 'bad-model', 'web page'],
    ['cut.onnx', small.subarray(0, 200), 'bad-model', ''],
    ['cut.safetensors', smallIrFile(16).subarray(0, 9000), 'bad-checkpoint', 'cut.safetensors'],
    ['cut.pt', Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0), 'bad-checkpoint', 'cut.pt'],
    [
      'a.bin',
      writeSafetensors(
        new Map([
          [
            'uncer_net_state_dict._log_kappa.0.bias',
            { dtype: 'F32', shape: [2], data: new Float32Array(2) },
          ],
        ]),
        {},
      ),
      'bad-model',
      'confidence head',
    ],
  ])('refuses %s', async (name, bytes, code, words) => {
    const before = tf.memory().numTensors;
    await expect(open(name, bytes)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words),
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});
