import { describe, expect, it } from 'vitest';
import { irFixture } from '../../../../test/fixtures/ir-fixtures';
import {
  iresnetShapes as iresnet,
  publishedShapes as published,
  type Shapes,
} from '../../../../test/fixtures/ir-shapes';
import type { TensorEntry } from '../../../formats/tensors/tensor-file';
import { recogniseIr } from './ir-recognition';

const fileOf = (shapes: Shapes, dtype: TensorEntry['dtype'] = 'F32', name = 'net.pth') => ({
  name,
  entries: new Map(
    Object.entries(shapes).map(([key, shape]) => [key, { name: key, dtype, shape }]),
  ),
});
const under = (prefix: string, shapes: Shapes): Shapes =>
  Object.fromEntries(Object.entries(shapes).map(([key, shape]) => [prefix + key, shape]));
const without = (shapes: Shapes, ...patterns: RegExp[]): Shapes =>
  Object.fromEntries(
    Object.entries(shapes).filter(([key]) => !patterns.some((pattern) => pattern.test(key))),
  );
const refusal = (shapes: Shapes, dtype?: TensorEntry['dtype']) => {
  try {
    return recogniseIr(fileOf(shapes, dtype));
  } catch (thrown) {
    return thrown as Error & { code: string; nextStep: string };
  }
};

describe('recogniseIr', () => {
  // The numbers of parameters are those that PyTorch counts.
  it.each([
    ['IR-50 (SCF layout)', published([3, 4, 14, 3]), 43_573_952],
    ['IR-100 (SCF layout)', published([3, 13, 30, 3]), 65_128_768],
    ['IR-152 (SCF layout)', published([3, 8, 36, 3]), 70_736_576],
    ['IR-SE-50 (SCF layout)', published([3, 4, 14, 3], { se: true }), 43_796_672],
    ['IR-100 (TFace layout)', published([3, 13, 30, 3], { mid: true }), 65_150_912],
    ['IR-SE-152 (TFace layout)', published([3, 8, 36, 3], { mid: true, se: true }), null],
    ['IR of 1/1/2/1 units (SCF layout)', published([1, 1, 2, 1]), null],
    ['iresnet18 (InsightFace)', iresnet([2, 2, 2, 2]), 24_025_600],
    ['iresnet34 (InsightFace)', iresnet([3, 4, 6, 3]), 34_139_328],
    ['iresnet50 (InsightFace)', iresnet([3, 4, 14, 3]), 43_590_848],
    ['iresnet100 (InsightFace)', iresnet([3, 13, 30, 3]), 65_156_160],
    ['iresnet200 (InsightFace)', iresnet([6, 26, 60, 6]), 118_833_920],
    ['iresnet of 1/2/2/3 units (InsightFace)', iresnet([1, 2, 2, 3]), null],
  ] as const)('recognises %s', (name, shapes, parameters) => {
    const layout = recogniseIr(fileOf(shapes));
    expect([layout.name, layout.convShape, layout.embeddingDim]).toEqual([name, [7, 7, 512], 512]);
    expect(layout.tensors.map((tensor) => tensor.name).sort()).toEqual(
      Object.keys(shapes)
        .filter((key) => !key.endsWith('tracked'))
        .sort(),
    );
    if (parameters !== null) expect(layout.parameters).toBe(parameters);
  });

  it.each(['model.', 'state_dict.model.'])(
    'recognises AdaFace’s checkpoints by the head next to %s',
    (prefix) => {
      const network = published([3, 13, 30, 3], { mid: true });
      const headPrefix = prefix.replace('model.', 'head.');
      const head = {
        [`${headPrefix}kernel`]: [512, 10],
        [`${headPrefix}t`]: [1],
        [`${headPrefix}batch_mean`]: [1],
        [`${headPrefix}batch_std`]: [1],
      };
      const whole = recogniseIr(fileOf({ ...under(prefix, network), ...head }));
      expect(whole).toMatchObject({
        family: 'tface',
        code: 'adaface',
        prefix,
        name: 'IR-100 (TFace layout), of AdaFace’s code',
      });
      const other = { [`${headPrefix}kernel`]: [512, 10] };
      expect(recogniseIr(fileOf({ ...under(prefix, network), ...other })).code).toBe('tface');
    },
  );

  it('derives the options and the strides from the keys', () => {
    const scf = recogniseIr(fileOf(published([3, 13, 30, 3])));
    expect(scf).toMatchObject({
      family: 'scf',
      se: false,
      midBatchNorm: false,
      stage1Shortcut: 'maxpool',
      unitsPerStage: [3, 13, 30, 3],
    });
    expect(scf.units.flatMap(({ stride }, i) => (stride === 2 ? [i] : []))).toEqual([0, 3, 16, 46]);
    expect(recogniseIr(fileOf(published([3, 4, 14, 3], { mid: true, se: true })))).toMatchObject({
      family: 'tface',
      se: true,
      midBatchNorm: true,
      stage1Shortcut: 'maxpool',
    });
    expect(recogniseIr(fileOf(iresnet([2, 2, 2, 2])))).toMatchObject({
      family: 'insightface',
      midBatchNorm: true,
      stage1Shortcut: 'conv',
    });
  });

  it('recognises files that PyTorch wrote', async () => {
    for (const [name, family] of [
      ['scf', 'scf'],
      ['scf-se', 'scf'],
      ['tface-se', 'tface'],
      ['insightface', 'insightface'],
    ] as const) {
      const { file, arrays } = await irFixture(name);
      const layout = recogniseIr(file);
      expect([layout.family, layout.se, layout.unitsPerStage, layout.tensors.length]).toEqual([
        family,
        name.endsWith('-se'),
        [2, 1, 1, 1],
        arrays.size,
      ]);
    }
  });

  it.each([
    'module.',
    'backbone.',
    'state_dict.',
    'model.',
    'state_dict_backbone.module.',
    'checkpoints.3.model.',
  ])('strips the prefix %s', (prefix) => {
    for (const shapes of [published([3, 4, 14, 3]), iresnet([2, 2, 2, 2])]) {
      const [bare, named] = [
        recogniseIr(fileOf(shapes)),
        recogniseIr(fileOf({ ...under(prefix, shapes), 'epoch.rate': [3] })),
      ];
      expect(named).toMatchObject({ prefix, name: bare.name, parameters: bare.parameters });
      expect(named.units[4]!.conv2).toBe(prefix + bare.units[4]!.conv2);
    }
  });
});

/** Matches the error of an IR-50 without the first six arrays of its unit 7. */
const SIX_MISSING = new RegExp(
  String.raw`looks like IR-50 \(SCF layout\).*` +
    String.raw`6 missing: body\.7\.res_layer\.0\.weight, .* and 1 more\.$`,
);

describe('a file that is not recognised', () => {
  const net = published([3, 4, 14, 3]);

  it('is refused with what is missing, surplus and of another shape, five of each', () => {
    const missing = refusal(without(net, /^body\.7\.res_layer\.[0-2]/));
    expect(missing).toMatchObject({
      code: 'bad-model',
      message: expect.stringMatching(SIX_MISSING),
    });
    const surplus = refusal({ ...net, 'head.weight': [85742, 512], 'input_layer.3.weight': [4] });
    expect(surplus).toMatchObject({
      message: expect.stringContaining('2 surplus: head.weight, input_layer.3.weight.'),
    });
    const wrong = refusal({
      ...net,
      'body.2.res_layer.3.weight': [64, 64, 1, 1],
      'output_layer.3.bias': [256],
    });
    expect(wrong).toMatchObject({
      message: expect.stringContaining(
        '2 of another shape: body.2.res_layer.3.weight is [64, 64, 1, 1], [64, 64, 3, 3] ' +
          'was expected; output_layer.3.bias is [256], [512] was expected.',
      ),
    });
    expect((missing as Error & { nextStep: string }).nextStep).toMatch(
      /published backbones\.py.*TFace.*InsightFace/,
    );
  });

  it('has its units counted, not taken from the highest number', () => {
    const shapes = Object.fromEntries(
      Object.entries(net).map(([key, shape]) => [
        key.replace(/^body\.23\./, 'body.4000000000.'),
        shape,
      ]),
    );
    expect(refusal(shapes)).toMatchObject({
      message: expect.stringMatching(/missing: body\.23\..*surplus: body\.4000000000/),
    });
  });

  it('is refused with the picture size that the network is for', () => {
    expect(refusal({ ...net, 'output_layer.3.weight': [512, 512 * 14 * 14] })).toMatchObject({
      nextStep: expect.stringContaining('pictures of 224 × 224'),
    });
  });

  it('is refused if its weights are integers', () => {
    expect(refusal(net, 'I8')).toMatchObject({
      message: expect.stringContaining('input_layer.0.weight is of type I8'),
    });
  });

  it('is refused as an iresnet without its shortcut, or a ResNet with what it lacks', () => {
    expect(refusal(without(iresnet([2, 2, 2, 2]), /layer1\.0\.downsample/))).toMatchObject({
      message: expect.stringContaining('5 missing: layer1.0.downsample.0.weight'),
    });
    expect(refusal(without(iresnet([2, 2, 2, 2]), /prelu/, /bn3/, /features/))).toMatchObject({
      message: expect.stringMatching(/looks like iresnet18.*missing: prelu\.weight/),
    });
    expect(refusal(without(iresnet([2, 2, 2, 2]), /layer4/))).toMatchObject({
      message: expect.stringContaining('stages of 2, 2, 2, 0'),
    });
  });

  it('is refused for bottleneck units, by name, and for two networks in one file', () => {
    expect(refusal({ ...net, 'body.0.res_layer.8.weight': [256] })).toMatchObject({
      message: expect.stringContaining('bottleneck'),
    });
    expect(refusal({ ...under('model.', net), ...under('ema.', net) })).toMatchObject({
      message: expect.stringContaining('2 networks, under "model" and "ema"'),
    });
  });

  it.each([
    ['a head', { 'uncer_net_state_dict._log_kappa.0.weight': [12544, 25088] }, 'confidence head'],
    [
      'an FC layer',
      { 'arc_face_state_dict.weight': [85742, 512], 'arc_face_state_dict.m': [1] },
      'FC layer',
    ],
    ['a bare matrix', { '': [85742, 512] }, 'one matrix'],
    [
      'an optimiser',
      { 'opt_state.state.0.exp_avg': [3], 'opt_state.state.0.exp_avg_sq': [3] },
      'optimiser',
    ],
    ['nothing', {}, 'no array'],
    [
      'something else',
      { 'a.weight': [3], 'b.weight': [4] },
      'It holds 2 arrays: "a.weight" [3], "b.weight" [4]. ',
    ],
  ] as const)('is refused as %s', (_, shapes, words) => {
    const thrown = refusal(shapes);
    expect(thrown).toMatchObject({
      code: 'bad-model',
      nextStep: expect.stringContaining('backbones.py'),
    });
    expect(`${(thrown as Error).message} `).toContain(words);
  });
});
