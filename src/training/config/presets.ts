import type { PresetName, RunConfig } from './run-settings';

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
  patience: 0,
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
 * Presets: complete settings by name. `demo` is for drawn faces and converges in a couple of
 * minutes; `photographs` is for pictures of real people, and fits itself to their number
 * (`adapt-to-size.ts`); `published` has the values of the paper's code.
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
  photographs: {
    ...shared,
    preset: 'photographs',
    head: 'compact',
    batchSize: 256,
    microBatch: 0,
    epochs: 8,
    learningRate: 3e-3,
    schedule: 'StepLR',
    stepSize: 2,
    gamma: 0.4,
    patience: 3,
    weightDecay: 0.02,
    numWorkers: 2,
    dropLast: false,
    flip: true,
    augmentation: 1,
    features: 'reuse',
    copies: 5,
    centres: 'first-pass',
    shuffleBuffer: 8192,
    maxValidationImages: 8000,
    fullReadings: 2000,
    checkpointEvery: 200,
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

/** Addresses and folders of the demo's shards, in the page and on a disk. */
const DEMO_SHARDS = /(^|[\\/])shards[\\/]demo([\\/]|$)/;

/**
 * The preset that suits a source: `demo` for the faces that the studio draws, `photographs` for
 * every other.
 * @param shards as `config.shards`
 */
export const presetFor = (shards: string): PresetName =>
  DEMO_SHARDS.test(shards) ? 'demo' : 'photographs';

/**
 * Settings for another source. The preset changes to the one that suits the source, if it suited
 * the source before; a preset that a person has chosen against that stays. So does every setting
 * that differs from its preset.
 */
export function withSource(config: RunConfig, shards: string): RunConfig {
  const before = presets[config.preset];
  const wanted = presetFor(shards);
  if (config.preset !== presetFor(config.shards) || config.preset === wanted)
    return { ...config, shards };
  const own = Object.entries(config).filter(
    ([key, value]) => before[key as keyof RunConfig] !== value,
  );
  return { ...presets[wanted], ...Object.fromEntries(own), preset: wanted, shards };
}

/** Why a run has its preset, in a sentence for a person. */
export function presetSentence({ preset, shards }: Pick<RunConfig, 'preset' | 'shards'>): string {
  const wanted = presetFor(shards);
  if (preset !== wanted)
    return `The preset is "${preset}" by choice; for this source it would be "${wanted}".`;
  return preset === 'demo'
    ? 'The preset is "demo", because the source is the demo\'s drawn faces.'
    : 'The preset is "photographs", because the source is not the demo\'s drawn faces.';
}
