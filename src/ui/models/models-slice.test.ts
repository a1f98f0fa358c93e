import { describe, expect, it } from 'vitest';
import type { BackboneInUse, CentresInUse } from '../../studio/protocol';
import {
  formatInputConvention,
  parseInputConvention,
} from '../../models/backbones/input-convention-text';
import { readPublishedCommand } from '../../training/config/published/published-command';
import {
  modelReducer,
  backboneSettings,
  initialModelState,
  withBackboneDimensions,
} from './models-slice';

const backbone: BackboneInUse = {
  backbone: 'files:ir.pth',
  inputConvention: 'auto',
  convFeature: 'body',
  name: 'ir.pth',
  layout: 'IR-50 (SCF layout)',
  parameters: 43_590_976,
  input: { order: 'RGB', mean: 127.5, scale: 1 / 128 },
  embeddingDim: 256,
  convShape: [7, 7, 512],
  convFeatureName: 'body',
  inputOrigin: { kind: 'default', by: 'InsightFace' },
  outline: { stages: [], tapStage: -1, lastOperations: null },
  hash: 'ab',
};
const centres: CentresInUse = {
  name: 'files:fc.pt',
  form: 'A bare matrix',
  classes: 10,
  dimension: 512,
  parts: [{ name: 'fc.pt', classes: 10 }],
  zeroRows: 0,
};

describe('the slice of models', () => {
  it('drops class centres that don’t fit the dimension of the new backbone', () => {
    const state = { ...initialModelState, centres };
    expect(modelReducer({ type: 'backbone', backbone, heads: [] }, state).centres).toBeNull();
    expect(
      modelReducer(
        { type: 'backbone', backbone: { ...backbone, embeddingDim: 512 }, heads: [] },
        state,
      ).centres,
    ).toBe(centres);
  });

  it('gives a run the dimensions of its backbone', () => {
    expect(backboneSettings(backbone)).toEqual({
      backbone: 'files:ir.pth',
      inputConvention: 'auto',
      convFeature: 'body',
      zDim: 256,
      convfDim: 25088,
    });
  });
});

describe('an input convention as text', () => {
  it.each([1 / 127.5, 1 / 128, 1, 1 / 255])('is parsed back to the same numbers: %d', (scale) => {
    const read = parseInputConvention(formatInputConvention({ order: 'BGR', mean: 127.5, scale }))!;
    expect(read).toMatchObject({ order: 'BGR', mean: 127.5 });
    expect(read.scale).toBeCloseTo(scale, 9);
  });
});

describe('the dimensions of a pasted command', () => {
  const command = readPublishedCommand('python train.py --z_dim 512 --convf_dim 25088 --lr 1e-3');

  it('are replaced by the backbone’s, with a note for each that differs', () => {
    const { config, notes } = withBackboneDimensions(command, backbone);
    expect(config).toMatchObject({ zDim: 256, convfDim: 25088, learningRate: 1e-3 });
    expect(notes.filter(({ what }) => what !== 'mapped')).toEqual([
      {
        flag: '--z_dim',
        value: '512',
        what: 'read-otherwise',
        sentence: 'The backbone in use has 256; 512 is ignored.',
      },
    ]);
  });

  it('stay if the command names another backbone, or none is in use', () => {
    expect(withBackboneDimensions(command, null)).toMatchObject({ config: { zDim: 512 } });
    const other = { ...command, config: { ...command.config, backbone: 'https://host/r50.onnx' } };
    expect(withBackboneDimensions(other, backbone).config.zDim).toBe(512);
  });
});
