import { describe, expect, it } from 'vitest';
import { node, onnxModel, type Constant, type Model } from '../../../test/fixtures/onnx-model';
import { normal, scalar } from '../../../test/fixtures/onnx-parity';
import { parseOnnx } from '../../formats/onnx/onnx';
import { checkGraph } from './onnx-check';

const int8 = (dims: readonly number[]): Constant => ({
  dims,
  data: Array<number>(dims.reduce((a, b) => a * b, 1)).fill(3),
  type: 'int8',
});
const zero: Constant = { dims: [], data: [0], type: 'uint8' };
const constants = { s: scalar(0.1), z: zero, q: int8([4, 3, 3, 3]), w: normal([4, 3, 3, 3]) };
const input = [1, 3, 8, 8];
const refusal = (nodeName: string, opType: string) =>
  expect.objectContaining({
    code: 'unsupported-op',
    message:
      `This network is quantised to 8 bits: its node "${nodeName}" (${opType}) ` +
      'computes on such numbers.',
    nextStep: 'Take the float model, from which this one was made.',
  });

const quantised: readonly (readonly [string, Model['nodes'], nodeName: string, opType: string])[] =
  [
    [
      'dynamically',
      [node('DynamicQuantizeLinear', ['x'], 'a,b,c'), node('ConvInteger', ['a', 'q', 'c'], 'y')],
      'node of a',
      'DynamicQuantizeLinear',
    ],
    [
      'by operators on whole numbers',
      [node('QLinearConv', ['x', 's', 'z', 'q', 's', 'z', 's', 'z'], 'y')],
      'node of y',
      'QLinearConv',
    ],
    [
      'by pairs of quantising and back',
      [
        node('QuantizeLinear', ['x', 's', 'z'], 'a'),
        node('DequantizeLinear', ['a', 's', 'z'], 'b'),
        node('DequantizeLinear', ['q', 's'], 'f'),
        node('Conv', ['b', 'f'], 'y'),
      ],
      'node of a',
      'QuantizeLinear',
    ],
    [
      'in Microsoft’s domain',
      [
        {
          ...node('QLinearAdd', ['x', 's', 'z', 'x', 's', 'z', 's', 'z'], 'y'),
          domain: 'com.microsoft',
        },
      ],
      'node of y',
      'com.microsoft.QLinearAdd',
    ],
    [
      'in products of matrices',
      [node('Cast', ['x'], 'a', { to: 3 }), node('MatMulInteger', ['a', 'q'], 'y')],
      'node of y',
      'MatMulInteger',
    ],
  ];

describe('a quantised network', () => {
  it.each(quantised)('%s is refused with what to take instead', (_, nodes, nodeName, opType) => {
    expect(() => checkGraph(parseOnnx(onnxModel({ input, nodes, constants })))).toThrow(
      refusal(nodeName, opType),
    );
  });

  it('is recognised by formats of few bits when it is read', () => {
    const file = onnxModel({
      input,
      nodes: [node('Relu', ['x'], 'y')],
      constants: { few: { dims: [2], data: [1, 2], type: 'int4' } },
    });
    expect(() => parseOnnx(file)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('quantised to 4 bits: its tensor "few"'),
        nextStep: expect.stringContaining('float model'),
      }),
    );
  });

  it('is refused with the number of bits of Microsoft’s operators', () => {
    const matMul = (attributes: Model['nodes'][number]['attributes']) => ({
      ...node('MatMulNBits', ['x', 'q', 's'], 'y', attributes),
      domain: 'com.microsoft',
    });
    const check = (attributes = {}) =>
      checkGraph(parseOnnx(onnxModel({ input, nodes: [matMul(attributes)], constants })));
    expect(() => check()).toThrow(
      'quantised to 4 bits: its node "node of y" (com.microsoft.MatMulNBits)',
    );
    expect(() => check({ bits: 2 })).toThrow('quantised to 2 bits');
  });

  it('is accepted if only its weights are stored in 8 bits', () => {
    const nodes = [node('DequantizeLinear', ['q', 's'], 'f'), node('Conv', ['x', 'f'], 'y')];
    expect(() => checkGraph(parseOnnx(onnxModel({ input, nodes, constants })))).not.toThrow();
  });
});
