import { counted } from '../../../core/number-words';
import { StudioError } from '../../../core/studio-error';
import type { RunConfig } from '../../../training/config/run-config';
import type { RunStore } from '../../../training/checkpoint/run-store';
import { anotherRun, compareRuns } from '../../../training/checkpoint/same-run';
import { dropDamaged, readSavedRun, type SavedRun } from '../../../training/checkpoint/saved-run';
import type { TrainingSession } from '../../../training/session/training-session';

/** What a person says of a run that lies in the folder of checkpoints. */
export interface SavedRunWishes {
  /** Go on with it, for more epochs where they were changed. */
  readonly resume?: boolean;
  /** Leave it, and start another beside it. */
  readonly anew?: boolean;
}

/** How a training command begins. */
export type TrainStart =
  /** `isBeside`: what lies in the folder is to be set aside first. */
  | { readonly kind: 'new'; readonly config: RunConfig; readonly isBeside: boolean }
  | {
      readonly kind: 'resume';
      /** The saved run's, with what may change as it was asked for. */
      readonly config: RunConfig;
      readonly saved: SavedRun;
      /** What there is to say, before it goes on. */
      readonly remarks: readonly string[];
    };

const ANEW = '--anew starts a run beside it.';

/**
 * Decides whether a run begins or the one in the folder is gone on with.
 * @param folder of checkpoints; null where none are kept
 * @throws StudioError `bad-checkpoint` for a run of other settings or none that is whole;
 * `bad-config` for wishes that can't be met, and for other epochs without `--resume`
 */
export async function decideStart(
  store: RunStore,
  folder: string | null,
  asked: RunConfig,
  { resume = false, anew = false }: SavedRunWishes,
): Promise<TrainStart> {
  if (resume && anew) {
    const found = 'Both --resume and --anew are given.';
    throw new StudioError('bad-config', found, 'Give one of them.');
  }
  if (folder === null && resume) {
    const found = '--resume is given, and nothing says where the run lies.';
    throw new StudioError('bad-config', found, 'Name its folder with --checkpoints.');
  }
  if (folder === null || anew) return { kind: 'new', config: asked, isBeside: anew };
  const saved = await readSavedRun(store).catch((thrown: unknown) => {
    throw withAnew(thrown);
  });
  if (saved) return resumed(saved, folder, asked, resume);
  if (resume) {
    const found = `There is no run in ${folder}.`;
    throw new StudioError('bad-checkpoint', found, 'Leave --resume out to begin one.');
  }
  return { kind: 'new', config: asked, isBeside: false };
}

function resumed(
  saved: SavedRun,
  folder: string,
  asked: RunConfig,
  mayChangeEpochs: boolean,
): TrainStart {
  const { config, cursor, dataFingerprint } = saved.header;
  const { otherRun, epochs } = compareRuns(saved.header, asked);
  // Said before any refusal too: the checkpoint before may be of fewer epochs than the damaged one.
  const trouble = saved.trouble === null ? '' : `${saved.trouble} `;
  if (otherRun.length > 0) throw anotherRun(`${trouble}The run in ${folder}`, otherRun, ANEW);
  if (epochs && !mayChangeEpochs) {
    const has = `The run in ${folder} is of ${counted(config.epochs, 'epoch')}`;
    const found = `${trouble}${has}; ${asked.epochs} ${asked.epochs === 1 ? 'was' : 'were'} asked for.`;
    const nextStep = `--resume goes on with it to the end of epoch ${asked.epochs}; ${ANEW}`;
    throw new StudioError('bad-config', found, nextStep);
  }
  const isFinished = cursor.epoch >= asked.epochs;
  const state = isFinished
    ? `The run in ${folder} is finished, at step ${cursor.step}; its head is written once more.`
    : `The run in ${folder} goes on after step ${cursor.step}.`;
  const unknown =
    "An older studio saved it: whether it was trained on these pictures can't be told.";
  const remarks = [
    ...(saved.trouble === null ? [] : [saved.trouble]),
    state,
    ...(dataFingerprint === null ? [unknown] : []),
  ];
  return { kind: 'resume', config: { ...asked, preset: config.preset }, saved, remarks };
}

/**
 * Has a session take up the run, once its pictures have been found to be the same.
 * @throws StudioError `bad-checkpoint`; what the source throws
 */
export async function takeUp(
  session: TrainingSession,
  saved: SavedRun,
  store: RunStore,
): Promise<void> {
  try {
    await session.restore(saved.bytes);
    await session.requireSameData();
  } catch (thrown) {
    throw withAnew(thrown);
  }
  await dropDamaged(store, saved);
}

function withAnew(thrown: unknown): unknown {
  if (!(thrown instanceof StudioError) || thrown.code !== 'bad-checkpoint') return thrown;
  const nextStep = `${thrown.nextStep} ${ANEW}`;
  return new StudioError(thrown.code, thrown.message, nextStep, { cause: thrown });
}
