import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { node, onnxModel, withOutputs, type Model } from '../../test/fixtures/onnx-model';
import { normal } from '../../test/fixtures/onnx-parity';
import { channelsFirst, runReference, worstError } from '../../test/fixtures/onnx-reference';
import { startNodeWasm } from '../cli/node-backend';
import { CROP_SIZE, pristine, type RgbImage } from '../faces/face-record';
import { packBatch } from '../faces/packed-batch';
import { captureFrom, identityFrom, renderFace } from '../faces/synthetic/synthetic-face';
import { rectangleMap, warpImage } from '../faces/warp-image';
import { MOBILE_FACE_NET, OnnxBackbone } from './onnx-backbone';
import { DETECTOR_INPUT, LANDMARK_INPUT, OnnxImageNetwork } from './onnx-image-network';

const faces = [0, 1].map((person) => renderFace(identityFrom(7, person), { ...captureFrom(7, person, 0), degradation: pristine }));
const model = (name: string) => readFile(`public/models/${name}.onnx`);

/**
 * The bound on {@link worstError}, which is relative to a tensor's largest magnitude: float32 keeps seven digits of it,
 * and fifty layers of sums taken in another order cost the last of them.
 */
const BOUND = 1e-5;

/** A crop as the backbone's convention says, written out independently of the studio's own path: BGR planes, (x − 127.5)/128. */
function planes({ data }: RgbImage, mirrored = false): Float32Array {
  const area = CROP_SIZE * CROP_SIZE;
  return Float32Array.from({ length: 3 * area }, (_, i) => {
    const [plane, row, column] = [Math.floor(i / area), Math.floor((i % area) / CROP_SIZE), i % CROP_SIZE];
    return (data[3 * (row * CROP_SIZE + (mirrored ? CROP_SIZE - 1 - column : column)) + 2 - plane]! - 127.5) / 128;
  });
}

describe('OnnxBackbone', () => {
  beforeAll(startNodeWasm);

  it('agrees with onnxruntime on embedding and conv feature, through bytes, colour order and mirroring', async () => {
    const bytes = await model('fr_feature');
    const backbone = await OnnxBackbone.load(bytes, MOBILE_FACE_NET);
    expect([backbone.embeddingDim, backbone.convShape]).toEqual([512, [7, 7, 512]]);
    const crops = [...faces, faces[0]!];
    const { embedding, convFeature } = backbone.run(packBatch(crops.map(({ data }) => data), 3, [false, false, true]));
    const [embeddings, features] = [await embedding.data(), channelsFirst(await convFeature.data(), [3, 7, 7, 512])];
    tf.dispose([embedding, convFeature]);
    const tapped = withOutputs(bytes, [backbone.convFeatureName]);
    for (const [i, crop] of crops.entries()) {
      const reference = await runReference(tapped, [1, 3, CROP_SIZE, CROP_SIZE], planes(crop, i === 2));
      expect(reference['output']!.dims).toEqual([1, 512]);
      expect(reference[backbone.convFeatureName]!.dims).toEqual([1, 512, 7, 7]);
      const errors = [
        worstError(embeddings.subarray(512 * i, 512 * (i + 1)), reference['output']!.data),
        worstError(features.subarray(25088 * i, 25088 * (i + 1)), reference[backbone.convFeatureName]!.data),
      ];
      expect(Math.max(...errors)).toBeLessThan(BOUND);
    }
    backbone.dispose();
  });

  const small: Model = {
    input: [1, 3, CROP_SIZE, CROP_SIZE],
    nodes: [
      node('Conv', ['x', 'w'], 'c', { strides: [16, 16] }),
      node('Sigmoid', ['c'], 's'),
      node('GlobalAveragePool', ['s'], 'm'),
      node('Flatten', ['m'], 'y'),
    ],
    constants: { w: normal([8, 3, 16, 16], 0.1) },
  };

  it('takes the conv feature that it finds, or the one it is told', async () => {
    const feature = async (convFeature?: string) => {
      const backbone = await OnnxBackbone.load(onnxModel(small), { ...MOBILE_FACE_NET, convFeature });
      const outputs = backbone.run(packBatch([faces[0]!.data], 1));
      const values = await outputs.convFeature.data();
      tf.dispose([outputs.embedding, outputs.convFeature]);
      backbone.dispose();
      expect(backbone.convShape).toEqual([7, 7, 8]);
      return { name: backbone.convFeatureName, values };
    };
    const [found, told] = [await feature(), await feature('c')];
    expect([found.name, told.name]).toEqual(['s', 'c']);
    expect(worstError(found.values, told.values.map((value) => 1 / (1 + Math.exp(-value))))).toBeLessThan(BOUND);
  });

  it('refuses a model without a conv feature, and a feature of that name that there isn’t, leaving nothing behind', async () => {
    const before = tf.memory().numTensors;
    const load = (changed: Partial<Model>, convFeature?: string) => OnnxBackbone.load(onnxModel({ ...small, ...changed }), { ...MOBILE_FACE_NET, convFeature });
    await expect(load({ nodes: [node('Flatten', ['x'], 'y')] })).rejects.toMatchObject({ code: 'bad-model', message: expect.stringContaining('no spatial feature') });
    await expect(load({}, 'z')).rejects.toMatchObject({ code: 'bad-model', message: expect.stringContaining('"z"') });
    await expect(load({}, 'y')).rejects.toMatchObject({ code: 'bad-model', message: expect.stringContaining('its feature "y" is [1, 8]') });
    await expect(load({ outputs: ['s'] })).rejects.toMatchObject({ code: 'bad-model' });
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('OnnxImageNetwork', () => {
  beforeAll(startNodeWasm);

  const networks = [
    ['fr_detect', DETECTOR_INPUT, (byte: number) => (byte - 127) / 128],
    ['fr_landmark', LANDMARK_INPUT, (byte: number) => byte / 256],
  ] as const;

  it.each(networks)('agrees with onnxruntime on every output of %s', async (name, shape, normalised) => {
    const bytes = await model(name);
    const network = new OnnxImageNetwork(bytes, shape);
    const [height, width, channels] = shape;
    for (const face of faces) {
      const { data } = warpImage(face, rectangleMap(0, 0, CROP_SIZE, CROP_SIZE, width, height), width, height, 'edge');
      const pixels = Float32Array.from({ length: height * width * channels }, (_, i) => normalised(data[channels === 3 ? i : 3 * i]!));
      const found = await network.run(pixels);
      const reference = await runReference(bytes, [1, channels, height, width], channelsFirst(pixels, [1, height, width, channels]));
      expect(Object.keys(found).sort()).toEqual(Object.keys(reference).sort());
      for (const [output, values] of Object.entries(reference)) expect(worstError(found[output]!, values.data), output).toBeLessThan(BOUND);
    }
    network.dispose();
  });
});
