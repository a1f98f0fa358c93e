import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { node, onnxModel, type Model, type Node } from '../../../../test/fixtures/onnx-model';
import { ints, normal, positive, scalar } from '../../../../test/fixtures/onnx-parity';
import {
  channelsFirst,
  runOnnxRuntime,
  worstError,
} from '../../../../test/fixtures/onnx-reference';
import { startNodeWasm } from '../../../cli/node/node-backend';
import { CROP_SIZE } from '../../../faces/face-record';
import { packBatch } from '../../../faces/decode/packed-batch';
import { parseOnnx } from '../../../formats/onnx/onnx';
import { seededRandom } from '../../../core/seeded-random';
import { OnnxBackbone } from '../../../models/backbones/onnx-backbone';
import { OnnxGraph } from '../onnx-graph';
import { layoutOf } from './onnx-layout';

const forward = node('Transpose', ['x'], 't', { perm: [0, 3, 1, 2] });
const back = (from: string, to: string) => node('Transpose', [from], to, { perm: [0, 2, 3, 1] });
const stem = (from: string): Node[] => [
  node('Pad', [from, 'frame'], 'p'),
  node('Conv', ['p', 'w', 'b'], 'c', { strides: [2, 2] }),
  node('Relu', ['c'], 'r'),
  node('Conv', ['r', 'depth'], 'd', { group: 6, auto_pad: 'SAME_UPPER' }),
  node('BatchNormalization', ['d', 'gain', 'offset', 'mean', 'variance'], 'n'),
];
const constants = {
  frame: ints(0, 0, 0, 0, 0, 0, 1, 1),
  w: normal([6, 3, 3, 3], 0.3),
  b: normal([6]),
  depth: normal([6, 1, 3, 3], 0.5),
  gain: normal([6]),
  offset: normal([6]),
  mean: normal([6], 0.3),
  variance: positive([6]),
  embed: normal([6, 5]),
  wide: normal([6 * 6 * 5, 4], 0.1),
  six: ints(-1, 6 * 6 * 5),
  means: { dims: [1, 1, 1, 3], data: [0.4, -0.2, 0.1] },
  half: scalar(0.5),
};
const input = ['N', 12, 10, 3] as const;

/** As tf2onnx writes them: channels last outside, channels first around the convolutions. */
const models: readonly (readonly [string, Model])[] = [
  [
    'pooled over its places',
    {
      input,
      constants,
      nodes: [
        forward,
        ...stem('t'),
        back('n', 'l'),
        node('ReduceMean', ['l'], 'm', { axes: [1, 2], keepdims: 0 }),
        node('MatMul', ['m', 'embed'], 'y'),
      ],
    },
  ],
  [
    'flattened channels last',
    {
      input,
      constants,
      nodes: [
        forward,
        ...stem('t'),
        back('n', 'l'),
        node('Reshape', ['l', 'six'], 'f'),
        node('MatMul', ['f', 'wide'], 'y'),
      ],
    },
  ],
  [
    'flattened channels first',
    {
      input,
      constants,
      nodes: [
        forward,
        ...stem('t'),
        node('Flatten', ['n'], 'f'),
        node('MatMul', ['f', 'wide'], 'y'),
      ],
    },
  ],
  [
    'normalised before its channels move',
    {
      input,
      constants,
      nodes: [
        node('Sub', ['x', 'means'], 's'),
        node('Mul', ['s', 'half'], 'h'),
        node('Transpose', ['h'], 't', { perm: [0, 3, 1, 2] }),
        ...stem('t'),
        node('GlobalAveragePool', ['n'], 'g'),
        node('Squeeze', ['g', 'places'], 'q'),
        node('MatMul', ['q', 'embed'], 'y'),
      ],
    },
  ],
  [
    'gated channels last',
    {
      input,
      constants,
      nodes: [
        forward,
        ...stem('t'),
        back('n', 'l'),
        node('ReduceMean', ['l'], 'm', { axes: [1, 2] }),
        node('Sigmoid', ['m'], 'e'),
        node('Mul', ['l', 'e'], 'v'),
        node('HardSwish', ['v'], 'y'),
      ],
      opset: 14,
    },
  ],
];

describe('a model whose channels are last', () => {
  beforeAll(startNodeWasm);

  it.each(models)('agrees with onnxruntime, %s', async (_, each) => {
    const model = { ...each, constants: { ...constants, places: ints(2, 3) } };
    const random = seededRandom(3);
    const values = Float32Array.from({ length: 2 * 12 * 10 * 3 }, () => random.normal());
    const reference = (await runOnnxRuntime(onnxModel(model), [2, 12, 10, 3], values))['y']!;
    const before = tf.memory().numTensors;
    const graph = new OnnxGraph(parseOnnx(onnxModel(model)));
    const pictures = tf.tensor4d(values, [2, 12, 10, 3]);
    const { y } = graph.run(pictures);
    expect(y!.shape).toEqual(reference.dims);
    expect(worstError(await y!.data(), reference.data)).toBeLessThan(1e-5);
    tf.dispose([pictures, y!]);
    graph.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is recognised by its declared sides, or by its first nodes', () => {
    const layout = (sides: Model['input'], ...nodes: Node[]) =>
      layoutOf(
        parseOnnx(
          onnxModel({
            input: sides,
            nodes: [...nodes, node('Relu', ['x'], 'y')].slice(0, Math.max(1, nodes.length)),
          }),
        ),
      );
    expect(layout(['N', 112, 112, 3])).toBe('NHWC');
    expect(layout(['N', 'h', 'w', 3])).toBe('NHWC');
    expect(layout(['N', 3, 112, 112])).toBe('NCHW');
    expect(layout(['N', 3, 'h', 'w'])).toBe('NCHW');
    expect(layout(['a', 'b', 'c', 'd'])).toBe('NCHW');
    expect(layout([], forward)).toBe('NHWC');
    expect(layout(['a', 'b', 'c', 'd'], forward)).toBe('NHWC');
    expect(
      layout(['a', 'b', 'c', 'd'], node('Transpose', ['x'], 't', { perm: [0, 2, 3, 1] })),
    ).toBe('NCHW');
  });

  it('gives a backbone its embedding and the conv feature of its body', async () => {
    const side = CROP_SIZE / 16;
    const body: Node[] = [
      node('Conv', ['t', 'w'], 'c', { strides: [16, 16] }),
      node('PRelu', ['c', 'slope'], 'r'),
      node('BatchNormalization', ['r', 'gain', 'offset', 'mean', 'variance'], 'n'),
    ];
    const made = { ...constants, w: normal([6, 3, 16, 16], 0.05), slope: normal([6, 1, 1]) };
    const random = seededRandom(9);
    const crop = Uint8Array.from({ length: CROP_SIZE ** 2 * 3 }, () => random.int(256));
    const pixels = Float32Array.from(crop, (byte) => (byte - 127.5) / 127.5);
    const tail = [
      back('n', 'l'),
      node('ReduceMean', ['l'], 'm', { axes: [1, 2] }),
      node('Conv', ['v', 'last'], 'y'),
    ];
    const nodes = [
      forward,
      ...body,
      ...tail.slice(0, 2),
      node('Transpose', ['m'], 'v', { perm: [0, 3, 1, 2] }),
      tail[2]!,
    ];
    const model: Model = {
      input: ['N', CROP_SIZE, CROP_SIZE, 3],
      nodes,
      constants: { ...made, last: normal([5, 6, 1, 1]) },
    };
    const reference = await runOnnxRuntime(
      onnxModel({ ...model, outputs: ['y', 'r'] }),
      [1, CROP_SIZE, CROP_SIZE, 3],
      pixels,
    );
    const backbone = await OnnxBackbone.load(onnxModel(model), { name: 'keras' });
    expect([
      backbone.input,
      backbone.embeddingDim,
      backbone.convShape,
      backbone.convFeatureName,
    ]).toEqual([{ order: 'RGB', mean: 127.5, scale: 1 / 127.5 }, 5, [side, side, 6], 'r']);
    const { embedding, convFeature } = backbone.run(packBatch([crop], 1));
    expect(worstError(await embedding.data(), reference['y']!.data)).toBeLessThan(1e-5);
    expect(
      worstError(channelsFirst(await convFeature.data(), [1, side, side, 6]), reference['r']!.data),
    ).toBeLessThan(1e-5);
    tf.dispose([embedding, convFeature]);
    backbone.dispose();
  });
});
