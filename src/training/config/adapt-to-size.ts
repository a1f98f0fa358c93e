import { counted } from '../../core/number-words';
import { presets } from './presets';
import type { RunConfig } from './run-settings';

/** What a source says of its size; undefined where it doesn't know. */
export interface SourceSize {
  /** Pictures, those of held-out people included. */
  readonly images?: number;
  /** Bytes of all its files. */
  readonly bytes?: number;
}

/** The settings that {@link adaptToSize} may choose. */
type AdaptedSetting = Extract<
  keyof RunConfig,
  | 'batchSize'
  | 'copies'
  | 'features'
  | 'centres'
  | 'epochs'
  | 'stepSize'
  | 'gamma'
  | 'patience'
  | 'weightDecay'
  | 'validateEvery'
>;

/** Bytes of a 112 × 112 JPEG in a shard, roughly: enough for the order of magnitude. */
const BYTES_A_PICTURE = 6500;
/** Rows of kept features, at most: about 1 GiB with the compact head. */
const MAX_KEPT = 300_000;
/** Steps in which the compact head learns what it can; later ones only fit it to its people. */
const STEPS = 640;
/** Steps of an epoch, at least: a smaller set is learnt from in smaller batches. */
const STEPS_AN_EPOCH = 8;
const [MIN_BATCH, MAX_COPIES] = [64, 8];
/** Epochs, whatever the size. */
const [MIN_EPOCHS, MAX_EPOCHS] = [2, 40];
/** The learning rate drops at most so often, and ends at this share of its start. */
const [DROPS, LAST_RATE] = [3, 0.064];
/**
 * Weight decay times the number of pictures: the fewer they are, the more a head learns by heart.
 */
const DECAY_PICTURES = 100;
const [MIN_DECAY, MAX_DECAY] = [3e-3, 0.1];

/**
 * Fits the `photographs` preset to the number of pictures. Learning is a matter of steps, so their
 * number is what stays: few pictures get more copies, smaller batches and more epochs, many get
 * fewer of each, and a set too large to keep the features of is streamed, with class centres that
 * grow. The learning rate drops after each quarter of the epochs, to the same last rate even in two
 * epochs. Weight decay falls with the number of pictures. Patience outlasts one drop. Other
 * presets, settings that a person has chosen, and a source of unknown size are left as they are.
 *
 * Applying it twice gives the same as once.
 * @param isOwn whether a person has chosen a setting; by default those that differ from the preset
 */
export function adaptToSize(
  config: RunConfig,
  size: SourceSize,
  isOwn: (name: keyof RunConfig) => boolean = (name) => config[name] !== preset[name],
): RunConfig {
  const pictures = picturesOf(size);
  if (config.preset !== 'photographs' || pictures === null) return config;
  const fit = <Name extends AdaptedSetting>(name: Name, value: RunConfig[Name]): RunConfig[Name] =>
    isOwn(name) ? config[name] : value;
  const copies = fit('copies', copiesFor(pictures));
  const isKept = copies * pictures <= MAX_KEPT;
  const features = fit('features', isKept ? 'reuse' : 'stream');
  const centres = fit('centres', features === 'stream' ? 'growing' : preset.centres);
  const trained = Math.max(1, pictures * (1 - config.validationFraction));
  const rows = trained * (features === 'reuse' ? copies : 1);
  const batchSize = fit('batchSize', batchFor(rows));
  const epochs = fit(
    'epochs',
    clamped(Math.round(STEPS / (rows / batchSize)), MIN_EPOCHS, MAX_EPOCHS),
  );
  const stepSize = fit('stepSize', Math.max(1, Math.round(epochs / (DROPS + 1))));
  const drops = Math.max(1, Math.ceil(epochs / stepSize) - 1);
  const gamma = fit('gamma', rounded(LAST_RATE ** (1 / drops)));
  const patience = fit('patience', Math.max(3, stepSize + 1));
  const weightDecay = fit(
    'weightDecay',
    rounded(clamped(DECAY_PICTURES / pictures, MIN_DECAY, MAX_DECAY)),
  );
  const validateEvery = fit('validateEvery', features === 'stream' ? 1000 : preset.validateEvery);
  return {
    ...config,
    ...{ copies, features, centres, batchSize, epochs, stepSize },
    ...{ gamma, patience, weightDecay, validateEvery },
  };
}

const preset = presets.photographs;

/** To two digits, as a person would write it. */
const rounded = (value: number): number => Number(value.toPrecision(2));

const clamped = (value: number, min: number, max: number): number =>
  Math.min(max, Math.max(min, value));

/** null if the source says neither how many there are nor how large it is. */
function picturesOf({ images, bytes }: SourceSize): number | null {
  const pictures = images ?? (bytes === undefined ? 0 : Math.round(bytes / BYTES_A_PICTURE));
  return pictures > 0 ? pictures : null;
}

function copiesFor(pictures: number): number {
  const most = pictures < 1500 ? MAX_COPIES : preset.copies;
  // A clean and a degraded one, or the features aren't worth being kept.
  return clamped(Math.floor(MAX_KEPT / pictures), 2, most);
}

/** The preset's batch, halved until an epoch has enough steps. */
function batchFor(rows: number): number {
  let size = preset.batchSize;
  while (size > MIN_BATCH && rows / size < STEPS_AN_EPOCH) size /= 2;
  return size;
}

/** What was fitted to the size of a source, in a sentence; '' for another preset. */
export function adaptedWords(config: RunConfig, size: SourceSize): string {
  if (config.preset !== 'photographs') return '';
  const pictures = picturesOf(size);
  if (pictures === null)
    return 'How many pictures there are is not known, so nothing was fitted to their number.';
  const kept =
    config.features === 'reuse'
      ? `${counted(config.copies, 'copy', 'copies')} of each`
      : 'read anew in each epoch';
  const about = size.images === undefined ? 'about ' : '';
  return (
    `For ${about}${counted(pictures, 'picture')}: ${kept}, up to ` +
    `${counted(config.epochs, 'epoch')} in batches of ${config.batchSize}.`
  );
}
