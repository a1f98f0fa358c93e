import { trainedMethodNames } from '../../confidence/confidence-method';
import { badSetting, requireNumbers, requireChoices } from '../../core/setting-rules';
import type { NumberRule } from '../../core/schema';
import { StudioError } from '../../core/studio-error';
import { parseInputConvention } from '../../models/backbones/input-convention-text';
import { presetFor, presets, presetSentence, withSource } from './presets';
import type { PresetName, RunConfig } from './run-settings';

export { presets, presetFor, presetSentence, withSource };
export type { ObjectiveMode } from '../../confidence/vmf';
export type { PresetName, RunConfig, ScheduleName } from './run-settings';

/** Bounds of every numeric setting, for the form's inputs and for `resolveConfig`. */
export const numberRules = {
  seed: { min: 0, max: 4294967295, integer: true },
  radius: { min: 1e-3, max: 1e4 },
  zDim: { min: 2, max: 1024, integer: true },
  convfDim: { min: 1, max: 1e6, integer: true },
  picturesPerIdentity: { min: 2, max: 64, integer: true },
  batchSize: { min: 2, max: 4096, integer: true },
  microBatch: { min: 0, max: 4096, integer: true },
  epochs: { min: 1, max: 1000, integer: true },
  learningRate: { min: 1e-8, max: 1 },
  stepSize: { min: 1, max: 1000, integer: true },
  gamma: { min: 1e-3, max: 1 },
  patience: { min: 0, max: 1000, integer: true },
  weightDecay: { min: 0, max: 1, first: 1e-4 },
  maxGradClip: { min: 0, max: 1e6 },
  maxGradNorm: { min: 0, max: 1e6 },
  numWorkers: { min: 1, max: 32, integer: true },
  augmentation: { min: 0, max: 1 },
  margin: { min: 0, max: 1 },
  marginScale: { min: 1, max: 1000 },
  centreEpochs: { min: 1, max: 1000, integer: true },
  negativeShare: { min: 1e-4, max: 1 },
  copies: { min: 1, max: 16, integer: true },
  shuffleBuffer: { min: 0, max: 100_000, integer: true },
  validationFraction: { min: 0.01, max: 0.9 },
  maxValidationImages: { min: 10, max: 100_000, integer: true },
  fullReadings: { min: 50, max: 100_000, integer: true },
  checkpointEvery: { min: 1, max: 1_000_000, integer: true },
  validateEvery: { min: 0, max: 1_000_000, integer: true },
} as const satisfies Partial<Record<keyof RunConfig, NumberRule>>;

/** Values of every setting that is a choice. */
const choices = {
  preset: ['demo', 'photographs', 'published'],
  head: ['compact', 'tface-conv', 'reference'],
  method: trainedMethodNames,
  objective: ['exact', 'reference'],
  schedule: ['StepLR', 'ReduceLROnPlateau'],
  features: ['reuse', 'stream'],
  convFeature: ['body', 'after-bn'],
  centres: ['first-pass', 'growing', 'file', 'arcface', 'cosface'],
  shuffle: ['auto', 'global', 'blocks'],
} as const;

/**
 * Completes a partial config (from a file, a URL or a form) with its preset and checks every field.
 * @throws StudioError `bad-config` naming the field, what was found and what was expected; unknown
 * keys too.
 */
export function resolveConfig(partial: Readonly<Record<string, unknown>>): RunConfig {
  const presetName = (partial.preset === undefined ? 'demo' : partial.preset) as PresetName;
  const preset = Object.hasOwn(presets, presetName) ? presets[presetName] : undefined;
  if (!preset) throw badSetting('preset', partial.preset, `one of ${choices.preset.join(', ')}`);
  for (const key of Object.keys(partial)) {
    if (!Object.hasOwn(preset, key)) {
      throw new StudioError(
        'bad-config',
        `"${key}" is not a setting of a run.`,
        `Settings are: ${Object.keys(preset).join(', ')}.`,
      );
    }
  }
  const config: RunConfig = { ...preset, ...partial, preset: presetName };
  requireNumbers(config, numberRules);
  requireChoices(config, choices);
  for (const key of ['dropLast', 'flip', 'tensorboard'] as const) {
    if (typeof config[key] !== 'boolean') throw badSetting(key, config[key], 'true or false');
  }
  if (typeof config.shards !== 'string' || config.shards.trim() === '') {
    throw badSetting(
      'shards',
      config.shards,
      'the URL of a manifest or a pattern such as ms1m-{0000..0099}.tar',
    );
  }
  if (typeof config.backbone !== 'string' || config.backbone.trim() === '')
    throw badSetting(
      'backbone',
      config.backbone,
      'the address of an ONNX, PyTorch or safetensors file',
    );
  if (
    typeof config.centreFiles !== 'string' ||
    (config.centres === 'file') !== (config.centreFiles.trim() !== '')
  ) {
    throw badSetting(
      'centreFiles',
      config.centreFiles,
      'the address of class centres where "centres" is "file", and nothing otherwise',
    );
  }
  parseInputConvention(config.inputConvention);
  return config;
}

/** The settings that differ from the preset. The page marks them, and the URL holds only these. */
export function differencesFromPreset(config: RunConfig): Partial<RunConfig> {
  const preset = presets[config.preset];
  return Object.fromEntries(
    Object.entries(config).filter(([key, value]) => preset[key as keyof RunConfig] !== value),
  );
}
