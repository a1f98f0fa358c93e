import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  node,
  onnxModel,
  rawBytes,
  withOutputs,
  type Model,
} from '../../../test/fixtures/onnx-model';
import { ints, normal, positive, scalar } from '../../../test/fixtures/onnx-parity';
import { channelsFirst, runOnnxRuntime, worstError } from '../../../test/fixtures/onnx-reference';
import { startNodeWasm } from '../../cli/node/node-backend';
import { CROP_SIZE, pristine, type RgbImage } from '../../faces/face-record';
import { packBatch } from '../../faces/decode/packed-batch';
import { renderFace } from '../../faces/synthetic/render-face';
import { identityFrom } from '../../faces/synthetic/face-identity';
import { captureFrom } from '../../faces/synthetic/face-capture';
import { BlobByteSource } from '../../formats/bytes/byte-source';
import { MOBILE_FACE_NET, OnnxBackbone, type OnnxBackboneOptions } from './onnx-backbone';
import { MOBILE_FACE_NET_HASH } from './onnx-convention';

const faces = [0, 1].map((person) =>
  renderFace(identityFrom(7, person), { ...captureFrom(7, person, 0), degradation: pristine }),
);
const model = (name: string) => readFile(`public/models/${name}.onnx`);

/**
 * The bound on {@link worstError}, which is relative to a tensor's largest magnitude: float32 keeps
 * seven digits of it, and fifty layers of sums taken in another order cost the last of them.
 */
const BOUND = 1e-5;

/**
 * A crop in the backbone's input convention, converted independently of the studio's own code: BGR
 * planes, (x − 127.5)/128.
 */
function planes({ data }: RgbImage, mirrored = false): Float32Array {
  const area = CROP_SIZE * CROP_SIZE;
  return Float32Array.from({ length: 3 * area }, (_, i) => {
    const [plane, row, column] = [
      Math.floor(i / area),
      Math.floor((i % area) / CROP_SIZE),
      i % CROP_SIZE,
    ];
    return (
      (data[3 * (row * CROP_SIZE + (mirrored ? CROP_SIZE - 1 - column : column)) + 2 - plane]! -
        127.5) /
      128
    );
  });
}

describe('OnnxBackbone', () => {
  beforeAll(startNodeWasm);

  it('agrees with onnxruntime on embedding and conv feature, also for mirrored crops', async () => {
    const bytes = await model('fr_feature');
    const backbone = await OnnxBackbone.load(bytes, MOBILE_FACE_NET);
    expect([backbone.embeddingDim, backbone.convShape]).toEqual([512, [7, 7, 512]]);
    const crops = [...faces, faces[0]!];
    const { embedding, convFeature } = backbone.run(
      packBatch(
        crops.map(({ data }) => data),
        3,
        [false, false, true],
      ),
    );
    const [embeddings, features] = [
      await embedding.data(),
      channelsFirst(await convFeature.data(), [3, 7, 7, 512]),
    ];
    tf.dispose([embedding, convFeature]);
    const tapped = withOutputs(bytes, [backbone.convFeatureName]);
    for (const [i, crop] of crops.entries()) {
      const expected = await runOnnxRuntime(
        tapped,
        [1, 3, CROP_SIZE, CROP_SIZE],
        planes(crop, i === 2),
      );
      expect(expected['output']!.dims).toEqual([1, 512]);
      expect(expected[backbone.convFeatureName]!.dims).toEqual([1, 512, 7, 7]);
      const errors = [
        worstError(embeddings.subarray(512 * i, 512 * (i + 1)), expected['output']!.data),
        worstError(
          features.subarray(25088 * i, 25088 * (i + 1)),
          expected[backbone.convFeatureName]!.data,
        ),
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

  it('takes the conv feature that it finds, or the one that is named', async () => {
    const feature = async (convFeature?: string) => {
      const backbone = await OnnxBackbone.load(onnxModel(small), {
        ...MOBILE_FACE_NET,
        convFeature,
      });
      const outputs = backbone.run(packBatch([faces[0]!.data], 1));
      const values = await outputs.convFeature.data();
      tf.dispose([outputs.embedding, outputs.convFeature]);
      backbone.dispose();
      expect(backbone.convShape).toEqual([7, 7, 8]);
      return { name: backbone.convFeatureName, values };
    };
    const [found, named] = [await feature(), await feature('c')];
    expect([found.name, named.name]).toEqual(['s', 'c']);
    expect(
      worstError(
        found.values,
        named.values.map((value) => 1 / (1 + Math.exp(-value))),
      ),
    ).toBeLessThan(BOUND);
  });

  it('refuses a missing or non-spatial conv feature, and leaves no tensors behind', async () => {
    const before = tf.memory().numTensors;
    const load = (changed: Partial<Model>, convFeature?: string) =>
      OnnxBackbone.load(onnxModel({ ...small, ...changed }), { ...MOBILE_FACE_NET, convFeature });
    await expect(load({ nodes: [node('Flatten', ['x'], 'y')] })).rejects.toMatchObject({
      code: 'bad-model',
      message: expect.stringContaining('no spatial feature'),
    });
    await expect(load({}, 'z')).rejects.toMatchObject({
      code: 'bad-model',
      message: expect.stringContaining('"z"'),
    });
    await expect(load({}, 'y')).rejects.toMatchObject({
      code: 'bad-model',
      message: expect.stringContaining('its feature "y" is [1, 8]'),
    });
    await expect(load({ outputs: ['s'] })).rejects.toMatchObject({ code: 'bad-model' });
    expect(tf.memory().numTensors).toBe(before);
  });

  /** A small iresnet: a body, a BatchNormalization, and an embedding of its output. */
  const normed: Model = {
    ...small,
    nodes: [
      node('Conv', ['x', 'w'], 'c', { strides: [16, 16] }),
      node('PRelu', ['c', 'slope'], 'p'),
      node('BatchNormalization', ['p', 'gain', 'offset', 'mean', 'variance'], 'n'),
      node('Dropout', ['n'], 'd'),
      node('Flatten', ['d'], 'f'),
      node('Gemm', ['f', 'g'], 'y'),
    ],
    constants: {
      ...small.constants,
      slope: normal([8, 1, 1]),
      gain: positive([8]),
      offset: normal([8]),
      mean: normal([8], 0.5),
      variance: positive([8]),
      g: normal([392, 5], 0.1),
    },
  };
  const batch = packBatch(
    faces.map(({ data }) => data),
    2,
  );

  it('agrees with onnxruntime on the conv feature before and after the last norm', async () => {
    const planesOfBoth = Float32Array.from(faces.flatMap((face) => [...planes(face)]));
    const expected = await runOnnxRuntime(
      onnxModel({ ...normed, input: ['N', 3, CROP_SIZE, CROP_SIZE], outputs: ['y', 'p', 'd'] }),
      [2, 3, CROP_SIZE, CROP_SIZE],
      planesOfBoth,
    );
    const hashes: string[] = [];
    for (const [convFeature, value] of [
      ['body', 'p'],
      ['after-bn', 'd'],
      [undefined, 'p'],
    ] as const) {
      const backbone = await OnnxBackbone.load(onnxModel(normed), {
        ...MOBILE_FACE_NET,
        convFeature,
      });
      const outputs = backbone.run(batch);
      const [embedding, feature] = [
        await outputs.embedding.data(),
        channelsFirst(await outputs.convFeature.data(), [2, 7, 7, 8]),
      ];
      tf.dispose([outputs.embedding, outputs.convFeature]);
      backbone.dispose();
      expect([backbone.convFeatureName, backbone.convShape]).toEqual([value, [7, 7, 8]]);
      expect(worstError(embedding, expected['y']!.data)).toBeLessThan(BOUND);
      expect(worstError(feature, expected[value]!.data)).toBeLessThan(BOUND);
      hashes.push(backbone.hash);
    }
    expect(hashes[0]).toBe(hashes[2]);
    expect(hashes[0]).not.toBe(hashes[1]);
  });

  it('hashes the default reading as the file alone, and other readings differently', async () => {
    const bytes = await model('fr_feature');
    const hashOf = async (options: Partial<OnnxBackboneOptions> = {}) => {
      const backbone = await OnnxBackbone.load(bytes, { name: 'renamed', ...options });
      backbone.dispose();
      return { hash: backbone.hash, input: backbone.input, tap: backbone.convFeatureName };
    };
    const byDefault = await hashOf();
    expect(byDefault.hash).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(byDefault.hash).toBe(MOBILE_FACE_NET_HASH);
    expect(byDefault.input).toEqual(MOBILE_FACE_NET.input);
    expect(await hashOf({ ...MOBILE_FACE_NET, convFeature: 'after-bn' })).toEqual(byDefault);
    expect(await hashOf({ convFeature: byDefault.tap })).toEqual(byDefault);
    const others = await Promise.all([
      hashOf({ input: { ...MOBILE_FACE_NET.input, order: 'RGB' } }),
      hashOf({ input: { ...MOBILE_FACE_NET.input, mean: 0 } }),
    ]);
    expect(new Set([byDefault.hash, ...others.map(({ hash }) => hash)]).size).toBe(3);
  });

  it('feeds unknown models as InsightFace does, and raw bytes to one that normalises', async () => {
    const own: Model = {
      ...normed,
      nodes: [
        node('Sub', ['x', 'middle'], 's'),
        node('Mul', ['s', 'factor'], 'm'),
        node('Conv', ['m', 'w'], 'c', { strides: [16, 16] }),
        ...normed.nodes.slice(1),
      ],
      constants: { ...normed.constants, middle: scalar(127.5), factor: scalar(1 / 127.5) },
    };
    const embeddings: Float32Array[] = [];
    for (const [each, input] of [
      [normed, { order: 'RGB', mean: 127.5, scale: 1 / 127.5 }],
      [own, { order: 'RGB', mean: 0, scale: 1 }],
    ] as const) {
      const backbone = await OnnxBackbone.load(onnxModel(each), { name: 'unknown' });
      expect(backbone.input).toEqual(input);
      const outputs = backbone.run(batch);
      embeddings.push((await outputs.embedding.data()) as Float32Array);
      tf.dispose([outputs.embedding, outputs.convFeature]);
      backbone.dispose();
    }
    expect(worstError(embeddings[0]!, embeddings[1]!)).toBeLessThan(BOUND);
  });

  it('finds the embedding among several outputs, and flattens a 1 × 1 map', async () => {
    const mapped: Model = {
      ...normed,
      nodes: [
        ...normed.nodes,
        node('Unsqueeze', ['y', 'places'], 'map'),
        node('GlobalAveragePool', ['n'], 'pooled'),
      ],
      constants: { ...normed.constants, places: ints(2, 3) },
    };
    const run = async (outputs: string[]) => {
      const before = tf.memory().numTensors;
      const backbone = await OnnxBackbone.load(onnxModel({ ...mapped, outputs }), MOBILE_FACE_NET);
      const found = backbone.run(batch);
      const values = [...(await found.embedding.data())];
      expect(found.embedding.shape).toEqual([2, backbone.embeddingDim]);
      tf.dispose([found.embedding, found.convFeature]);
      backbone.dispose();
      expect(tf.memory().numTensors).toBe(before);
      return { name: backbone.output.name, values, tap: backbone.convFeatureName };
    };
    const plain = await run(['y']);
    expect(await run(['n', 'y', 'pooled'])).toEqual(plain);
    expect(await run(['map'])).toEqual({ ...plain, name: 'map' });
    expect((await run(['pooled'])).values).toHaveLength(16);
  });

  it('opens a model from a source, with its weights in an external file', async () => {
    const { w, ...rest } = normed.constants!;
    const source = (name: string, bytes: Uint8Array) =>
      new BlobByteSource(name, new Blob([bytes as Uint8Array<ArrayBuffer>]));
    const external = (offset: number) =>
      onnxModel({
        ...normed,
        constants: {
          ...rest,
          w: { ...w!, data: [], external: { location: 'w.bin', offset: String(offset) } },
        },
      });
    const weightFile = new Uint8Array([...new Uint8Array(8), ...rawBytes(w!)]);
    const embedding = async (backbone: OnnxBackbone) => {
      const outputs = backbone.run(batch);
      const values = [...(await outputs.embedding.data())];
      tf.dispose([outputs.embedding, outputs.convFeature]);
      backbone.dispose();
      return values;
    };
    const whole = await OnnxBackbone.load(onnxModel(normed), MOBILE_FACE_NET);
    const parted = await OnnxBackbone.open(
      source('m.onnx', external(8)),
      MOBILE_FACE_NET,
      async () => source('w.bin', weightFile),
    );
    // The same file with other weights is another model.
    const other = await OnnxBackbone.open(
      source('m.onnx', external(8)),
      MOBILE_FACE_NET,
      async () => source('w.bin', new Uint8Array(weightFile.length)),
    );
    expect(new Set([whole.hash, parted.hash, other.hash]).size).toBe(3);
    other.dispose();
    expect(await embedding(parted)).toEqual(await embedding(whole));
    await expect(
      OnnxBackbone.open(source('m.onnx', external(8)), MOBILE_FACE_NET),
    ).rejects.toMatchObject({
      code: 'bad-model',
      nextStep: 'Pick w.bin as well, or put it there beside the model.',
    });
  });
});
