import type { Progress } from '../../core/progress-meter';
import type { PickedFile } from '../../faces/sources/folder/local-file';
import type { LeftOut } from '../../faces/survey/left-out';
import type { ResumableRun, WorkerEvent } from '../../studio/protocol';
import { presets, type RunConfig } from '../../training/config/run-config';
import type {
  HeadCollapse,
  HeadReading,
  HeldOutPictures,
  RunState,
  StepMetrics,
  ValidationResult,
} from '../../training/session/run-events';
import type { ValidationPoint } from '../charts/steps/drawn-run';
import { progressOf, type TasksState } from '../shell/client/tasks-slice';
import type { RunIntent } from './confirm/run-at-stake';
import { faceMapReducer, type FaceMapState } from './map/face-map-slice';

/** What the page knows of the next run, of the current one and of the saved one. */
export interface TrainState {
  /** Settings of the next run, as the form shows them. */
  readonly config: RunConfig;
  /** Files picked for the next run. */
  readonly files: readonly PickedFile[];
  /** A run was requested and is not prepared yet. `savedStep`: the step that it resumes from. */
  readonly runRequest: { readonly savedStep: number | null } | null;
  readonly runState: RunState;
  /** Of a run in another tab, or of a recovery: what no request of this page asked for. */
  readonly runProgress: Progress | null;
  /** Settings of the run whose figures are shown, whatever the form has become. */
  readonly runConfig: RunConfig | null;
  /** The worker holds the head of the run shown: it can be used and downloaded. */
  readonly isRunLoaded: boolean;
  readonly latest: StepMetrics | null;
  /** Counts changes of the metric series; charts redraw when it moves. */
  readonly revision: number;
  readonly validation: ValidationResult | null;
  /** All validations of the run, in order of steps. */
  readonly validations: readonly ValidationPoint[];
  /** The map of the run's embeddings; null before the first pass, and for a run without one. */
  readonly faceMap: FaceMapState | null;
  /** Which pictures the validations are of; null before the first. */
  readonly heldOut: HeldOutPictures | null;
  /** How the head fails to learn, by its last validation; null if it learns. */
  readonly collapse: HeadCollapse | null;
  /** What the run's head gives for its validation pictures. */
  readonly runReadings: readonly HeadReading[];
  readonly source: Extract<WorkerEvent, { type: 'source' }> | null;
  /** What the run leaves out of its source, by kind. */
  readonly leftOut: readonly LeftOut[];
  /** The shard that is being fetched again, the try and the reason. */
  readonly retry: string | null;
  /** The step of the last checkpoint. */
  readonly savedStep: number | null;
  /** Name of the run's TensorBoard file; null if the run writes none. */
  readonly eventFile: string | null;
  /** Name of the picked folder that the TensorBoard file is written to. */
  readonly eventFolder: string | null;
  /** The run on show among the kept runs; null if it has no place there. */
  readonly keptRun: { readonly id: string; readonly name: string } | null;
  readonly resumable: ResumableRun | null;
  /** The action that waits for the person's confirmation, because it would lose a run. */
  readonly confirmation: RunIntent | null;
  /** Another tab of this browser has a run or a lesson; this one only shows it. */
  readonly isWatching: boolean;
}

/** How far the studio or a run is in getting ready, or with its last readings; null otherwise. */
export const shownProgress = (state: TrainState & TasksState): Progress | null =>
  progressOf(state, 'start', 'resume-run', 'resume-file', 'initialise') ?? state.runProgress;

/** What a new run starts from: nothing of the one before is shown any more. */
const clearedRun = {
  runRequest: null,
  runConfig: null,
  isRunLoaded: false,
  latest: null,
  revision: 0,
  validation: null,
  validations: [],
  faceMap: null,
  heldOut: null,
  collapse: null,
  runReadings: [],
  source: null,
  leftOut: [],
  retry: null,
  savedStep: null,
  keptRun: null,
} satisfies Partial<TrainState>;

export const initialTrainState: TrainState = {
  ...clearedRun,
  config: presets.demo,
  files: [],
  runState: 'idle',
  runProgress: null,
  eventFile: null,
  eventFolder: null,
  resumable: null,
  confirmation: null,
  isWatching: false,
};

/** The worker's events about runs. */
export type TrainEvent = Extract<
  WorkerEvent,
  {
    type:
      | 'run-state'
      | 'progress'
      | 'source'
      | 'steps'
      | 'face-map'
      | 'held-out'
      | 'validation'
      | 'head-readings'
      | 'skipped'
      | 'retrying'
      | 'head-collapse'
      | 'checkpoint-saved'
      | 'resumable'
      | 'kept-run'
      | 'elsewhere';
  }
>;

/** What an event changes in the slice. */
export function trainReducer(event: TrainEvent, state: TrainState): Partial<TrainState> {
  switch (event.type) {
    case 'run-state':
      return afterRunState(event, state);
    case 'progress':
      return { runProgress: event.progress };
    case 'source':
      return { source: event, retry: null };
    case 'steps':
      return {
        latest: event.metrics.at(-1)!,
        revision: state.revision + 1,
        validations: before(event.metrics[0]!.step, state.validations),
        isRunLoaded: !state.isWatching,
      };
    case 'validation':
      return {
        validation: event.result,
        validations: [...before(event.result.step, state.validations), pointOf(event.result)],
        isRunLoaded: !state.isWatching,
      };
    case 'face-map':
      return { faceMap: faceMapReducer(event.part, state.faceMap) };
    case 'held-out':
      return { heldOut: event.heldOut };
    case 'head-readings':
      return { runReadings: event.readings };
    case 'skipped':
      return { leftOut: event.leftOut };
    case 'retrying':
      return { retry: `${event.shard}: try ${event.attempt + 1} (${event.reason})` };
    case 'head-collapse':
      return { collapse: event.collapse };
    case 'checkpoint-saved':
      return { savedStep: event.step };
    case 'resumable':
      return { resumable: event.run };
    case 'kept-run':
      return { keptRun: { id: event.id, name: event.name } };
    case 'elsewhere':
      return { ...(event.isOn && clearedRun), isWatching: event.isOn };
    default:
      return event satisfies never;
  }
}

/** Whether an event replaces the run shown, so that its metrics are to be cleared. */
export function replacesRun(event: TrainEvent, { runRequest }: TrainState): boolean {
  if (event.type === 'elsewhere') return event.isOn;
  return event.type === 'run-state' && event.state === 'preparing' && runRequest !== null;
}

/**
 * Whether an event ends a run that was stopped while it was prepared, and has no step of before:
 * the library keeps nothing of it.
 */
export function endsWithoutStep(event: TrainEvent, state: TrainState): boolean {
  const { runState, latest, validation } = state;
  if (event.type !== 'run-state' || event.state !== 'stopped') return false;
  const wasPrepared = runState === 'preparing' || runState === 'recovering';
  return wasPrepared && latest === null && validation === null;
}

/** The validations before a step; the same list if these are all. */
function before(step: number, validations: readonly ValidationPoint[]): readonly ValidationPoint[] {
  const kept = validations.filter((each) => each.step < step);
  return kept.length < validations.length ? kept : validations;
}

/** What charts need of a validation, without its arrays, which would add up. */
const pointOf = (result: ValidationResult): ValidationPoint => {
  const { step, epoch, loss, spearman, spearmanClean } = result;
  return { step, epoch, loss, spearman, spearmanClean };
};

function afterRunState(
  event: Extract<TrainEvent, { type: 'run-state' }>,
  state: TrainState,
): Partial<TrainState> {
  const { state: runState, config } = event;
  // The page is as it was before the run; the next one may be asked for already.
  if (endsWithoutStep(event, state))
    return { ...clearedRun, runRequest: state.runRequest, runState: 'idle' };
  const savedStep = state.runRequest?.savedStep ?? null;
  return {
    ...(replacesRun(event, state) && { ...clearedRun, savedStep }),
    runState,
    ...(config && { runConfig: config }),
    // The form of this tab shows the settings of the other tab's run.
    ...(config && state.isWatching && { config }),
  };
}
