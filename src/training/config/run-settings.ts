import * as v from 'valibot';
import { trainedMethodNames } from '../../confidence/confidence-method';
import {
  choice,
  flag,
  numberWithin,
  text,
  textWithWords,
  type Schema,
} from '../../core/schema/schema';
import {
  numberRulesOf,
  optionsOf,
  schemaOfSettings,
  type ConfigOf,
  type NumberNames,
} from '../../core/schema/setting-rules';
import { inputConventionText } from '../../models/backbones/input-convention-text';
import { headNames } from '../../models/heads/confidence-head';

/** Names of complete settings. */
export const presetNames = ['demo', 'photographs', 'published'] as const;
export type PresetName = (typeof presetNames)[number];

/** One value for all presets, or one for each. */
type Presets<T> = T | Readonly<Record<PresetName, T>>;

/** A setting of a run: what it takes, and what it is in each preset. */
function setting<T extends string | number | boolean>(schema: Schema<T>, value: Presets<T>) {
  const presets: Readonly<Record<PresetName, T>> =
    typeof value === 'object' ? value : { demo: value, photographs: value, published: value };
  return { schema, presets };
}

const whole = (min: number, max: number) => numberWithin({ min, max, integer: true });
const between = (min: number, max: number) => numberWithin({ min, max });

/**
 * Every setting of a run: its type, what it takes, and its value in each preset. The form, the
 * command line, published flags, links and stored files all go by this. Settings have the names of
 * the published command's flags in camel case (`batch_size` is `batchSize`), with few exceptions
 * (`lr` is `learningRate`): `published-flags.ts` lists them all.
 *
 * To rename or remove a setting, or to add one whose presets differ from what was done before it:
 * see `stored-config.ts`.
 */
export const runSettings = {
  preset: setting(choice(presetNames), {
    demo: 'demo',
    photographs: 'photographs',
    published: 'published',
  }),
  seed: setting(whole(0, 4294967295), 777),
  /**
   * URL of a manifest (`….json`) or a brace pattern of tar shards; `files:NAME` for a picked
   * folder.
   */
  shards: setting(
    textWithWords('the URL of a manifest or a pattern such as ms1m-{0000..0099}.tar'),
    'shards/demo/manifest.json',
  ),
  /** Address of an ONNX, PyTorch or safetensors file; `files:NAME` for a picked one. */
  backbone: setting(
    textWithWords('the address of an ONNX, PyTorch or safetensors file'),
    'models/fr_feature.onnx',
  ),
  /**
   * What the backbone is fed: `auto` for what its file or its kind says, or order, mean and divisor
   * as `RGB 127.5 128`, which is (x − 127.5)/128 in RGB.
   */
  inputConvention: setting(inputConventionText, 'auto'),
  /**
   * The conv feature that feeds the head: the body's raw output, as published, or that after the
   * last BatchNorm.
   */
  convFeature: setting(choice(['body', 'after-bn']), 'body'),
  head: setting(choice(headNames), {
    demo: 'compact',
    photographs: 'compact',
    published: 'reference',
  }),
  /**
   * What the head learns to predict: `scf` and `pfe-v` a κ, `scf-g` a 1/σ², `pfe-g` a 1/σ² for each
   * dimension.
   */
  method: setting(choice(trainedMethodNames), 'scf'),
  /** Pictures of one identity in a batch. For `pfe-g` and `pfe-v` only, which learn from pairs. */
  picturesPerIdentity: setting(whole(2, 64), 4),
  /** The loss of `scf`. */
  objective: setting(choice(['exact', 'reference']), {
    demo: 'exact',
    photographs: 'exact',
    published: 'reference',
  }),
  /** vMF radius r. Shifts the loss by a constant; has no effect on training or ranking. */
  radius: setting(between(1e-3, 1e4), 64),
  /** Embedding dimension d. Must be the backbone's. */
  zDim: setting(whole(2, 1024), 512),
  /** Size of the flattened conv feature. Must be the backbone's. */
  convfDim: setting(whole(1, 1e6), 25088),
  batchSize: setting(whole(2, 4096), { demo: 64, photographs: 256, published: 1024 }),
  /**
   * Pictures in one forward and backward pass; the gradients of a larger batch are summed. 0 takes
   * the whole batch.
   */
  microBatch: setting(whole(0, 4096), { demo: 0, photographs: 0, published: 128 }),
  epochs: setting(whole(1, 1000), { demo: 30, photographs: 8, published: 30 }),
  learningRate: setting(between(1e-8, 1), { demo: 4e-3, photographs: 3e-3, published: 3e-5 }),
  /** As PyTorch's scheduler of the same name. */
  schedule: setting(choice(['StepLR', 'ReduceLROnPlateau']), 'StepLR'),
  /** StepLR: epochs between drops. ReduceLROnPlateau: epochs of patience. */
  stepSize: setting(whole(1, 1000), { demo: 8, photographs: 2, published: 2 }),
  gamma: setting(between(1e-3, 1), { demo: 0.4, photographs: 0.4, published: 0.5 }),
  /**
   * Epochs in a row without a lower validation loss after which a run ends early; 0 runs all
   * epochs.
   */
  patience: setting(whole(0, 1000), { demo: 0, photographs: 3, published: 0 }),
  /** Coupled L2, added to the gradient as PyTorch's Adam does. */
  weightDecay: setting(numberWithin({ min: 0, max: 1, first: 1e-4 }), {
    demo: 0.03,
    photographs: 0.02,
    published: 5e-4,
  }),
  /** Clip each gradient element to ± this; 0 is off. */
  maxGradClip: setting(between(0, 1e6), 0),
  /** Rescale the whole gradient to at most this L2 norm; 0 is off. */
  maxGradNorm: setting(between(0, 1e6), 0),
  /** Decode workers. */
  numWorkers: setting(whole(1, 32), { demo: 2, photographs: 2, published: 8 }),
  dropLast: setting(flag, { demo: false, photographs: false, published: true }),
  /** Mirror half of the pictures. */
  flip: setting(flag, { demo: false, photographs: true, published: true }),
  /** Strength 0..1 of the degradation augmentation; 0 is off. */
  augmentation: setting(between(0, 1), { demo: 0, photographs: 1, published: 0 }),
  /**
   * `reuse`: every picture (and `copies − 1` augmented copies) goes through the backbone once, and
   * the epochs train on the cached features. `stream`: every epoch streams and embeds the pictures
   * again, with new augmentation.
   */
  features: setting(choice(['reuse', 'stream']), {
    demo: 'reuse',
    photographs: 'reuse',
    published: 'stream',
  }),
  /** With `reuse`: cached copies of each picture, the first unchanged, the others augmented. */
  copies: setting(whole(1, 16), { demo: 1, photographs: 5, published: 1 }),
  /**
   * Where class centres come from. `first-pass`: every picture is embedded once before the first
   * step. `growing`: training begins without such a pass; in the first epoch a picture is compared
   * with the mean of the earlier pictures of its identity, and from the second epoch on with the
   * mean of all. Only with `stream`: cached features need the first pass anyhow. `arcface` and
   * `cosface`: a classifier trained on the embeddings of the first pass. `file`: rows of
   * {@link centreFiles}.
   */
  centres: setting(choice(['first-pass', 'growing', 'arcface', 'cosface', 'file']), {
    demo: 'first-pass',
    photographs: 'first-pass',
    published: 'growing',
  }),
  /**
   * With `centres: file`: address of a file of class centres, or `files:NAME` for picked ones.
   * Empty otherwise.
   */
  centreFiles: setting(text, ''),
  /** Margin of the ArcFace (radians) or CosFace (cosine) classifier, and its scale. */
  margin: setting(between(0, 1), 0.5),
  marginScale: setting(between(1, 1000), 64),
  /** Epochs of the classifier over the embeddings. */
  centreEpochs: setting(whole(1, 1000), 20),
  /** Share of the other classes in the softmax of a classifier's step; 1 is all. */
  negativeShare: setting(between(1e-4, 1), 1),
  /**
   * How an epoch is shuffled. `auto` takes the most thorough shuffle that the source does cheaply.
   */
  shuffle: setting(choice(['auto', 'global', 'blocks']), 'auto'),
  shuffleBuffer: setting(whole(0, 100_000), { demo: 1024, photographs: 8192, published: 8192 }),
  /** Share of identities held out for validation. */
  validationFraction: setting(between(0.01, 0.9), 0.2),
  /** The most pictures of held-out identities that validation uses (copies included). */
  maxValidationImages: setting(whole(10, 100_000), {
    demo: 4000,
    photographs: 8000,
    published: 4000,
  }),
  /**
   * Validation pictures (copies included) that are read again at the end, as Compare and the
   * command line read them.
   */
  fullReadings: setting(whole(50, 100_000), { demo: 500, photographs: 2000, published: 4000 }),
  /** Steps between checkpoints; each epoch also ends with one. */
  checkpointEvery: setting(whole(1, 1_000_000), { demo: 100, photographs: 200, published: 200 }),
  /** Steps between validations besides the one that ends each epoch; 0 is none. */
  validateEvery: setting(whole(0, 1_000_000), { demo: 0, photographs: 0, published: 200 }),
  /** Write TensorBoard event files. */
  tensorboard: setting(flag, false),
} as const;

/**
 * All settings of a run, as plain data: kept in the URL, in the checkpoint and in the head's
 * metadata. One that was read from a file may carry names that another version of the studio wrote:
 * see `stored-config.ts`.
 */
export type RunConfig = ConfigOf<typeof runSettings>;

/** A complete config. Names that this version doesn't know stay in it. */
export const runConfigSchema: Schema<RunConfig> = v.pipe(
  schemaOfSettings(runSettings),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { centres, centreFiles } = dataset.value;
    if ((centres === 'file') === (centreFiles.trim() !== '')) return;
    addIssue({
      message: 'the address of class centres where "centres" is "file", and nothing otherwise',
      input: centreFiles,
      path: [placeIn(dataset.value, 'centreFiles')],
    });
  }),
);

/** The place of a setting, for an issue of the whole config. */
const placeIn = (input: RunConfig, key: keyof RunConfig): v.ObjectPathItem => ({
  type: 'object',
  origin: 'value',
  input: { ...input },
  key,
  value: input[key],
});

/** The names of all settings, in their order. */
export const settingNames = Object.keys(runSettings) as (keyof RunConfig)[];

/** The settings that are numbers. */
export type NumberSetting = NumberNames<typeof runSettings>;

/** Bounds of every numeric setting, for the form's inputs and for published flags. */
export const numberRules = numberRulesOf(runSettings);

/** The values of a setting that is a choice, for the form. */
export const optionsOfSetting = (name: keyof RunConfig): readonly string[] =>
  optionsOf(runSettings, name);
