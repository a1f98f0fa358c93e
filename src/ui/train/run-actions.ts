import {
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerStop,
  IconPlayerTrackNext,
  type Icon,
} from '@tabler/icons-react';
import { chooseShards } from './choose-shards';
import { isRunActive } from '../data/sources/use-source';
import { isLessonActive } from '../models/lesson-slice';
import { runsAtStake } from './confirm/runs-at-stake';
import { keyedAction } from '../shell/run-keys';
import { confirmLoss } from './confirm/confirm-loss';
import { send } from '../shell/studio-client';
import { beginRun, studioStore, type StudioState } from '../shell/studio-store';

/** Something a person can do to the run: one record behind its button and its key. */
export interface RunAction {
  readonly id: string;
  readonly label: (state: StudioState) => string;
  readonly icon: (state: StudioState) => Icon;
  /** The key that does the same now; null where none does. */
  readonly keyName: (state: StudioState) => string | null;
  readonly enabled: (state: StudioState) => boolean;
  readonly perform: (state: StudioState) => void;
}

/**
 * Starts a run of the settings on show; a run that it would take the place of is asked about first.
 */
function startRun(): void {
  confirmLoss('start', () => {
    const { config, files, allowedOrigins } = studioStore.getState();
    beginRun();
    send({ type: 'start', config, files, allowedOrigins });
  });
}

/** Goes on with the run that lies saved. */
export function resumeRun(): void {
  confirmLoss('resume-saved', () => {
    const { resumable, config, files, allowedOrigins } = studioStore.getState();
    if (!resumable) return;
    beginRun(resumable.step);
    if (resumable.config.shards !== config.shards)
      chooseShards({ shards: resumable.config.shards, files });
    studioStore.setState({ config: resumable.config });
    send({ type: 'resume-saved', files, allowedOrigins });
  });
}

/** Removes the run that lies saved, once that has been agreed to. */
export function discardRun(): void {
  confirmLoss('discard-saved', () => send({ type: 'discard-saved' }));
}

const alive = (state: StudioState) =>
  !state.isWatching && (state.runState === 'running' || state.runState === 'paused');

/** The run's controls, in the order of the top bar. */
export const runActions: readonly RunAction[] = [
  {
    id: 'play',
    label: ({ runState }) =>
      runState === 'running' ? 'Pause' : runState === 'paused' ? 'Continue' : 'Start',
    icon: ({ runState }) => (runState === 'running' ? IconPlayerPause : IconPlayerPlay),
    keyName: (state) => (alive(state) ? 'Space' : null),
    enabled: (state) =>
      state.backend !== null &&
      !state.isWatching &&
      state.runState !== 'preparing' &&
      !state.modelPending &&
      !isLessonActive(state),
    perform: (state) => {
      if (state.runState === 'running') return send({ type: 'pause' });
      if (state.runState === 'paused') return send({ type: 'continue' });
      startRun();
    },
  },
  {
    id: 'step',
    label: () => 'Step',
    icon: () => IconPlayerTrackNext,
    keyName: (state) => (alive(state) ? '→' : null),
    enabled: alive,
    perform: () => send({ type: 'step' }),
  },
  {
    id: 'stop',
    label: () => 'Stop',
    icon: () => IconPlayerStop,
    keyName: (state) => (alive(state) ? 'S' : null),
    enabled: (state) => alive(state) || (!state.isWatching && state.runState === 'preparing'),
    perform: () => send({ type: 'stop' }),
  },
];

/** What takes keys itself while it has the focus; a dialog keeps them from what lies behind it. */
const TAKES_KEYS =
  'input, textarea, select, button, a, summary, [role="slider"], [role="tab"], ' +
  '[role="option"], [role="dialog"], [contenteditable]';

/**
 * Does what a key says to a run that is under way, except while something that takes keys has the
 * focus.
 */
export function onShortcut(event: KeyboardEvent): void {
  const isTaken =
    event.defaultPrevented ||
    (event.target instanceof Element && event.target.closest(TAKES_KEYS) !== null);
  const action = keyedAction(
    {
      key: event.key,
      isRepeat: event.repeat,
      isModified: event.ctrlKey || event.metaKey || event.altKey,
      isTaken,
    },
    studioStore.getState(),
  );
  if (!action) return;
  event.preventDefault();
  send({ type: action });
}

/**
 * Has the browser ask before the page is left with a run that has ended and lies nowhere else; one
 * that goes on is saved all the while.
 */
export function beforeLeaving(event: BeforeUnloadEvent): void {
  const state = studioStore.getState();
  if (!isRunActive(state) && runsAtStake('use-backbone', state).length > 0) event.preventDefault();
}
