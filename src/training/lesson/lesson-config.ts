import * as v from 'valibot';
import {
  choice,
  flag,
  numberWithin,
  object,
  textWithWords,
  type Schema,
} from '../../core/schema/schema';
import {
  numberRulesOf,
  requireKnown,
  requireSettings,
  schemaOfSettings,
  type ConfigOf,
} from '../../core/schema/setting-rules';

/** A setting of a lesson: what it takes, and its default. */
const setting = <T extends string | number | boolean>(schema: Schema<T>, value: T) => ({
  schema,
  value,
});

const whole = (min: number, max: number) => numberWithin({ min, max, integer: true });
const between = (min: number, max: number) => numberWithin({ min, max });

/**
 * Every setting of a lesson: its type, what it takes, and its default, for a lesson of a few
 * minutes. Margin and scale are lower than in the papers: with theirs, a small network from scratch
 * hardly learns in that time.
 */
const lessonSettings = {
  seed: setting(whole(0, 4294967295), 777),
  /** The source of the faces, as in a run's `shards`. */
  shards: setting(textWithWords('the address of faces'), 'shards/demo/manifest.json'),
  loss: setting(choice(['arcface', 'cosface']), 'arcface'),
  /** In radians for ArcFace, of the cosine for CosFace. */
  margin: setting(between(0, 1), 0.3),
  /** s: factor of the cosines before the softmax. */
  scale: setting(between(1, 1000), 32),
  embeddingDim: setting(whole(2, 1024), 128),
  /** Factor of the network's channels. */
  width: setting(between(0.1, 8), 1),
  batchSize: setting(whole(2, 1024), 64),
  epochs: setting(whole(1, 1000), 6),
  /** Adam's highest learning rate. */
  learningRate: setting(between(1e-8, 1), 2e-3),
  /** The learning rate after the warm-up: falls to 0 along half a cosine, or stays constant. */
  schedule: setting(choice(['cosine', 'constant']), 'cosine'),
  /** Coupled L2. */
  weightDecay: setting(between(0, 1), 5e-4),
  /** Mirror half of the pictures, drawn again in each epoch. */
  flip: setting(flag, true),
  /**
   * Strength 0..1 of the degradation augmentation, drawn again in each epoch; 0 is off. On wasm it
   * takes nearly as long as the training itself.
   */
  augmentation: setting(between(0, 1), 0),
  /** Share of people held out. */
  validationFraction: setting(between(0.01, 0.9), 0.2),
  /** Steps between checkpoints; each epoch also ends with one. */
  checkpointEvery: setting(whole(1, 1_000_000), 50),
} as const;

/**
 * All settings of a lesson, as plain data: kept in its checkpoint and in the metadata of the
 * trained backbone.
 */
export type LessonConfig = ConfigOf<typeof lessonSettings>;

/** A complete config of a lesson. */
const lessonSchema = schemaOfSettings(lessonSettings);

/** Subject of a message about a bad setting. */
const KIND = "The lesson's setting";

/** A lesson by default. */
export const lessonDefaults: LessonConfig = requireSettings(
  lessonSchema,
  Object.fromEntries(Object.entries(lessonSettings).map(([name, { value }]) => [name, value])),
);

/** Bounds of every numeric setting, for the form. */
export const lessonNumberRules = numberRulesOf(lessonSettings);

/**
 * Completes settings that a person gave with the defaults and checks every one.
 * @throws StudioError `bad-config` naming the setting, what was found and what was expected;
 * unknown names too
 */
export function resolveLessonConfig(partial: Readonly<Record<string, unknown>>): LessonConfig {
  requireKnown(lessonSettings, partial, 'a lesson');
  return requireSettings(lessonSchema, { ...lessonDefaults, ...partial }, KIND);
}

/**
 * Settings of a lesson that some version of the studio stored. Those that it lacks are the
 * defaults. Names that this version doesn't know stay in it, and are written again with it.
 */
export const storedLessonConfig: Schema<LessonConfig> = v.pipe(
  object({}),
  v.transform((found): unknown => ({ ...lessonDefaults, ...found })),
  lessonSchema,
);

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
