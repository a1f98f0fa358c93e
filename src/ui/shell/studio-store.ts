import { createStore } from 'zustand/vanilla';
import type { LeftOut } from '../../faces/survey/left-out';
import type { PickedFile } from '../../faces/sources/folder/local-file';
import type { StudioErrorRecord } from '../../core/studio-error';
import type { ResumableRun, WorkerEvent } from '../../studio/protocol';
import type { LessonEvent } from '../../training/lesson/lesson-events';
import { presets, type RunConfig } from '../../training/config/run-config';
import type {
  HeadCollapse,
  ErrorScope,
  PairDistributions,
  RunState,
  StepMetrics,
  ValidationResult,
} from '../../training/session/run-events';
import type { Progress } from '../../core/progress-meter';
import { dataReducer, initialDataState, type DataState, type DataTopic } from '../data/data-slice';
import { afterFacesEvent, noFaces, type FacesState } from '../verify/faces-slice';
import { MetricSeries } from '../charts/metric-series';
import type { RunIntent } from '../train/question/run-at-stake';
import { afterLessonEvent, noLesson, type LessonState } from '../models/lesson-slice';
import {
  afterModelEvent,
  backboneSettings,
  noModels,
  type ModelState,
  type ModelTopic,
} from '../models/models-slice';
import { afterCameraReading, noCamera, type CameraState } from '../verify/camera-slice';
import { afterBenchmarkEvent, noBenchmarks, type BenchmarkState } from '../machine/benchmark-slice';
import {
  afterEvaluationEvent,
  noEvaluation,
  type EvaluationState,
} from '../evaluate/evaluation-slice';

type EventOf<T extends WorkerEvent['type']> = Extract<WorkerEvent, { type: T }>;

/** An error on show. */
export interface ErrorEntry {
  readonly id: number;
  readonly scope: ErrorScope;
  /** Of scopes `data` and `models`: what it was about; null otherwise. */
  readonly about: DataTopic | ModelTopic | null;
  readonly error: StudioErrorRecord;
}

/** Everything that the page shows, as plain values; numeric series lie in {@link series}. */
export interface StudioState
  extends
    BenchmarkState,
    CameraState,
    DataState,
    EvaluationState,
    FacesState,
    LessonState,
    ModelState {
  readonly backend: EventOf<'ready'>['backend'] | null;
  readonly runState: RunState;
  /** Settings of the next run: what the form shows. */
  readonly config: RunConfig;
  /** Settings of the run whose figures are on show, whatever the form has become. */
  readonly runConfig: RunConfig | null;
  /** The worker holds the head of the run on show: it can be used, and downloaded. */
  readonly isAtHand: boolean;
  /**
   * A run has been asked for, and where it goes on; the figures on show stay until it is prepared.
   */
  readonly beginning: { readonly savedStep: number | null } | null;
  readonly files: readonly PickedFile[];
  readonly progress: Progress | null;
  readonly latest: StepMetrics | null;
  /** Counts changes of {@link series}; charts draw when it moves. */
  readonly revision: number;
  readonly validation: ValidationResult | null;
  /** How the run's head fails to learn, as of its last validation; null where it doesn't. */
  readonly collapse: HeadCollapse | null;
  readonly distributions: readonly PairDistributions[];
  readonly source: EventOf<'source'> | null;
  /** What the run leaves out of its source, by kind. */
  readonly leftOut: readonly LeftOut[];
  readonly retry: string | null;
  readonly savedStep: number | null;
  /** The name of the run's TensorBoard file; null where it asks for none. */
  readonly eventFile: string | null;
  /** The folder that it grows in. */
  readonly eventFolder: string | null;
  readonly resumable: ResumableRun | null;
  /** What was asked for that would cost a run: the question is open. */
  readonly runQuestion: RunIntent | null;
  readonly errors: readonly ErrorEntry[];
  /** What was lost and is there again, the last of it at the end. */
  readonly notices: readonly Notice[];
  /** Another tab of this browser has a run or a lesson; this one watches. */
  readonly isElsewhere: boolean;
}

/** Something that the studio mended by itself. */
export interface Notice {
  readonly id: number;
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The metrics of the run on show. */
export const series = new MetricSeries();

/** The page's one store. */
export const studioStore = createStore<StudioState>(() => ({
  backend: null,
  runState: 'idle',
  config: presets.demo,
  runConfig: null,
  isAtHand: false,
  beginning: null,
  files: [],
  progress: null,
  latest: null,
  revision: 0,
  validation: null,
  collapse: null,
  distributions: [],
  source: null,
  leftOut: [],
  retry: null,
  savedStep: null,
  eventFile: null,
  eventFolder: null,
  resumable: null,
  runQuestion: null,
  ...noBenchmarks,
  ...initialDataState,
  ...noLesson,
  ...noModels,
  ...noCamera,
  ...noEvaluation,
  ...noFaces,
  errors: [],
  notices: [],
  isElsewhere: false,
}));

let errorCount = 0;
/** Notices that are kept on show. */
const MAX_NOTICES = 3;

/** Puts an event of the worker into the store. */
export function receive(event: WorkerEvent): void {
  const { setState: set, getState: get } = studioStore;
  switch (event.type) {
    case 'alive':
      return;
    case 'ready':
      return set({
        backend: event.backend,
        backbone: event.backbone,
        heads: event.heads,
        resumable: event.resumable,
      });
    case 'run-state':
      return receiveRunState(event);
    case 'progress':
      return set({ progress: event.progress });
    case 'source':
      return set({ source: event, retry: null });
    case 'steps':
      series.add(event.metrics);
      return set({
        latest: event.metrics.at(-1)!,
        revision: get().revision + 1,
        isAtHand: !get().isElsewhere,
      });
    case 'validation':
      return set({ validation: event.result, isAtHand: !get().isElsewhere });
    case 'distributions':
      return set({ distributions: event.distributions });
    case 'skipped':
      return set({ leftOut: event.leftOut });
    case 'retrying':
      return set({ retry: `${event.shard}: try ${event.attempt + 1} (${event.reason})` });
    case 'head-collapse':
      return set({ collapse: event.collapse });
    case 'checkpoint-saved':
      return set({ savedStep: event.step });
    case 'resumable':
      return set({ resumable: event.run });
    case 'notice':
      return set({
        notices: [...get().notices, { id: errorCount++, text: event.text, at: Date.now() }].slice(
          -MAX_NOTICES,
        ),
      });
    case 'elsewhere':
      // What is on show from now on is the other's.
      if (event.isOn) clearRun(null);
      return set({ isElsewhere: event.isOn });
    case 'source-look':
    case 'data-progress':
    case 'survey':
    case 'plan':
    case 'cache':
      return set(dataReducer(event, get()));
    case 'backbone':
      // Distributions are of the head that was trained on the one before.
      return set({
        ...afterModelEvent(event, get()),
        config: { ...get().config, ...backboneSettings(event.backbone) },
        distributions: [],
        isAtHand: false,
      });
    case 'head':
      // The studio's own head stands in where a run's is gone, and takes nobody's place.
      return set({
        ...afterModelEvent(event, get()),
        ...(event.head && { distributions: [] }),
        ...(event.head && !event.head.ready && { isAtHand: false }),
      });
    case 'models-progress':
    case 'centres':
    case 'centre-comparison':
      return set(afterModelEvent(event, get()));
    case 'side':
    case 'face-busy':
    case 'pair':
    case 'sweep':
    case 'sweep-progress':
      return set(afterFacesEvent(event, get()));
    case 'camera-reading':
      return set(afterCameraReading(event.reading, get(), performance.now()));
    case 'evaluation-progress':
    case 'evaluation':
      return set(afterEvaluationEvent(event));
    case 'benchmark-progress':
    case 'benchmarks':
      return set(afterBenchmarkEvent(event));
    case 'error':
      // A run that was refused before it was prepared has taken nobody's place.
      if (event.scope === 'run') set({ beginning: null });
      // Every checkpoint may fail alike; one alert says it.
      if (get().errors.some(({ error }) => error.message === event.error.message))
        return event.scope === 'data' ? set({ pending: false }) : undefined;
      return set({
        errors: [
          ...get().errors,
          {
            id: errorCount++,
            scope: event.scope,
            about: aboutOf(event, get()),
            error: event.error,
          },
        ],
        // Progress that still comes says that the question outlived its trouble.
        ...(event.scope === 'data' && { pending: false }),
        ...(event.scope === 'models' && { modelPending: false }),
      });
    case 'lesson':
      return receiveLesson(event.event);
    case 'file':
      set({ modelPending: false });
      return download(event.name, event.blob);
    default:
      event satisfies never;
  }
}

function receiveLesson(event: LessonEvent): void {
  const { setState: set, getState: get } = studioStore;
  switch (event.type) {
    case 'error':
      return receive({ ...event, scope: 'models' });
    case 'skipped':
    case 'notice':
    case 'retrying':
      return receive(event);
    default:
      return set(afterLessonEvent(event, get()));
  }
}

/**
 * What an error is about: of data, storage is the cache's; anything else is the last question's.
 */
function aboutOf(
  { scope, error }: EventOf<'error'>,
  { question, modelTopic }: StudioState,
): ErrorEntry['about'] {
  if (scope === 'models') return modelTopic;
  if (scope !== 'data') return null;
  return error.code.startsWith('storage-') ? 'cache' : (question?.kind ?? 'cache');
}

function receiveRunState({ state, config }: EventOf<'run-state'>): void {
  const { beginning, isElsewhere } = studioStore.getState();
  if (beginning && state === 'preparing') clearRun(beginning.savedStep);
  // Another tab's run has no form here: its settings are shown in this one.
  studioStore.setState({
    runState: state,
    ...(config && { runConfig: config, ...(isElsewhere && { config }) }),
  });
}

/**
 * A run is about to be asked for. What belongs to the one before is cleared once the worker has
 * taken it on.
 * @param savedStep the step at which it lies saved, where it goes on from there
 */
export function beginRun(savedStep: number | null = null): void {
  // What ended a run before is no trouble of this one; the same once more is to be seen once more.
  const errors = studioStore.getState().errors.filter(({ scope }) => scope !== 'run');
  studioStore.setState({ beginning: { savedStep }, errors });
}

/** Clears what belongs to the run before. */
function clearRun(savedStep: number | null): void {
  series.clear();
  studioStore.setState({
    beginning: null,
    runConfig: null,
    isAtHand: false,
    latest: null,
    validation: null,
    collapse: null,
    distributions: [],
    source: null,
    leftOut: [],
    retry: null,
    savedStep,
    revision: 0,
  });
}

/** Puts away what only the worker that died could have gone on with. */
export function forgetWorker(): void {
  studioStore.setState(({ allowedOrigins, cache, lessonSettings, evaluation }) => ({
    ...initialDataState,
    ...noLesson,
    ...noModels,
    ...noCamera,
    ...noEvaluation,
    ...noFaces,
    benchmarkProgress: null,
    ...{ allowedOrigins, cache, lessonSettings, evaluation },
    backend: null,
    runState: 'idle',
    progress: null,
    resumable: null,
    distributions: [],
    isAtHand: false,
    isElsewhere: false,
  }));
}

/** Settings of the run whose figures are on show; those of the form where there is none. */
export const runOnShow = ({ runConfig, config }: StudioState): RunConfig => runConfig ?? config;

/** Takes a notice off the page. */
export function dismissNotice(id: number): void {
  studioStore.setState(({ notices }) => ({
    notices: notices.filter((notice) => notice.id !== id),
  }));
}

/** Takes an error off the page. */
export function dismissError(id: number): void {
  studioStore.setState(({ errors }) => ({ errors: errors.filter((entry) => entry.id !== id) }));
}

/** Hands a file to the browser as a download. */
export function download(name: string, content: Blob | string): void {
  const url = URL.createObjectURL(new Blob([content]));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
