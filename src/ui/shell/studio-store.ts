import { createStore } from 'zustand/vanilla';
import { MetricSeries } from '../../runs/metric-series';
import type { WorkerEvent } from '../../studio/protocol';
import type { RunConfig } from '../../training/config/run-config';
import { initialDataState, type DataState } from '../data/data-slice';
import { initialEvaluationState, type EvaluationState } from '../evaluate/evaluation-slice';
import { initialBenchmarkState, type BenchmarkState } from '../machine/benchmark-slice';
import { initialHeadsState, type HeadsState } from '../heads/heads-slice';
import { initialLessonState, type LessonState } from '../models/lesson-slice';
import { initialModelState, type ModelState } from '../models/models-slice';
import { initialRunsState, type RunsState } from '../runs/runs-slice';
import { initialTrainState, type TrainState } from '../train/train-slice';
import { initialCameraState, type CameraState } from '../compare/camera/camera-slice';
import { initialFacesState, plannedSide, type FacesState } from '../compare/faces-slice';
import { initialMessagesState, type ErrorEntry, type MessagesState } from './messages-slice';
import { initialTasksState, type TasksState } from './client/tasks-slice';
import { initialShellState, type ShellState } from './shell-slice';

/** Everything that the page shows, as plain values. The metrics of a run are in {@link series}. */
export interface StudioState
  extends
    BenchmarkState,
    CameraState,
    DataState,
    EvaluationState,
    FacesState,
    HeadsState,
    LessonState,
    MessagesState,
    ModelState,
    ShellState,
    TasksState,
    TrainState {
  /** The backend in use; null until the worker has started. */
  readonly backend: Extract<WorkerEvent, { type: 'ready' }>['backend'] | null;
  /** The runs that are kept. */
  readonly runs: RunsState;
}

/** The metrics of the run shown. */
export const series = new MetricSeries();

/** The page's one store. */
export const studioStore = createStore<StudioState>(() => ({
  backend: null,
  runs: initialRunsState,
  ...initialBenchmarkState,
  ...initialCameraState,
  ...initialDataState,
  ...initialEvaluationState,
  ...initialFacesState,
  ...initialHeadsState,
  ...initialLessonState,
  ...initialMessagesState,
  ...initialModelState,
  ...initialShellState,
  ...initialTasksState,
  ...initialTrainState,
}));

/**
 * Notes that a run is about to be requested. The figures of the run before stay until the worker
 * prepares the new one.
 * @param savedStep the step that the run resumes from; null for a new run
 */
export function beginRun(savedStep: number | null = null): void {
  // Errors of the run before don't concern this one. If one happens again, it is shown again.
  const errors = studioStore.getState().errors.filter(({ scope }) => scope !== 'run');
  studioStore.setState({ runRequest: { savedStep }, errors });
}

/**
 * Drops all state that only the worker that died could have continued. Samples that were compared
 * are wanted again.
 */
export function forgetWorker(): void {
  const state = studioStore.getState();
  const { allowedOrigins, cache, lessonSettings, evaluation } = state;
  const { verdictMethod, verdictFar, compareMode } = state;
  const [a, b] = [plannedSide(state, 'a'), plannedSide(state, 'b')];
  studioStore.setState({
    ...initialDataState,
    ...initialLessonState,
    ...initialModelState,
    ...initialCameraState,
    ...initialEvaluationState,
    ...initialFacesState,
    ...initialHeadsState,
    ...{ allowedOrigins, cache, lessonSettings, evaluation },
    ...{ verdictMethod, verdictFar, compareMode },
    ...(a && b && { wantedPair: { a, b } }),
    backend: null,
    runState: 'idle',
    runProgress: null,
    resumable: null,
    runReadings: [],
    isRunLoaded: false,
    isWatching: false,
  });
}

/** Settings of the run whose figures are shown; the form's if there is no run. */
export const shownRunConfig = ({ runConfig, config }: StudioState): RunConfig =>
  runConfig ?? config;

/** Removes a notice from the page. */
export function dismissNotice(id: number): void {
  studioStore.setState(({ notices }) => ({
    notices: notices.filter((notice) => notice.id !== id),
  }));
}

/** Removes the errors about a topic from the page before it is tried again. */
export function dismissErrorsAbout(topic: ErrorEntry['about']): void {
  if (topic === null) return;
  studioStore.setState(({ errors }) => ({ errors: errors.filter(({ about }) => about !== topic) }));
}

/** Removes an error from the page. */
export function dismissError(id: number): void {
  studioStore.setState(({ errors }) => ({ errors: errors.filter((entry) => entry.id !== id) }));
}
