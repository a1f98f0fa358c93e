import {
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerStop,
  IconPlayerTrackNext,
  IconRotateClockwise,
} from '@tabler/icons-react';
import { stopDataRequest } from '../../data/commands';
import { isRunActive } from '../../data/sources/use-source';
import { isLessonActive } from '../../models/lesson-slice';
import { isModelPending } from '../../models/models-slice';
import { goOn } from '../../runs/chosen/go-on';
import { confirmLoss } from '../../train/confirm/confirm-loss';
import { send } from '../client/studio-client';
import { isPending } from '../client/tasks-slice';
import { showPlace } from '../address/show-place';
import { beginRun, studioStore, type StudioState } from '../studio-store';
import type { Action } from './action';

/** Starts a run with the form's settings, after confirmation if it would replace another run. */
function startRun(): void {
  confirmLoss({ kind: 'start' }, () => {
    const state = studioStore.getState();
    const { config, files, allowedOrigins } = state;
    // Whoever starts the run doesn't wait for the estimate any more; nothing has failed.
    if (isPending(state, 'plan-run')) stopDataRequest();
    beginRun();
    send({ type: 'start', config, files, allowedOrigins });
    showPlace('train');
  });
}

/** Whether a run is being made ready: it can be stopped, but neither paused nor stepped. */
const isUnderWay = ({ runState }: StudioState) =>
  runState === 'preparing' || runState === 'recovering';

const isIn = (state: StudioState, ...states: readonly StudioState['runState'][]) =>
  !state.isWatching && states.includes(state.runState);

const group = 'The run';

/** What can be done to a run. No key starts one, replaces one or ends one. */
export const runActions = {
  start: {
    name: 'run.start',
    group,
    label: () => 'Start',
    icon: () => IconPlayerPlay,
    keywords: ['run', 'train', 'begin', 'new'],
    key: null,
    predicate: (state) =>
      state.backend !== null &&
      !state.isWatching &&
      !isRunActive(state) &&
      !isModelPending(state) &&
      !isLessonActive(state),
    perform: startRun,
  },
  pause: {
    name: 'run.pause',
    group,
    label: () => 'Pause',
    icon: () => IconPlayerPause,
    keywords: ['run', 'halt', 'wait'],
    key: { key: ' ' },
    predicate: (state) => isIn(state, 'running'),
    perform: () => send({ type: 'pause' }),
  },
  continue: {
    name: 'run.continue',
    group,
    label: () => 'Continue',
    icon: () => IconPlayerPlay,
    keywords: ['run', 'play', 'go on'],
    key: { key: ' ' },
    predicate: (state) => isIn(state, 'paused'),
    perform: () => send({ type: 'continue' }),
  },
  step: {
    name: 'run.step',
    group,
    label: () => 'Step',
    icon: () => IconPlayerTrackNext,
    keywords: ['run', 'one', 'next'],
    key: { key: 'ArrowRight' },
    predicate: (state) => isIn(state, 'running', 'paused'),
    perform: () => send({ type: 'step' }),
  },
  stop: {
    name: 'run.stop',
    group,
    label: () => 'Stop',
    icon: () => IconPlayerStop,
    keywords: ['run', 'end', 'finish'],
    key: null,
    predicate: (state) =>
      isIn(state, 'running', 'paused') || (!state.isWatching && isUnderWay(state)),
    perform: () => send({ type: 'stop' }),
  },
  resume: {
    name: 'run.resume',
    group,
    label: ({ resumable }) =>
      `${resumable?.isFinished ? 'Open' : 'Resume'} ${resumable?.name ?? 'the saved run'}`,
    icon: () => IconRotateClockwise,
    keywords: ['run', 'saved', 'checkpoint', 'go on', 'continue'],
    key: null,
    predicate: (state) => state.resumable !== null && !state.isWatching && !isRunActive(state),
    perform: ({ resumable }) => {
      if (resumable) void goOn(resumable);
    },
  },
} as const satisfies Readonly<Record<string, Action>>;
