import { describe, expect, it } from 'vitest';
import { StudioError } from '../../core/studio-error';
import {
  differencesFromPreset,
  numberRules,
  presetFor,
  presetSentence,
  presets,
  resolveConfig,
  withSource,
  type PresetName,
  type RunConfig,
} from './run-config';
import { parseInputConvention } from '../../models/backbones/input-convention-text';

function refusal(partial: Readonly<Record<string, unknown>>): StudioError {
  try {
    resolveConfig(partial);
  } catch (thrown) {
    if (thrown instanceof StudioError) return thrown;
    throw thrown;
  }
  throw new Error(`${JSON.stringify(partial)} was taken.`);
}

/** Values that each setting must refuse. The type requires an entry for every setting. */
const badValues: Readonly<Record<keyof RunConfig, readonly unknown[]>> = {
  preset: ['toString', 'Demo', null, 3],
  seed: [-1, 1.5, 2 ** 32, '777', NaN],
  shards: ['', '  ', 7, null],
  head: ['linear', null, 1],
  method: ['cosine', 'SCF', null],
  picturesPerIdentity: [1, 2.5, 65],
  objective: ['Exact', undefined],
  radius: [0, -64, 1e5, Infinity],
  zDim: [1, 512.5, 4096],
  convfDim: [0, 25088.5, 1e7],
  batchSize: [1, 5000, 64.5, '64', null],
  epochs: [0, 1001, 1.5],
  learningRate: [0, -1e-3, 2, NaN],
  schedule: ['CosineAnnealingLR', ''],
  stepSize: [0, 2.5, 1001],
  gamma: [0, 1.1],
  patience: [-1, 1.5, 1001],
  weightDecay: [-1e-4, 2],
  maxGradClip: [-1, Infinity],
  maxGradNorm: [-1, 1e7],
  numWorkers: [0, 33, 1.5],
  dropLast: [1, 'true', null],
  flip: [0, 'no'],
  augmentation: [-0.1, 1.1],
  features: ['keep', true],
  copies: [0, 17, 1.5],
  shuffleBuffer: [-1, 1e6, 0.5],
  validationFraction: [0, 0.95],
  maxValidationImages: [9, 1e6],
  fullReadings: [49, 1e6],
  checkpointEvery: [0, 0.5, 1e7],
  validateEvery: [-1, 0.5, 1e7],
  centres: ['first', null],
  shuffle: ['none', true],
  backbone: ['', ' ', null, 7],
  inputConvention: ['', 'RGB', 'rgb 127.5 128', 'RGB 127.5 0', 'RGB 1.2.3 4', 'GBR 0 1', null],
  convFeature: ['auto', ''],
  microBatch: [-1, 5000, 1.5],
  centreFiles: ['files:fc.pt', null, 7],
  margin: [-0.1, 1.5],
  marginScale: [0, 1e4],
  centreEpochs: [0, 1.5],
  negativeShare: [0, 1.1],
  tensorboard: [1, 'yes'],
};

describe('resolveConfig', () => {
  it('takes centres "file" only with centreFiles', () => {
    expect(resolveConfig({ centres: 'file', centreFiles: 'files:fc.pt' }).centreFiles).toBe(
      'files:fc.pt',
    );
    expect(refusal({ centres: 'file' }).message).toContain('centreFiles');
  });

  it('reads an input convention', () => {
    expect(parseInputConvention('BGR 127.5 128')).toEqual({
      order: 'BGR',
      mean: 127.5,
      scale: 1 / 128,
    });
    expect(parseInputConvention('auto')).toBeNull();
  });

  it('gives the demo preset by default', () => {
    expect(resolveConfig({})).toEqual(presets.demo);
  });

  it.each(Object.keys(presets) as PresetName[])('resolves the %s preset to itself', (preset) => {
    expect(resolveConfig({ preset })).toEqual(presets[preset]);
    expect(presets[preset].preset).toBe(preset);
  });

  it('has the published command as a preset', () => {
    expect(resolveConfig({ preset: 'published' })).toMatchObject({
      seed: 777,
      batchSize: 1024,
      epochs: 30,
      learningRate: 3e-5,
      schedule: 'StepLR',
      stepSize: 2,
      gamma: 0.5,
      convfDim: 25088,
      zDim: 512,
      radius: 64,
      maxGradClip: 0,
      maxGradNorm: 0,
      numWorkers: 8,
      weightDecay: 5e-4,
      dropLast: true,
      head: 'reference',
      objective: 'reference',
    });
  });

  it('overrides the preset with the given settings', () => {
    expect(resolveConfig({ preset: 'published', epochs: 3 })).toEqual({
      ...presets.published,
      epochs: 3,
    });
  });

  it.each(Object.entries(badValues))('refuses a bad %s and names it', (field, values) => {
    for (const value of values) {
      const error = refusal({ [field]: value });
      expect(error.code, String(value)).toBe('bad-config');
      expect(error.message, String(value)).toContain(`"${field}"`);
      expect(error.nextStep).not.toBe('');
    }
  });

  it('takes both ends of every range, and nothing beyond them', () => {
    for (const [field, { min, max }] of Object.entries(numberRules)) {
      for (const value of [min, max])
        expect(resolveConfig({ [field]: value }), field).toMatchObject({ [field]: value });
      for (const value of [min - 1e-9 - min * 1e-6, max + 1])
        expect(refusal({ [field]: value }).message).toContain(`from ${min} to ${max}`);
    }
  });

  it('says what was found, also NaN and Infinity', () => {
    expect(refusal({ epochs: NaN }).message).toContain('is NaN;');
    expect(refusal({ epochs: -Infinity }).message).toContain('is -Infinity;');
    expect(refusal({ epochs: 'ten' }).message).toContain('is "ten";');
  });

  it.each(['batch_size', 'Epochs', 'toString', 'constructor', 'hasOwnProperty'])(
    'refuses "%s", which is no setting',
    (key) => {
      expect(refusal({ [key]: 1 })).toMatchObject({
        code: 'bad-config',
        message: expect.stringContaining(`"${key}"`),
      });
    },
  );

  it('takes the preset that suits the source, and keeps what a person has changed', () => {
    const mine = withSource({ ...presets.demo, seed: 5 }, 'files:mine');
    expect(mine).toEqual({ ...presets.photographs, seed: 5, shards: 'files:mine' });
    expect(withSource(mine, presets.demo.shards)).toEqual({ ...presets.demo, seed: 5 });
  });

  it('leaves a preset alone that a person has chosen against the source', () => {
    const chosen = { ...presets.published, shards: 'files:mine' };
    expect(withSource(chosen, 'files:other').preset).toBe('published');
    const demo = { ...presets.demo, shards: 'files:mine' };
    expect(withSource(demo, 'files:other')).toEqual({ ...demo, shards: 'files:other' });
    expect(presetSentence(demo)).toContain('by choice');
  });

  it.each([
    ['shards/demo/manifest.json', 'demo'],
    ['public/shards/demo', 'demo'],
    ['shards\\demo', 'demo'],
    ['shards/demo/demo-0000.tar', 'demo'],
    ['shards', 'photographs'],
    ['my-shards/demo', 'photographs'],
    ['files:demo', 'photographs'],
    ['https://host/faces-{00..09}.tar', 'photographs'],
  ])('has a preset for %s: %s', (shards, preset) => {
    expect(presetFor(shards)).toBe(preset);
  });

  it('restores a config from its differences from the preset', () => {
    const changes = {
      seed: 5,
      shards: 'https://host/{00..09}.tar',
      head: 'compact',
      epochs: 3,
      dropLast: false,
      learningRate: 1e-7,
    } as const;
    const config = resolveConfig({ preset: 'published', ...changes });
    expect(differencesFromPreset(config)).toEqual(changes);
    expect(resolveConfig({ preset: 'published', ...differencesFromPreset(config) })).toEqual(
      config,
    );
    expect(differencesFromPreset(presets.demo)).toEqual({});
  });
});
