import type { ShuffleMode } from '../../faces/face-source';
import { trainedMethodNames, type TrainedMethodName } from '../../confidence/confidence-method';
import type { ObjectiveMode } from '../../confidence/vmf';
import { StudioError } from '../../core/studio-error';
import type { HeadName } from '../../models/heads/confidence-head';
import { parseInputConvention } from '../../models/backbones/input-convention-text';
import {
  type NumberRule,
  badSetting,
  requireNumbers,
  requireChoices,
} from '../../core/setting-rules';

/** The schedule of the learning rate, as PyTorch's scheduler of the same name. */
export type ScheduleName = 'StepLR' | 'ReduceLROnPlateau';

export type { ObjectiveMode };

/**
 * All settings of a run, as plain data: kept in the URL, in the checkpoint and in the head's
 * metadata. Settings have the names of the published command's flags in camel case (`batch_size` is
 * `batchSize`), with few exceptions (`lr` is `learningRate`): `published-flags.ts` lists them all.
 */
export interface RunConfig {
  readonly preset: PresetName;
  readonly seed: number;
  /**
   * URL of a manifest (`….json`) or a brace pattern of tar shards; `files:NAME` for a picked
   * folder.
   */
  readonly shards: string;
  /** Address of an ONNX, PyTorch or safetensors file; `files:NAME` for a picked one. */
  readonly backbone: string;
  /**
   * What the backbone is fed: `auto` for what its file or its kind says, or order, mean and divisor
   * as `RGB 127.5 128`, which is (x − 127.5)/128 in RGB.
   */
  readonly inputConvention: string;
  /**
   * The conv feature that feeds the head: the body's raw output, as published, or that after the
   * last BatchNorm.
   */
  readonly convFeature: 'body' | 'after-bn';
  readonly head: HeadName;
  /**
   * What the head learns to predict: `scf` and `pfe-v` a κ, `scf-g` a 1/σ², `pfe-g` a 1/σ² for each
   * dimension.
   */
  readonly method: TrainedMethodName;
  /** Pictures of one identity in a batch. For `pfe-g` and `pfe-v` only, which learn from pairs. */
  readonly picturesPerIdentity: number;
  /** The loss of `scf`. */
  readonly objective: ObjectiveMode;
  /** vMF radius r. Shifts the loss by a constant; has no effect on training or ranking. */
  readonly radius: number;
  /** Embedding dimension d. Must be the backbone's. */
  readonly zDim: number;
  /** Size of the flattened conv feature. Must be the backbone's. */
  readonly convfDim: number;
  readonly batchSize: number;
  /**
   * Pictures in one forward and backward pass; the gradients of a larger batch are summed. 0 takes
   * the whole batch.
   */
  readonly microBatch: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly schedule: ScheduleName;
  /** StepLR: epochs between drops. ReduceLROnPlateau: epochs of patience. */
  readonly stepSize: number;
  readonly gamma: number;
  /** Coupled L2, added to the gradient as PyTorch's Adam does. */
  readonly weightDecay: number;
  /** Clip each gradient element to ± this; 0 is off. */
  readonly maxGradClip: number;
  /** Rescale the whole gradient to at most this L2 norm; 0 is off. */
  readonly maxGradNorm: number;
  /** Decode workers. */
  readonly numWorkers: number;
  readonly dropLast: boolean;
  /** Mirror half of the pictures. */
  readonly flip: boolean;
  /** Strength 0..1 of the degradation augmentation; 0 is off. */
  readonly augmentation: number;
  /**
   * `reuse`: every picture (and `copies − 1` augmented copies) goes through the backbone once, and
   * the epochs train on the cached features. `stream`: every epoch streams and embeds the pictures
   * again, with new augmentation.
   */
  readonly features: 'reuse' | 'stream';
  /** With `reuse`: cached copies of each picture, the first unchanged, the others augmented. */
  readonly copies: number;
  /**
   * Where class centres come from. `first-pass`: every picture is embedded once before the first
   * step. `growing`: training begins without such a pass; in the first epoch a picture is compared
   * with the mean of the earlier pictures of its identity, and from the second epoch on with the
   * mean of all. Only with `stream`: cached features need the first pass anyhow. `file`: rows of
   * {@link centreFiles}. `arcface` and `cosface`: a classifier trained on the embeddings of the
   * first pass.
   */
  readonly centres: 'first-pass' | 'growing' | 'file' | 'arcface' | 'cosface';
  /**
   * With `centres: file`: address of a file of class centres, or `files:NAME` for picked ones.
   * Empty otherwise.
   */
  readonly centreFiles: string;
  /** Margin of the ArcFace (radians) or CosFace (cosine) classifier, and its scale. */
  readonly margin: number;
  readonly marginScale: number;
  /** Epochs of the classifier over the embeddings. */
  readonly centreEpochs: number;
  /** Share of the other classes in the softmax of a classifier's step; 1 is all. */
  readonly negativeShare: number;
  /**
   * How an epoch is shuffled. `auto` takes the most thorough shuffle that the source does cheaply.
   */
  readonly shuffle: 'auto' | ShuffleMode;
  readonly shuffleBuffer: number;
  /** Share of identities held out for validation. */
  readonly validationFraction: number;
  /** The most pictures of held-out identities that validation uses (copies included). */
  readonly maxValidationImages: number;
  /**
   * Validation pictures (copies included) that are read again at the end, as Compare and the
   * command line read them.
   */
  readonly fullReadings: number;
  /** Steps between checkpoints; each epoch also ends with one. */
  readonly checkpointEvery: number;
  /** Steps between validations besides the one that ends each epoch; 0 is none. */
  readonly validateEvery: number;
  /** Write TensorBoard event files. */
  readonly tensorboard: boolean;
}

export type PresetName = 'demo' | 'published';

const shared = {
  seed: 777,
  shards: 'shards/demo/manifest.json',
  backbone: 'models/fr_feature.onnx',
  inputConvention: 'auto',
  convFeature: 'body',
  method: 'scf',
  picturesPerIdentity: 4,
  objective: 'exact',
  radius: 64,
  zDim: 512,
  convfDim: 25088,
  maxGradClip: 0,
  maxGradNorm: 0,
  centreFiles: '',
  margin: 0.5,
  marginScale: 64,
  centreEpochs: 20,
  negativeShare: 1,
  tensorboard: false,
  validationFraction: 0.2,
  maxValidationImages: 4000,
  shuffle: 'auto',
} as const;

/**
 * Presets: complete settings by name. `demo` converges in a couple of minutes; `published` has the
 * values of the paper's code.
 */
export const presets: Record<PresetName, RunConfig> = {
  demo: {
    ...shared,
    preset: 'demo',
    head: 'compact',
    batchSize: 64,
    microBatch: 0,
    epochs: 30,
    learningRate: 4e-3,
    schedule: 'StepLR',
    stepSize: 8,
    gamma: 0.4,
    weightDecay: 0.03,
    numWorkers: 2,
    dropLast: false,
    flip: false,
    augmentation: 0,
    features: 'reuse',
    copies: 1,
    centres: 'first-pass',
    shuffleBuffer: 1024,
    fullReadings: 500,
    checkpointEvery: 100,
    validateEvery: 0,
  },
  published: {
    ...shared,
    preset: 'published',
    head: 'reference',
    objective: 'reference',
    batchSize: 1024,
    microBatch: 128,
    epochs: 30,
    learningRate: 3e-5,
    schedule: 'StepLR',
    stepSize: 2,
    gamma: 0.5,
    weightDecay: 5e-4,
    numWorkers: 8,
    dropLast: true,
    flip: true,
    augmentation: 0,
    features: 'stream',
    copies: 1,
    centres: 'growing',
    shuffleBuffer: 8192,
    fullReadings: 4000,
    checkpointEvery: 200,
    validateEvery: 200,
  },
};

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
  preset: ['demo', 'published'],
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
