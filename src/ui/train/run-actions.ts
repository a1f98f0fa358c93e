import {
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerStop,
  IconPlayerTrackNext,
  type Icon,
} from '@tabler/icons-react';
import { keptRuns } from '../runs/commands';
import { isRunActive } from '../data/sources/use-source';
import { isLessonActive } from '../models/lesson-slice';
import { isModelPending } from '../models/models-slice';
import { runAtStake } from './confirm/run-at-stake';
import { keyedAction } from '../shell/run-keys';
import { confirmLoss } from './confirm/confirm-loss';
import { send } from '../shell/client/studio-client';
import { beginRun, studioStore, type StudioState } from '../shell/studio-store';

/** An action on the run, with its button and its key. */
export interface RunAction {
  readonly id: string;
  readonly label: (state: StudioState) => string;
  readonly icon: (state: StudioState) => Icon;
  /** The key that performs it now; null if none does. */
  readonly keyName: (state: StudioState) => string | null;
  readonly enabled: (state: StudioState) => boolean;
  readonly perform: (state: StudioState) => void;
}

/** Starts a run with the form's settings, after confirmation if it would replace another run. */
function startRun(): void {
  confirmLoss({ kind: 'start' }, () => {
    const { config, files, allowedOrigins } = studioStore.getState();
    beginRun();
    send({ type: 'start', config, files, allowedOrigins });
  });
}

/** Deletes the saved run; it can be taken back for ten seconds. */
export async function discardRun(): Promise<void> {
  const { resumable } = studioStore.getState();
  if (resumable) await keptRuns.remove(resumable.runId);
}

/** Whether a run is being made ready: it can be stopped, but neither paused nor stepped. */
const isUnderWay = ({ runState }: StudioState) =>
  runState === 'preparing' || runState === 'recovering';

const isControllable = (state: StudioState) =>
  !state.isWatching && (state.runState === 'running' || state.runState === 'paused');

/** The run's controls, in the order of the top bar. */
export const runActions: readonly RunAction[] = [
  {
    id: 'play',
    label: ({ runState }) => {
      if (runState === 'running') return 'Pause';
      return runState === 'paused' ? 'Continue' : 'Start';
    },
    icon: ({ runState }) => (runState === 'running' ? IconPlayerPause : IconPlayerPlay),
    keyName: (state) => (isControllable(state) ? 'Space' : null),
    enabled: (state) =>
      state.backend !== null &&
      !state.isWatching &&
      !isUnderWay(state) &&
      !isModelPending(state) &&
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
    keyName: (state) => (isControllable(state) ? '→' : null),
    enabled: isControllable,
    perform: () => send({ type: 'step' }),
  },
  {
    id: 'stop',
    label: () => 'Stop',
    icon: () => IconPlayerStop,
    keyName: () => null,
    enabled: (state) => isControllable(state) || (!state.isWatching && isUnderWay(state)),
    perform: () => send({ type: 'stop' }),
  },
];

/** Elements that handle keys while they have the focus. A dialog shields the page behind it. */
const HANDLES_KEYS =
  'input, textarea, select, button, a, summary, [role="slider"], [role="tab"], ' +
  '[role="option"], [role="dialog"], [contenteditable]';

/** Applies a key to an active run, unless an element that handles keys has the focus. */
export function onShortcut(event: KeyboardEvent): void {
  const isTaken =
    event.defaultPrevented ||
    (event.target instanceof Element && event.target.closest(HANDLES_KEYS) !== null);
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
 * Lets the browser ask before the page is left if a finished run is not saved. An active run is
 * saved as it goes.
 */
export function beforeLeaving(event: BeforeUnloadEvent): void {
  const state = studioStore.getState();
  if (!isRunActive(state) && runAtStake({ kind: 'use-backbone' }, state) !== null)
    event.preventDefault();
}
