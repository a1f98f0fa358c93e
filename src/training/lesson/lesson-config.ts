import { requireNumbers, requireChoices, badSetting } from '../../core/setting-rules';
import type { NumberRule } from '../../core/schema';
import { StudioError } from '../../core/studio-error';
import type { MarginSettings } from '../objectives/margin';

/** The learning rate after the warm-up: falls to 0 along half a cosine, or stays constant. */
export type LessonSchedule = 'cosine' | 'constant';

/**
 * All settings of a lesson, as plain data: kept in its checkpoint and in the metadata of the
 * trained backbone.
 */
export interface LessonConfig {
  readonly seed: number;
  /** The source of the faces, as in a run's `shards`. */
  readonly shards: string;
  readonly loss: MarginSettings['kind'];
  /** In radians for ArcFace, of the cosine for CosFace. */
  readonly margin: number;
  /** s: factor of the cosines before the softmax. */
  readonly scale: number;
  readonly embeddingDim: number;
  /** Factor of the network's channels. */
  readonly width: number;
  readonly batchSize: number;
  readonly epochs: number;
  /** Adam's highest learning rate. */
  readonly learningRate: number;
  readonly schedule: LessonSchedule;
  /** Coupled L2. */
  readonly weightDecay: number;
  /** Mirror half of the pictures, drawn again in each epoch. */
  readonly flip: boolean;
  /**
   * Strength 0..1 of the degradation augmentation, drawn again in each epoch; 0 is off. On wasm it
   * takes nearly as long as the training itself.
   */
  readonly augmentation: number;
  /** Share of people held out. */
  readonly validationFraction: number;
  /** Steps between checkpoints; each epoch also ends with one. */
  readonly checkpointEvery: number;
}

/**
 * Settings for a lesson of a few minutes. Margin and scale are lower than in the papers: with
 * theirs, a small network from scratch hardly learns in that time.
 */
export const lessonDefaults: LessonConfig = {
  seed: 777,
  shards: 'shards/demo/manifest.json',
  loss: 'arcface',
  margin: 0.3,
  scale: 32,
  embeddingDim: 128,
  width: 1,
  batchSize: 64,
  epochs: 6,
  learningRate: 2e-3,
  schedule: 'cosine',
  weightDecay: 5e-4,
  flip: true,
  augmentation: 0,
  validationFraction: 0.2,
  checkpointEvery: 50,
};

/** Subject of a message about a bad setting. */
const KIND = "The lesson's setting";

/** Bounds of every numeric setting, for the form and for the checks below. */
export const lessonNumberRules = {
  seed: { min: 0, max: 4294967295, integer: true },
  margin: { min: 0, max: 1 },
  scale: { min: 1, max: 1000 },
  embeddingDim: { min: 2, max: 1024, integer: true },
  width: { min: 0.1, max: 8 },
  batchSize: { min: 2, max: 1024, integer: true },
  epochs: { min: 1, max: 1000, integer: true },
  learningRate: { min: 1e-8, max: 1 },
  weightDecay: { min: 0, max: 1 },
  augmentation: { min: 0, max: 1 },
  validationFraction: { min: 0.01, max: 0.9 },
  checkpointEvery: { min: 1, max: 1_000_000, integer: true },
} as const satisfies Partial<Record<keyof LessonConfig, NumberRule>>;

/** Values of every setting that is a choice. */
const lessonChoices = {
  loss: ['arcface', 'cosface'],
  schedule: ['cosine', 'constant'],
} as const;

/**
 * Completes a partial config with the defaults and checks every field.
 * @throws StudioError `bad-config` naming the field, what was found and what was expected; unknown
 * fields too
 */
export function resolveLessonConfig(partial: Readonly<Record<string, unknown>>): LessonConfig {
  const unknown = Object.keys(partial).find((key) => !Object.hasOwn(lessonDefaults, key));
  if (unknown !== undefined) {
    throw new StudioError(
      'bad-config',
      `"${unknown}" is not a setting of a lesson.`,
      `Settings are: ${Object.keys(lessonDefaults).join(', ')}.`,
    );
  }
  const config: LessonConfig = { ...lessonDefaults, ...partial };
  requireNumbers(config, lessonNumberRules, KIND);
  requireChoices(config, lessonChoices, KIND);
  if (typeof config.flip !== 'boolean')
    throw badSetting('flip', config.flip, 'true or false', KIND);
  if (typeof config.shards !== 'string' || config.shards.trim() === '')
    throw badSetting('shards', config.shards, 'the address of faces', KIND);
  return config;
}

/** Steps of the warm-up; at most a tenth of the lesson's steps. */
const WARM_UP_STEPS = 30;

/**
 * The learning rate of a step.
 * @param step from 0
 * @param steps of the whole lesson
 */
export function lessonRate(
  { learningRate, schedule }: Pick<LessonConfig, 'learningRate' | 'schedule'>,
  step: number,
  steps: number,
): number {
  const warmUp = Math.min(1, (step + 1) / Math.min(WARM_UP_STEPS, Math.max(1, steps / 10)));
  switch (schedule) {
    case 'cosine':
      return learningRate * warmUp * 0.5 * (1 + Math.cos((Math.PI * step) / steps));
    case 'constant':
      return learningRate * warmUp;
    default:
      return schedule satisfies never;
  }
}
