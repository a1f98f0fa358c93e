import type { KeptRunState, RunSummary } from '../../runs/run-manifest';
import type { RunState } from '../../training/session/run-events';
import { counted } from '../components/format';
import type { TrainState } from '../train/train-slice';

/** How a run ended, by what is kept of it. */
const stateWords: Readonly<Record<KeptRunState, string>> = {
  running: 'training',
  finished: 'finished',
  stopped: 'stopped',
  failed: 'failed',
  interrupted: 'interrupted',
};

/** How a run that has begun is getting on, as its own events say it. */
const activeWords: Readonly<Partial<Record<RunState, string>>> = {
  preparing: 'preparing',
  running: 'training',
  paused: 'paused',
  recovering: 'recovering',
};

/**
 * How a run ended, or how it is getting on: the list knows only that it has begun, the page knows
 * more of the run that is on here or in another tab.
 */
export function stateOf(
  { id, state }: Pick<RunSummary, 'id' | 'state'>,
  { keptRun, runState, isWatching }: Pick<TrainState, 'keptRun' | 'runState' | 'isWatching'>,
): string {
  const isOnShow = isWatching || keptRun?.id === id;
  const now = state === 'running' && isOnShow ? activeWords[runState] : undefined;
  return now ?? stateWords[state];
}

/** Units of a relative time with their seconds, the largest first. */
const UNITS = [
  ['year', 31_556_952],
  ['month', 2_629_746],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/**
 * How long ago something was: "3 minutes ago", "yesterday".
 * @param at @param now milliseconds since the Unix epoch
 */
export function timeAgo(at: number, now: number): string {
  const seconds = (now - at) / 1000;
  const unit = UNITS.find(([, size]) => seconds >= size);
  return unit ? relative.format(-Math.floor(seconds / unit[1]), unit[0]) : 'just now';
}

/** One for all rows: a formatter takes longer to make than to use. */
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'short', timeStyle: 'medium' });

/** The exact time, with seconds, in the person's own format. */
export const exactTime = (at: number): string => exact.format(at);

/** How far a run came, by whole epochs: "3 of 30 epochs, 900 steps". */
export function lengthWords({ step, epoch, config }: RunSummary): string {
  if (step === 0) return 'no step yet';
  return `${epoch} of ${counted(config.epochs, 'epoch')}, ${counted(step, 'step')}`;
}

/** The last part of what a person chose as data: a folder's name, a file of an address. */
export function dataName({ data }: RunSummary): string {
  const parts = data.name.split('/').filter((part) => part !== '' && part !== 'manifest.json');
  return parts.at(-1) ?? data.name;
}

/** It was trained on picked files, which a page can't keep. */
export const needsFiles = ({ config }: Pick<RunSummary, 'config'>): boolean =>
  config.shards.startsWith('files:');

/** The name of the picked folder or file. */
export const pickedName = ({ config }: Pick<RunSummary, 'config'>): string =>
  config.shards.slice('files:'.length);

/** What the page does now that keeps a run from being changed, or another from beginning. */
export interface Occupied {
  /** A run is prepared, on or paused, in this tab or another. */
  readonly isRunActive: boolean;
  readonly isReady: boolean;
}

/** Why a run can't be gone on with, as a sentence; null if it can. */
export function whyNotResumed(run: RunSummary, { isRunActive, isReady }: Occupied): string | null {
  if (run.state === 'running') return 'It is being trained now.';
  if (run.hasEnded) return 'It has run to its end: there is nothing to go on with.';
  if (run.checkpointStep === null) return 'It has no checkpoint to go on from.';
  if (!isReady) return 'The studio is starting.';
  return isRunActive ? 'Another run is on. Stop it first.' : null;
}

/**
 * Why the head of a run can't be used, as a sentence; null if it can. A run that was cut off has
 * it in its checkpoint.
 */
export function whyNoHead(run: RunSummary, { isReady }: Occupied): string | null {
  const { hasHead, checkpointStep, state } = run;
  if (!hasHead && checkpointStep === null)
    return state === 'running'
      ? 'It has no head yet: the first comes with its first checkpoint.'
      : 'It ended before its first checkpoint and has no head.';
  return isReady ? null : 'The studio is starting.';
}

/** Why the files of a run can't be changed, as a sentence; null if they can. */
export const whyNotRemoved = ({ state }: RunSummary): string | null =>
  state === 'running' ? 'It is being trained now. Stop it first.' : null;
