import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { smallIrFile } from '../../../test/fixtures/small-ir';
import { node, onnxModel } from '../../../test/fixtures/onnx-model';
import { startNodeWasm } from '../../cli/node/node-backend';
import { StudioError } from '../../core/studio-error';
import { BlobByteSource } from '../../formats/bytes/byte-source';
import { openBackbone } from './open-backbone';
import { OnnxBackbone } from './onnx-backbone';

beforeAll(startNodeWasm);

const normal = (dims: number[]) => ({
  dims,
  data: Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => ((i % 7) - 3) / 10),
});

describe('the outline of a network', () => {
  it('has the stages of the studio’s own backbone', async () => {
    const backbone = await OnnxBackbone.load(await readFile('public/models/fr_feature.onnx'), {
      name: 'fr_feature',
    });
    const { outline } = backbone.description;
    expect(outline.stages.map(({ shape }) => shape.join('×'))).toEqual([
      '56×56×128',
      '28×28×256',
      '14×14×512',
      '7×7×512',
    ]);
    expect(outline.tapStage).toBe(3);
    expect(outline.stages.at(-1)!.shape).toEqual(backbone.convShape);
    expect(outline.stages.every(({ convolutions }) => convolutions > 0)).toBe(true);
    expect(outline.stages.some(({ units }) => units > 0)).toBe(true);
    backbone.dispose();
  });

  it('counts each operation on pictures once, a squeeze with its stage', async () => {
    const model = onnxModel({
      input: ['N', 3, 112, 112],
      nodes: [
        node('Conv', ['x', 'w'], 'a', { strides: [16, 16] }),
        node('Relu', ['a'], 'b'),
        node('GlobalAveragePool', ['b'], 's'),
        node('Sigmoid', ['s'], 'g'),
        node('Mul', ['b', 'g'], 'c'),
        node('Add', ['c', 'b'], 'd'),
        node('GlobalAveragePool', ['d'], 'm'),
        node('Flatten', ['m'], 'y'),
      ],
      constants: { w: normal([8, 3, 16, 16]) },
      opset: 14,
    });
    const backbone = await OnnxBackbone.load(model, { name: 'squeezed' });
    expect(backbone.description.outline).toEqual({
      stages: [{ shape: [7, 7, 8], convolutions: 1, units: 1, operations: 6 }],
      tapStage: 0,
      lastOperations: 2,
    });
    backbone.dispose();
  });

  it('has the units of an IR network, from its arrays', async () => {
    const source = new BlobByteSource('ir.safetensors', new Blob([smallIrFile(64) as BlobPart]));
    const backbone = await openBackbone(source, { companion: async () => null });
    const { stages, tapStage } = backbone.description.outline;
    expect(stages.map(({ shape: [side] }) => side)).toEqual([112, 56, 28, 14, 7]);
    expect(stages[tapStage]!.shape).toEqual(backbone.convShape);
    expect(stages.slice(1).every(({ units, convolutions }) => convolutions >= 2 * units)).toBe(
      true,
    );
    backbone.dispose();
  });
});

it('a model that can’t be imported says at which operation', async () => {
  const model = onnxModel({
    input: ['N', 3, 112, 112],
    nodes: [node('Conv', ['x', 'w'], 'a', { strides: [16, 16] }), node('DeformConv', ['a'], 'y')],
    constants: { w: normal([8, 3, 16, 16]) },
    opset: 14,
  });
  const thrown = await OnnxBackbone.load(model, { name: 'odd' }).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(StudioError);
  expect((thrown as StudioError).toRecord().at).toMatchObject({
    operator: 'DeformConv',
    index: 1,
    operations: 2,
  });
});
