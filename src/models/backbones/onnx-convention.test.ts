import { describe, expect, it } from 'vitest';
import { node, onnxModel, type Constant, type Model } from '../../../test/fixtures/onnx-model';
import { normal, scalar } from '../../../test/fixtures/onnx-parity';
import { parseOnnx } from '../../formats/onnx/onnx';
import { conventionOf, MOBILE_FACE_NET, MOBILE_FACE_NET_HASH } from './onnx-convention';

type Step = readonly [opType: string, constant?: Constant | 'image', first?: boolean];

/**
 * A model that starts with these steps. Each takes its constant as its second input, or as its
 * first.
 */
function model(...steps: Step[]): Model {
  const constants: Record<string, Constant> = { w: normal([4, 3, 3, 3]) };
  let from = 'x';
  const nodes = steps.map(([opType, constant, first = false], i) => {
    let other: string[] = [];
    if (constant === 'image') {
      other = ['x'];
    } else if (constant) {
      other = [`k${i}`];
      constants[`k${i}`] = constant;
    }
    const made = node(
      opType,
      first ? [...other, from] : [from, ...other],
      `s${i}`,
      opType === 'Cast' ? { to: 1 } : {},
    );
    from = `s${i}`;
    return made;
  });
  return {
    input: [1, 3, 112, 112],
    nodes: [...nodes, node('Conv', [from, 'w'], 'c'), node('Relu', ['c'], 'y')],
    constants,
  };
}

const convention = (...steps: Step[]) =>
  conventionOf(parseOnnx(onnxModel(model(...steps))), 'another').input;
const channels = (...data: number[]): Constant => ({ dims: [1, 3, 1, 1], data });

describe('the input convention of an ONNX model', () => {
  it('is the default backbone’s own for its file', () => {
    expect(conventionOf(parseOnnx(onnxModel(model())), MOBILE_FACE_NET_HASH).input).toEqual(
      MOBILE_FACE_NET.input,
    );
  });

  const byDefault = { order: 'RGB', mean: 127.5, scale: 1 / 127.5 };
  const bytes = { order: 'RGB', mean: 0, scale: 1 };
  const unit = { order: 'RGB', mean: 0, scale: 1 / 255 };
  const cases: readonly (readonly [string, typeof byDefault, readonly Step[]])[] = [
    ['InsightFace’s where the model does nothing itself', byDefault, []],
    [
      'bytes where it subtracts and multiplies',
      bytes,
      [
        ['Sub', scalar(127.5)],
        ['Mul', scalar(0.0078125)],
      ],
    ],
    [
      'bytes where it subtracts and divides, a number a channel, after a Cast',
      bytes,
      [['Cast'], ['Sub', channels(123.7, 116.3, 103.5)], ['Div', channels(58.4, 57.1, 57.4)]],
    ],
    [
      'bytes where it subtracts after the channels moved',
      bytes,
      [['Transpose'], ['Sub', channels(123.7, 116.3, 103.5)]],
    ],
    [
      'bytes where it divides and then subtracts',
      bytes,
      [
        ['Div', scalar(127.5)],
        ['Sub', scalar(1)],
      ],
    ],
    [
      'bytes where it multiplies and adds a negative number',
      bytes,
      [
        ['Mul', scalar(1 / 128)],
        ['Add', scalar(-0.996)],
      ],
    ],
    [
      'bytes where it subtracts from a constant',
      bytes,
      [
        ['Sub', scalar(127.5), true],
        ['Mul', scalar(-1 / 128), true],
      ],
    ],
    ['bytes where it divides by 255 alone', bytes, [['Div', scalar(255)]]],
    [
      '0 to 1 where it takes off ImageNet’s means',
      unit,
      [
        ['Sub', channels(0.485, 0.456, 0.406)],
        ['Div', channels(0.229, 0.224, 0.225)],
      ],
    ],
    [
      '0 to 1 where it brings that to −1 to 1',
      unit,
      [
        ['Mul', scalar(2)],
        ['Sub', scalar(1)],
      ],
    ],
    ['InsightFace’s where it merely scales by little', byDefault, [['Mul', scalar(0.5)]]],
    ['InsightFace’s where it divides by the picture', byDefault, [['Div', scalar(255), true]]],
    ['InsightFace’s where it adds pictures', byDefault, [['Add', 'image']]],
    [
      'InsightFace’s where its first arithmetic is another',
      byDefault,
      [
        ['PRelu', scalar(0.2)],
        ['Sub', scalar(127.5)],
      ],
    ],
  ];
  it.each(cases)('is %s', (_, expected, steps) => {
    expect(convention(...steps)).toEqual(expected);
  });

  it('comes with its origin', () => {
    const origin = (hash: string, ...steps: Step[]) =>
      conventionOf(parseOnnx(onnxModel(model(...steps))), hash).origin.kind;
    expect(origin(MOBILE_FACE_NET_HASH)).toBe('file');
    expect(origin('another')).toBe('default');
    expect(origin('another', ['Sub', scalar(127.5)], ['Mul', scalar(0.0078125)])).toBe('layers');
  });
});
