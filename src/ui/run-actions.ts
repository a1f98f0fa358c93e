import { IconPlayerPause, IconPlayerPlay, IconPlayerStop, IconPlayerTrackNext, type Icon } from '@tabler/icons-react';
import { chooseShards } from './choose-shards';
import { isLessonOn } from './lesson-slice';
import { send } from './studio-client';
import { beginRun, studioStore, type StudioState } from './studio-store';

/** Something a person can do to the run: one record behind its button and its key. */
export interface RunAction {
  readonly id: string;
  readonly label: (state: StudioState) => string;
  readonly icon: (state: StudioState) => Icon;
  /** `KeyboardEvent.key`. */
  readonly key: string;
  readonly keyName: string;
  readonly enabled: (state: StudioState) => boolean;
  readonly perform: (state: StudioState) => void;
}

/** Starts a run of the settings on show. */
export function startRun(): void {
  const { config, files, allowedOrigins } = studioStore.getState();
  beginRun();
  send({ type: 'start', config, files, allowedOrigins });
}

/** Goes on with the run that lies saved. */
export function resumeRun(): void {
  const { resumable, config, files, allowedOrigins } = studioStore.getState();
  if (!resumable) return;
  beginRun();
  if (resumable.config.shards !== config.shards) chooseShards({ shards: resumable.config.shards, files });
  studioStore.setState({ config: resumable.config });
  send({ type: 'resume-saved', files, allowedOrigins });
}

const alive = (state: StudioState) => !state.isElsewhere && (state.runState === 'running' || state.runState === 'paused');

/** The run's controls, in the order of the top bar. */
export const runActions: readonly RunAction[] = [
  {
    id: 'play',
    label: ({ runState }) => (runState === 'running' ? 'Pause' : runState === 'paused' ? 'Continue' : 'Start'),
    icon: ({ runState }) => (runState === 'running' ? IconPlayerPause : IconPlayerPlay),
    key: ' ',
    keyName: 'Space',
    enabled: (state) => state.backend !== null && !state.isElsewhere && state.runState !== 'preparing' && !state.modelPending && !isLessonOn(state),
    perform: (state) => {
      if (state.runState === 'running') return send({ type: 'pause' });
      if (state.runState === 'paused') return send({ type: 'continue' });
      // The new run's first checkpoint takes the saved one's place, so that is asked first.
      if (state.resumable) studioStore.setState({ confirmingStart: true });
      else startRun();
    },
  },
  {
    id: 'step',
    label: () => 'Step',
    icon: () => IconPlayerTrackNext,
    key: 'ArrowRight',
    keyName: '→',
    enabled: alive,
    perform: () => send({ type: 'step' }),
  },
  {
    id: 'stop',
    label: () => 'Stop',
    icon: () => IconPlayerStop,
    key: 's',
    keyName: 'S',
    enabled: (state) => alive(state) || (!state.isElsewhere && state.runState === 'preparing'),
    perform: () => send({ type: 'stop' }),
  },
];

/** Performs the action of a key, except while something that takes keys has the focus. */
export function onShortcut(event: KeyboardEvent): void {
  const target = event.target as HTMLElement | null;
  if (event.ctrlKey || event.metaKey || event.altKey || target?.closest('input, textarea, select, button, a, [role="slider"], [role="tab"], [contenteditable]')) return;
  const action = runActions.find(({ key }) => key === event.key || key === event.key.toLowerCase());
  const state = studioStore.getState();
  if (!action?.enabled(state)) return;
  event.preventDefault();
  action.perform(state);
}
