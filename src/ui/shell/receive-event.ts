import type { StudioErrorRecord } from '../../core/studio-error';
import type { RequestType, WorkerEvent } from '../../studio/protocol';
import type { LessonEvent } from '../../training/lesson/lesson-events';
import { headsReducer } from '../heads/heads-slice';
import { lessonReducer } from '../models/lesson-slice';
import { backboneSettings, modelReducer } from '../models/models-slice';
import { runsReducer } from '../runs/runs-slice';
import { endsWithoutStep, replacesRun, trainReducer, type TrainEvent } from '../train/train-slice';
import { facesReducer } from '../compare/faces-slice';
import { messagesReducer, type ErrorToShow } from './messages-slice';
import { placeOf } from './client/request-place';
import { series, studioStore } from './studio-store';

type PlacedRequest = Parameters<typeof placeOf>[0];

/** Applies an event of the worker to the store. */
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
    case 'progress':
    case 'source':
    case 'steps':
    case 'face-map':
    case 'held-out':
    case 'validation':
    case 'head-readings':
    case 'skipped':
    case 'retrying':
    case 'head-collapse':
    case 'checkpoint-saved':
    case 'resumable':
    case 'kept-run':
    case 'elsewhere':
      return receiveTrainEvent(event);
    case 'runs-changed':
      return set({ runs: runsReducer(get().runs, { type: 'changed' }) });
    case 'alignment':
      return set({ alignment: event.alignment });
    case 'cache':
      return set({ cache: event.cache });
    case 'backbone':
      return set({
        ...modelReducer(event, get()),
        config: { ...get().config, ...backboneSettings(event.backbone) },
        runReadings: [],
        isRunLoaded: false,
      });
    case 'heads':
    case 'photo-head':
      return set(headsReducer(event));
    case 'head':
      // At once, so that a score is never shown against the distributions of another head.
      return set({ ...headsReducer(event), ...facesReducer(event, get()) });
    case 'file-head':
      return set(modelReducer(event, get()));
    case 'lesson':
      return receiveLessonEvent(event.event);
    case 'side':
    case 'face-busy':
    case 'pair':
      return set(facesReducer(event, get()));
    case 'evaluation':
      return set({ evaluation: event.result });
    case 'notice':
      return set(messagesReducer(event, get()));
    case 'error':
      // No request asked for it. What goes wrong with data by itself is the cache of shards.
      return showError({ ...event, about: event.scope === 'data' ? 'cache' : null });
    default:
      event satisfies never;
  }
}

function receiveTrainEvent(event: TrainEvent): void {
  const state = studioStore.getState();
  if (replacesRun(event, state)) series.clear();
  if (event.type === 'steps') series.add(event.metrics);
  studioStore.setState(trainReducer(event, state));
  if (endsWithoutStep(event, state)) {
    const kept = state.savedStep === null ? 'there is nothing to keep' : 'it is kept as it was';
    receive({ type: 'notice', text: `The run was stopped before its first step: ${kept}.` });
  }
}

function receiveLessonEvent(event: Exclude<LessonEvent, { type: 'progress' }>): void {
  switch (event.type) {
    case 'error':
      return showError({ ...event, scope: 'models', about: 'lesson' });
    case 'skipped':
    case 'notice':
    case 'retrying':
      return receive(event);
    default:
      return studioStore.setState(lessonReducer(event, studioStore.getState()));
  }
}

/** Shows why a request has failed, in its place, and ends its waiting. */
export function receiveFailure(command: PlacedRequest, error: StudioErrorRecord): void {
  const place = placeOf(command);
  studioStore.setState({
    // The run was refused before it was prepared: the figures of the one before stay.
    ...(place.scope === 'run' && { runRequest: null }),
  });
  showError({ ...place, error });
}

/** Shows what went wrong in a request and didn't end it. What can't be stored is of the cache. */
export function receiveWarning(type: RequestType, error: StudioErrorRecord): void {
  const place = placeOf({ type });
  const isOfCache = place.scope === 'data' && error.code.startsWith('storage-');
  showError(isOfCache ? { scope: 'data', about: 'cache', error } : { ...place, error });
}

/** A request has succeeded: what failed there before is no longer so. */
export function receiveSuccess(command: PlacedRequest): void {
  studioStore.setState((state) => messagesReducer({ type: 'success', ...placeOf(command) }, state));
}

/** Shows an error, in place of one of the same topic. */
export function showError(entry: ErrorToShow): void {
  studioStore.setState((state) => messagesReducer({ type: 'error', ...entry }, state));
}
