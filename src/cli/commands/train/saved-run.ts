import type { FileStore } from '../../../formats/bytes/file-store';
import { counted } from '../../../core/number-words';
import { StudioError } from '../../../core/studio-error';
import type { KeptRun } from '../../../runs/kept-run';
import type { RunLibrary } from '../../../runs/run-library';
import type { RunSummary } from '../../../runs/run-manifest';
import { compareRuns, otherSettingsError } from '../../../training/checkpoint/same-run';
import { dropDamaged, readSavedRun, type SavedRun } from '../../../training/checkpoint/saved-run';
import type { RunConfig } from '../../../training/config/run-config';
import { hasEnded } from '../../../training/config/schedule';
import { withUnknownOf } from '../../../training/config/stored-config';
import type { TrainingSession } from '../../../training/session/training-session';
import { printable } from '../inspect-text';
import { listedRuns, runNamed } from '../runs/open-library';

/** Options about runs that are kept in the folder of checkpoints. */
export interface StartOptions {
  /** Go on with the last unfinished run, or with the one of this name or id. */
  readonly resume?: string | true;
}

/** How a training command starts. */
export type TrainStart =
  | { readonly kind: 'new'; readonly config: RunConfig }
  | {
      readonly kind: 'resume';
      readonly run: KeptRun;
      /** The saved run's settings; those that may change have the requested values. */
      readonly config: RunConfig;
      readonly saved: SavedRun;
      /** Sentences to print before the run is resumed. */
      readonly remarks: readonly string[];
    };

const NEW_RUN = 'Without --resume a new run begins beside it.';

/**
 * Decides whether to start a new run or to go on with a kept one. A new run never touches others.
 * @param library of the folder of checkpoints; null if no runs are kept
 * @param where that folder, for sentences
 * @param named the settings that the command names itself; the others follow the kept run
 * @throws StudioError `bad-checkpoint` for a kept run with other settings, or without an undamaged
 * checkpoint; `bad-config` if there is no run to go on with; from the store
 */
export async function decideStart(
  library: RunLibrary | null,
  where: string,
  asked: RunConfig,
  { resume }: StartOptions,
  named: ReadonlySet<string>,
): Promise<TrainStart> {
  if (resume === undefined) return { kind: 'new', config: asked };
  if (library === null) {
    const found = '--resume is given, and nothing says where the run lies.';
    throw new StudioError('bad-config', found, 'Name its folder with --checkpoints.');
  }
  const runs = await listedRuns(library);
  const moreEpochs = named.has('epochs') ? asked.epochs : null;
  const { id } =
    resume === true ? lastUnfinished(runs, moreEpochs, where) : runNamed(runs, resume, where);
  const run = await library.open(id);
  const title = `The run ${printable(run.manifest.name)} in ${where}`;
  const saved = await readSavedRun(run.folder, true).catch((thrown: unknown) => {
    throw withNewRun(thrown);
  });
  if (saved) return resumed(run, saved, title, followSaved(asked, saved.header.config, named));
  const found = `${title} has no checkpoint: it ended before its first.`;
  throw new StudioError('bad-checkpoint', found, NEW_RUN);
}

/**
 * The run that was begun last of those that haven't ended; or that have, and would go on with so
 * many epochs.
 */
function lastUnfinished(
  runs: readonly RunSummary[],
  epochs: number | null,
  where: string,
): RunSummary {
  const saved = runs.filter(({ checkpointStep }) => checkpointStep !== null);
  const found =
    saved.find((run) => !run.hasEnded) ??
    saved.find((run) => epochs !== null && run.config.epochs < epochs);
  if (found) return found;
  throw new StudioError(
    'bad-config',
    saved.length === 0
      ? `There is no run in ${where} that could go on.`
      : `All runs in ${where} are finished.`,
    'Name one with --resume NAME and more epochs, or leave --resume out to begin a new run.',
  );
}

/** The saved run's settings, with those that the command names and its source. */
function followSaved(asked: RunConfig, saved: RunConfig, named: ReadonlySet<string>): RunConfig {
  const own = Object.entries(asked).filter(([name]) => named.has(name));
  return { ...saved, ...Object.fromEntries(own), shards: asked.shards };
}

function resumed(run: KeptRun, saved: SavedRun, title: string, asked: RunConfig): TrainStart {
  const { config, cursor, schedule, dataFingerprint } = saved.header;
  const { otherRun } = compareRuns(saved.header, asked);
  // The refusal begins with this: the older checkpoint may be of other settings than the damaged
  // one.
  const warning = saved.warning === null ? '' : `${saved.warning} `;
  if (otherRun.length > 0) throw otherSettingsError(`${warning}${title}`, otherRun, NEW_RUN);
  const isFinished = hasEnded(asked, cursor.epoch, schedule);
  const state = isFinished
    ? `${title} is finished, at step ${cursor.step}; its head is written once more.`
    : `${title} goes on after step ${cursor.step}.`;
  const more =
    asked.epochs === config.epochs
      ? []
      : [`It had ${counted(config.epochs, 'epoch')}, and has ${asked.epochs} now.`];
  const unknown =
    'An older version saved it, without a fingerprint of its pictures: they are not compared.';
  const remarks = [
    ...(saved.warning === null ? [] : [saved.warning]),
    state,
    ...more,
    ...(dataFingerprint === null ? [unknown] : []),
  ];
  return {
    kind: 'resume',
    run,
    config: { ...withUnknownOf(config, asked), preset: config.preset },
    saved,
    remarks,
  };
}

/** A sentence about an unfinished run of the same settings; null if there is none. */
export async function unfinishedHint(
  library: RunLibrary,
  config: RunConfig,
): Promise<string | null> {
  const { runs } = await library.list();
  const isSame = (run: RunSummary) =>
    (Object.keys(config) as (keyof RunConfig)[]).every((name) => run.config[name] === config[name]);
  const found = runs.find((run) => run.checkpointStep !== null && !run.hasEnded && isSame(run));
  return found
    ? `The run ${printable(found.name)} has the same settings and is unfinished, at step ` +
        `${found.checkpointStep}: --resume would go on with it.`
    : null;
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
    await session.restore(saved.file);
    await session.requireSameData();
  } catch (thrown) {
    throw withNewRun(thrown);
  }
  await dropDamaged(store, saved);
}

/** Adds a hint to an error about a checkpoint: a new run leaves the saved one as it is. */
function withNewRun(thrown: unknown): unknown {
  if (!(thrown instanceof StudioError) || thrown.code !== 'bad-checkpoint') return thrown;
  const nextStep = `${thrown.nextStep} ${NEW_RUN}`;
  return new StudioError(thrown.code, thrown.message, nextStep, { cause: thrown });
}
