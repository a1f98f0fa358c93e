import type { FileStore } from '../../../formats/bytes/file-store';
import { counted } from '../../../core/number-words';
import { StudioError } from '../../../core/studio-error';
import { adaptedSettings } from '../../../training/config/adapt-to-size';
import { presets, type RunConfig } from '../../../training/config/run-config';
import { hasEnded } from '../../../training/config/schedule';
import { otherSettingsError, compareRuns } from '../../../training/checkpoint/same-run';
import type { TrainPlan } from './train-plan';
import { dropDamaged, readSavedRun, type SavedRun } from '../../../training/checkpoint/saved-run';
import type { TrainingSession } from '../../../training/session/training-session';

/** Options about a run that is saved in the folder of checkpoints. */
export interface StartOptions {
  /** Resume it, with more epochs if they were changed. */
  readonly resume?: boolean;
  /** Set it aside, and start a new run. */
  readonly anew?: boolean;
}

/** What a command names itself. */
export type NamedSettings = Pick<TrainPlan, 'isPresetFree' | 'named'>;

/** How a training command starts. */
export type TrainStart =
  /** `setsAside`: the saved run is set aside first. */
  | { readonly kind: 'new'; readonly config: RunConfig; readonly setsAside: boolean }
  | {
      readonly kind: 'resume';
      /** The saved run's settings; those that may change have the requested values. */
      readonly config: RunConfig;
      readonly saved: SavedRun;
      /** Sentences to print before the run is resumed. */
      readonly remarks: readonly string[];
    };

const ANEW = '--anew starts a new run.';

/**
 * Decides whether to start a new run or to resume the saved one.
 * @param folder of checkpoints; null if none are kept
 * @param named what the command names itself. The rest may follow the saved run
 * @throws StudioError `bad-checkpoint` for a saved run with other settings, or without an undamaged
 * checkpoint; `bad-config` for options that contradict each other, and for other epochs without
 * `--resume`
 */
export async function decideStart(
  store: FileStore,
  folder: string | null,
  asked: RunConfig,
  { resume = false, anew = false }: StartOptions,
  named?: NamedSettings,
): Promise<TrainStart> {
  if (resume && anew) {
    const found = 'Both --resume and --anew are given.';
    throw new StudioError('bad-config', found, 'Give one of them.');
  }
  if (folder === null && resume) {
    const found = '--resume is given, and nothing says where the run lies.';
    throw new StudioError('bad-config', found, 'Name its folder with --checkpoints.');
  }
  if (folder === null || anew) return { kind: 'new', config: asked, setsAside: anew };
  const saved = await readSavedRun(store).catch((thrown: unknown) => {
    throw withAnew(thrown);
  });
  if (saved) {
    const followed = named ? followSaved(asked, saved.header.config, named) : asked;
    return resumed(saved, folder, followed, resume);
  }
  if (resume) {
    const found = `There is no run in ${folder}.`;
    throw new StudioError('bad-checkpoint', found, 'Leave --resume out to begin one.');
  }
  return { kind: 'new', config: asked, setsAside: false };
}

/**
 * The requested settings, where those that nobody named are the saved run's: its preset, if none
 * was named, and what was fitted to the size of its source.
 */
function followSaved(
  asked: RunConfig,
  saved: RunConfig,
  { isPresetFree, named }: NamedSettings,
): RunConfig {
  const preset = isPresetFree ? saved.preset : asked.preset;
  const isFree = (name: keyof RunConfig) => !named.has(name);
  const ofPreset = Object.entries(presets[preset]).filter(
    ([name]) =>
      isFree(name as keyof RunConfig) &&
      asked[name as keyof RunConfig] === presets[asked.preset][name as keyof RunConfig],
  );
  const fitted = preset === 'photographs' && saved.preset === preset ? adaptedSettings : [];
  return {
    ...asked,
    ...Object.fromEntries(ofPreset),
    ...Object.fromEntries(fitted.filter(isFree).map((name) => [name, saved[name]])),
    shards: asked.shards,
    preset,
  };
}

function resumed(
  saved: SavedRun,
  folder: string,
  asked: RunConfig,
  mayChangeEpochs: boolean,
): TrainStart {
  const { config, cursor, schedule, dataFingerprint } = saved.header;
  const { otherRun, epochs } = compareRuns(saved.header, asked);
  // Every refusal begins with this: the older checkpoint may be of fewer epochs than the damaged
  // one.
  const warning = saved.warning === null ? '' : `${saved.warning} `;
  if (otherRun.length > 0)
    throw otherSettingsError(`${warning}The run in ${folder}`, otherRun, ANEW);
  if (epochs && !mayChangeEpochs) {
    const has = `The run in ${folder} has ${counted(config.epochs, 'epoch')}`;
    const verb = asked.epochs === 1 ? 'was' : 'were';
    const found = `${warning}${has}; ${asked.epochs} ${verb} asked for.`;
    const nextStep = `--resume continues it to the end of epoch ${asked.epochs}; ${ANEW}`;
    throw new StudioError('bad-config', found, nextStep);
  }
  const isFinished = hasEnded(asked, cursor.epoch, schedule);
  const state = isFinished
    ? `The run in ${folder} is finished, at step ${cursor.step}; its head is written once more.`
    : `The run in ${folder} goes on after step ${cursor.step}.`;
  const unknown =
    'An older version saved it, without a fingerprint of its pictures: they are not compared.';
  const remarks = [
    ...(saved.warning === null ? [] : [saved.warning]),
    state,
    ...(dataFingerprint === null ? [unknown] : []),
  ];
  return { kind: 'resume', config: { ...asked, preset: config.preset }, saved, remarks };
}

/**
 * Restores the saved run into a session, and checks that the session has the same pictures.
 * @throws StudioError `bad-checkpoint`; what the source throws
 */
export async function resumeSession(
  session: TrainingSession,
  saved: SavedRun,
  store: FileStore,
): Promise<void> {
  try {
    await session.restore(saved.bytes);
    await session.requireSameData();
  } catch (thrown) {
    throw withAnew(thrown);
  }
  await dropDamaged(store, saved);
}

/** Adds a hint to `--anew` to an error about a checkpoint. */
function withAnew(thrown: unknown): unknown {
  if (!(thrown instanceof StudioError) || thrown.code !== 'bad-checkpoint') return thrown;
  const nextStep = `${thrown.nextStep} ${ANEW}`;
  return new StudioError(thrown.code, thrown.message, nextStep, { cause: thrown });
}
