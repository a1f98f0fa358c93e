import { describe, expect, it } from 'vitest';
import type { OnnxModel } from '../../formats/onnx/onnx';
import { checkBackbone, embeddingOutput } from './onnx-outputs';

type Dims = readonly (number | null)[];

const model = (input: Dims, ...outputs: Dims[]): OnnxModel => ({
  opset: 11,
  nodes: [],
  initialisers: new Map(),
  inputs: [{ name: 'data', dims: input }],
  outputs: outputs.map((dims, i) => ({ name: `out${i}`, dims })),
});
const refusal = (message: string) =>
  expect.objectContaining({
    code: 'bad-model',
    message: expect.stringContaining(message),
    nextStep: expect.stringContaining('112 × 112'),
  });

describe('the declared inputs and outputs of a model', () => {
  it('are accepted if they fit, or leave it open', () => {
    for (const input of [
      [1, 3, 112, 112],
      [null, 3, 112, 112],
      [null, 3, null, null],
      [null, 112, 112, 3],
      [1, null, null, 3],
      [],
      [null, null, null, null],
    ]) {
      expect(() => checkBackbone(model(input, [null, 512]), 'm')).not.toThrow();
    }
  });

  const others: readonly (readonly [string, OnnxModel, string])[] = [
    [
      'a detector',
      model(
        [1, 3, null, null],
        ...[12800, 3200, 800].flatMap((rows) => [
          [rows, 1],
          [rows, 4],
          [rows, 10],
        ]),
      ),
      'has 9 outputs ("out0" [12800, 1], "out1" [12800, 4]',
    ],
    [
      'facial landmarks',
      model([null, 3, 192, 192], [1, 212]),
      'takes pictures [?, 3, 192, 192] and gives [1, 212], as models of facial landmarks ' +
        'do; pictures [?, 3, 112, 112]',
    ],
    [
      'gender and age',
      model([null, 3, 96, 96], [1, 3]),
      'gives [1, 3], as models of gender and age do',
    ],
    [
      'smaller pictures, channels last',
      model([1, 96, 96, 3], [1, 512]),
      'takes pictures [1, 96, 96, 3] and gives [1, 512], as models of gender and age do; ' +
        'pictures [?, 112, 112, 3]',
    ],
    ['grey pictures', model([1, 1, 112, 112], [1, 512]), 'takes pictures [1, 1, 112, 112]'],
  ];
  it.each(others)('are refused for %s', (_, other, message) => {
    expect(() => checkBackbone(other, 'm')).toThrow(refusal(message));
  });
});

describe('the embedding among a model’s outputs', () => {
  const found = (...shapes: (readonly number[] | undefined)[]) =>
    embeddingOutput(
      model([1, 3, 112, 112], ...shapes.map(() => [])),
      'm',
      (name) => shapes[Number(name.slice(3))],
    );

  it('is the first that is one row a picture', () => {
    expect(found([1, 512])).toEqual({ name: 'out0', dim: 512 });
    expect(found([1, 256, 1, 1])).toEqual({ name: 'out0', dim: 256 });
    expect(found([1, 1, 1, 256])).toEqual({ name: 'out0', dim: 256 });
    expect(found([1, 1000])).toEqual({ name: 'out0', dim: 1000 });
    expect(found([1, 512, 7, 7], [1, 1], [512], [1, 128], [1, 512])).toEqual({
      name: 'out3',
      dim: 128,
    });
  });

  it('is reported missing together with the outputs found', () => {
    expect(() => found([392, 4], [1, 512, 7, 7])).toThrow(
      refusal('gives "out0" [392, 4], "out1" [1, 512, 7, 7] for one picture'),
    );
    expect(() => found([1, 1])).toThrow(refusal('"out0" [1, 1]'));
    expect(() => found([1, 5, 5])).toThrow(refusal('"out0" [1, 5, 5]'));
  });
});
