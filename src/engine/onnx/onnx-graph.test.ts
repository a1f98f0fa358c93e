import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { node, onnxModel, type Model } from '../../../test/fixtures/onnx-model';
import { compare, ints, normal } from '../../../test/fixtures/onnx-parity';
import { startNodeWasm } from '../../cli/node/node-backend';
import { parseOnnx } from '../../formats/onnx/onnx';
import { beforeLastNorm, findConvFeature } from './onnx-conv-feature';
import { OnnxGraph } from './onnx-graph';

const input = [1, 3, 8, 6];
const conv = node('Conv', ['x', 'w', 'b'], 'c');
const constants = {
  w: normal([4, 3, 3, 3], 0.4),
  b: normal([4]),
  slope: normal([4, 1, 1]),
  wide: normal([4]),
  narrow: normal([1]),
};
const load = (model: Model) => new OnnxGraph(parseOnnx(onnxModel(model)));
const zeros = (batch = 1) => tf.zeros([batch, 8, 6, 3]) as tf.Tensor4D;

/**
 * A small backbone: convolution, activation, depthwise, a global convolution and an embedding by a
 * literal batch of 1.
 */
const backbone: Model = {
  input,
  nodes: [
    node('Conv', ['x', 'w', 'b'], 'c1', { pads: [1, 1, 1, 1] }),
    node('PRelu', ['c1', 'slope'], 'p1'),
    node('Conv', ['p1', 'depth'], 'c2', { group: 4, strides: [2, 2] }),
    node('Mul', ['gain', 'c2'], 'feature'),
    node('Conv', ['feature', 'global'], 'g', { group: 4 }),
    node('Conv', ['g', 'last'], 'l'),
    node('Reshape', ['l', 'sides'], 'y'),
  ],
  constants: {
    ...constants,
    depth: normal([4, 1, 3, 3]),
    gain: normal([4, 1, 1]),
    global: normal([4, 1, 3, 2]),
    last: normal([5, 4, 1, 1]),
    sides: ints(1, 5),
  },
};

describe('ONNX graph', () => {
  beforeAll(startNodeWasm);

  /** Names of the values that a run computes, without those fused into a convolution. */
  function computed(model: Model): string[] {
    const names: string[] = [];
    const [graph, pictures] = [load(model), zeros()];
    tf.dispose(graph.run(pictures, graph.outputNames, (name) => names.push(name)));
    tf.dispose(pictures);
    graph.dispose();
    return names;
  }

  const y = (opType: string, ...more: string[]) => node(opType, ['c', ...more], 'y');
  const fusions: readonly (readonly [string, Model, computed: readonly string[]])[] = [
    [
      'a Relu after a convolution is taken in',
      { input, constants, nodes: [conv, y('Relu')] },
      ['y'],
    ],
    [
      'a PRelu of a slope a channel is taken in',
      { input, constants, nodes: [conv, y('PRelu', 'slope')] },
      ['y'],
    ],
    [
      'a PRelu of a slope in a Constant is taken in',
      {
        input,
        constants,
        nodes: [node('Constant', [], 's', { value: normal([1, 4, 1, 1]) }), conv, y('PRelu', 's')],
      },
      ['y'],
    ],
    [
      'a PRelu after a depthwise convolution is taken in',
      {
        input,
        constants: { d: normal([6, 1, 3, 3]), s: normal([6, 1, 1]) },
        nodes: [node('Conv', ['x', 'd'], 'c', { group: 3, pads: [1, 1, 1, 1] }), y('PRelu', 's')],
      },
      ['y'],
    ],
    [
      'a PRelu of one slope stands alone',
      { input, constants, nodes: [conv, y('PRelu', 'narrow')] },
      ['c', 'y'],
    ],
    [
      'a PRelu of a slope that is still to be shaped is taken in',
      {
        input,
        constants: { ...constants, axes: ints(1, 2) },
        nodes: [conv, node('Unsqueeze', ['wide', 'axes'], 's'), y('PRelu', 's')],
      },
      ['y'],
    ],
    [
      'a PRelu of a slope reshaped is taken in',
      {
        input,
        constants: { ...constants, sides: ints(1, -1, 1, 1) },
        nodes: [conv, node('Reshape', ['wide', 'sides'], 's'), y('PRelu', 's')],
      },
      ['y'],
    ],
    [
      'a filter in half precision, shared by an Identity, is a constant',
      {
        input,
        constants: {
          ...constants,
          half: {
            dims: [4, 3, 1, 1],
            data: [...Array(12).keys()].map((i) => 0x3800 + 97 * i),
            type: 'float16',
          },
        },
        nodes: [
          node('Cast', ['half'], 'f', { to: 1 }),
          node('Identity', ['f'], 'g'),
          node('Conv', ['x', 'g', 'b'], 'c'),
          y('Relu'),
        ],
      },
      ['y'],
    ],
    [
      'a bias of zeros made of its filter’s shape is a constant',
      {
        input,
        constants: { ...constants, zero: { dims: [], data: [0] } },
        nodes: [
          node('Shape', ['w'], 'n', { start: 0, end: 1 }),
          node('CastLike', ['zero', 'x'], 'z'),
          node('Expand', ['z', 'n'], 'zeros'),
          node('Conv', ['x', 'w', 'zeros'], 'c'),
          y('Relu'),
        ],
        opset: 15,
      },
      ['y'],
    ],
    // The convolution's result is [1, 4, 6, 4]: the slope has as many numbers as there are
    // channels, but lies along the width.
    [
      'a PRelu whose slope only looks like one a channel stands alone',
      { input, constants, nodes: [conv, y('PRelu', 'wide')] },
      ['c', 'y'],
    ],
    [
      'a convolution that is read elsewhere stays whole',
      { input, constants, nodes: [conv, node('Relu', ['c'], 'r'), node('Add', ['r', 'c'], 'y')] },
      ['c', 'r', 'y'],
    ],
    [
      'a convolution that is an output stays whole',
      { input, constants, nodes: [conv, node('Relu', ['c'], 'r')], outputs: ['c', 'r'] },
      ['c', 'r'],
    ],
    [
      'an activation of something else stays whole',
      { input, constants, nodes: [conv, node('Sigmoid', ['c'], 's'), node('Relu', ['s'], 'y')] },
      ['c', 's', 'y'],
    ],
  ];

  it.each(fusions)('%s, and agrees with onnxruntime', async (_, model, names) => {
    const { shape, expectedShape, error, leaked } = await compare(model);
    expect(shape).toEqual(expectedShape);
    expect(error).toBeLessThan(1e-5);
    expect(leaked).toBe(0);
    expect(computed(model)).toEqual(names);
  });

  it('runs a batch of three through a model that declares one', async () => {
    // onnxruntime refuses to reshape three pictures by a literal 1, so its model has -1 there.
    const found = await compare(
      { ...backbone, nodes: backbone.nodes.slice(0, -1), outputs: ['l'] },
      3,
    );
    expect(found).toMatchObject({ shape: [3, 5, 1, 1], expectedShape: [3, 5, 1, 1], leaked: 0 });
    expect(found.error).toBeLessThan(1e-5);
    const [graph, pictures] = [
      load(backbone),
      tf.randomNormal([3, 8, 6, 3], 0, 1, 'float32', 5) as tf.Tensor4D,
    ];
    const { y: embedding, l: before } = graph.run(pictures, ['y', 'l']);
    expect(embedding!.shape).toEqual([3, 5]);
    expect([...(await embedding!.data())]).toEqual([...(await before!.data())]);
    tf.dispose([pictures, embedding!, before!]);
    graph.dispose();
  });

  it('runs a batch of three through a model with a renamed batch and a literal 1', async () => {
    const [graph, pictures] = [
      load({ ...backbone, input: ['None', 3, 8, 6] }),
      tf.randomNormal([3, 8, 6, 3], 0, 1, 'float32', 5) as tf.Tensor4D,
    ];
    const { y: embedding, l: before } = graph.run(pictures, ['y', 'l']);
    expect(embedding!.shape).toEqual([3, 5]);
    expect([...(await embedding!.data())]).toEqual([...(await before!.data())]);
    tf.dispose([pictures, embedding!, before!]);
    graph.dispose();
  });

  it('does not apply the batch to values that are no pictures', async () => {
    const reshaped = [node('Reshape', ['wide', 'sides'], 'gain'), node('Mul', ['c', 'gain'], 'y')];
    const found = await compare(
      { input, nodes: [conv, ...reshaped], constants: { ...constants, sides: ints(1, 4, 1, 1) } },
      3,
    );
    expect(found.shape).toEqual([3, 4, 6, 4]);
    expect(found.error).toBeLessThan(1e-5);
  });

  it('returns tensors that the caller disposes', () => {
    const graph = load({
      input,
      nodes: [
        node('Identity', ['x'], 'same'),
        node('Dropout', ['same'], 'again'),
        node('Add', ['x', 'k'], 'y'),
      ],
      constants: { k: normal([3, 1, 1]) },
      outputs: ['same', 'again', 'y', 'k'],
    });
    const before = tf.memory().numTensors;
    const pictures = zeros();
    tf.dispose(graph.run(pictures));
    expect(pictures.isDisposed).toBe(false);
    tf.dispose(graph.run(pictures));
    pictures.dispose();
    expect(tf.memory().numTensors).toBe(before);
    graph.dispose();
  });

  it('finds the last picture tensor before space collapses', () => {
    const trial = zeros();
    const found = (model: Model) => {
      const parsed = parseOnnx(onnxModel(model));
      const graph = new OnnxGraph(parsed);
      const name = findConvFeature(parsed, graph.shapesOf(trial).logical);
      graph.dispose();
      return name;
    };
    expect(found(backbone)).toBe('feature');
    const pooled = [
      conv,
      node('Relu', ['c'], 'r'),
      node('GlobalAveragePool', ['r'], 'm'),
      node('Flatten', ['m'], 'f'),
      node('Gemm', ['f', 'g'], 'y'),
    ];
    expect(found({ input, nodes: pooled, constants: { ...constants, g: normal([4, 7]) } })).toBe(
      'r',
    );
    expect(found({ input, nodes: [conv, node('Flatten', ['c'], 'y')], constants })).toBe('c');
    expect(
      found({ input, nodes: [node('Flatten', ['x'], 'f'), node('Relu', ['f'], 'y')] }),
    ).toBeNull();
    trial.dispose();
  });

  it('finds the body’s raw output before the last BatchNormalization', () => {
    const body = (nodes: Model['nodes'], feature: string) =>
      beforeLastNorm(parseOnnx(onnxModel({ input, nodes, constants })), feature);
    const norm = node('BatchNormalization', ['c', 'b', 'b', 'b', 'b'], 'n');
    expect(body([conv, norm, node('Flatten', ['n'], 'y')], 'n')).toBe('c');
    expect(
      body(
        [
          conv,
          norm,
          node('Dropout', ['n'], 'd'),
          node('Cast', ['d'], 'e', { to: 1 }),
          node('Flatten', ['e'], 'y'),
        ],
        'e',
      ),
    ).toBe('c');
    expect(body([conv, norm, node('Relu', ['n'], 'r'), node('Flatten', ['r'], 'y')], 'r')).toBe(
      'r',
    );
    expect(body([conv, node('Flatten', ['c'], 'y')], 'c')).toBe('c');
  });

  it('gives the shapes of a run in ONNX’s order and as they are held', () => {
    const [graph, trial] = [
      load({ input, constants, nodes: [conv, node('Relu', ['c'], 'y')] }),
      zeros(),
    ];
    const { logical, held } = graph.shapesOf(trial);
    expect([logical('y'), held('y'), logical('c'), held('z')]).toEqual([
      [1, 4, 6, 4],
      [1, 6, 4, 4],
      undefined,
      undefined,
    ]);
    trial.dispose();
    graph.dispose();
  });

  const whole: Model = { input, nodes: [conv, node('Relu', ['c'], 'y')], constants };
  const refusals: readonly (readonly [string, Model, code: string, message: string])[] = [
    [
      'an operator that it does not know',
      { ...whole, nodes: [conv, node('GridSample', ['c'], 'y')] },
      'unsupported-op',
      'The operator GridSample (node "node of y")',
    ],
    [
      'an operator of another domain',
      { ...whole, nodes: [conv, { ...node('Relu', ['c'], 'y'), domain: 'com.microsoft' }] },
      'unsupported-op',
      'The operator com.microsoft.Relu (node "node of y")',
    ],
    [
      'an operator named like a property of every object',
      { ...whole, nodes: [conv, node('toString', ['c'], 'y')] },
      'unsupported-op',
      'The operator toString',
    ],
    [
      'an attribute that it does not know',
      { ...whole, nodes: [conv, node('Relu', ['c'], 'y', { beta: 2 })] },
      'unsupported-op',
      'The node "node of y" (Relu) can\'t be imported; the importer takes no attributes; ' +
        'it has beta',
    ],
    ['an older operator set', { ...whole, opset: 6 }, 'unsupported-op', 'operator set 6'],
    [
      'a value that nothing computes',
      { ...whole, nodes: [node('Relu', ['c'], 'y'), conv] },
      'bad-model',
      'The node "node of y" (Relu) reads "c"',
    ],
    [
      'an input that is missing',
      { ...whole, nodes: [conv, node('Add', ['c'], 'y')] },
      'bad-model',
      'The node "node of y" (Add) lacks its input 1',
    ],
    ['an output that nothing computes', { ...whole, outputs: ['z'] }, 'bad-model', 'output "z"'],
    ['a graph without outputs', { ...whole, outputs: [] }, 'bad-model', 'no output'],
    ['an input that is no picture', { ...whole, input: [1, 144] }, 'bad-model', '[1, 144]'],
    [
      'a filter that holds no number',
      {
        ...whole,
        constants: {
          ...constants,
          w: { ...constants.w, data: constants.w.data.map((value, i) => (i === 7 ? NaN : value)) },
        },
      },
      'bad-model',
      'weight "w" holds NaN at its place 7',
    ],
    [
      'statistics that diverged',
      {
        ...whole,
        nodes: [conv, node('BatchNormalization', ['c', 'b', 'b', 'b', 'v'], 'y')],
        constants: { ...constants, v: { dims: [4], data: [1, 1, Infinity, 1] } },
      },
      'bad-model',
      'weight "v" holds Infinity at its place 2',
    ],
    [
      'a Constant of text',
      {
        ...whole,
        nodes: [node('Constant', [], 't', { value: 'text' }), conv, node('Relu', ['c'], 'y')],
      },
      'unsupported-op',
      'The node "node of t" (Constant)',
    ],
  ];

  it.each(refusals)('refuses %s', (_, model, code, message) => {
    const before = tf.memory().numTensors;
    expect(() => load(model)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses pictures of undeclared size, and values that the model doesn’t compute', () => {
    const [graph, fitting, other] = [load(whole), zeros(), tf.zeros([1, 6, 8, 3]) as tf.Tensor4D];
    expect(() => graph.run(other)).toThrow(
      expect.objectContaining({
        code: 'bad-model',
        message: expect.stringContaining('[1, 3, 8, 6]'),
      }),
    );
    expect(() => graph.run(fitting, ['z'])).toThrow(
      expect.objectContaining({ code: 'bad-model', message: expect.stringContaining('"z"') }),
    );
    tf.dispose([fitting, other]);
    graph.dispose();
  });
});
