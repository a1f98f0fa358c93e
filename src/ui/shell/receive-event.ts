import type { WorkerEvent } from '../../studio/protocol';
import type { LessonEvent } from '../../training/lesson/lesson-events';
import { download } from '../components/download';
import { isRunActive } from '../data/sources/use-source';
import { dataReducer } from '../data/data-slice';
import { evaluationReducer } from '../evaluate/evaluation-slice';
import { headsReducer } from '../heads/heads-slice';
import { benchmarkReducer } from '../machine/benchmark-slice';
import { lessonReducer } from '../models/lesson-slice';
import { backboneSettings, modelReducer } from '../models/models-slice';
import { filesNamed, shardsChosen } from '../data/sources/shards-chosen';
import { replacesRun, trainReducer, type TrainEvent } from '../train/train-slice';
import { cameraReducer } from '../verify/camera/camera-slice';
import { facesReducer } from '../verify/faces-slice';
import { messagesReducer, type ErrorEntry } from './messages-slice';
import { series, studioStore, type StudioState } from './studio-store';

type EventOf<T extends WorkerEvent['type']> = Extract<WorkerEvent, { type: T }>;

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
    case 'validation':
    case 'head-readings':
    case 'skipped':
    case 'retrying':
    case 'head-collapse':
    case 'checkpoint-saved':
    case 'resumable':
    case 'elsewhere':
      return receiveTrainEvent(event);
    case 'source-look':
    case 'alignment':
    case 'data-progress':
    case 'survey':
    case 'plan':
    case 'cache':
      return set(dataReducer(event, get()));
    case 'aligned': {
      const { name, file, shards } = event.aligned;
      const chosen = { shards: filesNamed(name), files: [{ file, path: name }] };
      const isAskedFor = get().config.shards === shards && !isRunActive(get());
      set(dataReducer(event, get()));
      return isAskedFor ? set(shardsChosen(chosen, get())) : undefined;
    }
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
    case 'models-progress':
    case 'centres':
    case 'centre-comparison':
    case 'file-head':
      return set(modelReducer(event, get()));
    case 'lesson':
      return receiveLessonEvent(event.event);
    case 'side':
    case 'face-busy':
    case 'pair':
    case 'sweep':
    case 'sweep-progress':
      return set(facesReducer(event, get()));
    case 'camera-reading':
      return set(cameraReducer(event.reading, get(), performance.now()));
    case 'evaluation-progress':
    case 'evaluation':
      return set(evaluationReducer(event));
    case 'benchmark-progress':
    case 'benchmarks':
      return set(benchmarkReducer(event));
    case 'notice':
      return set(messagesReducer(event, get()));
    case 'error':
      return receiveError(event);
    case 'file':
      set({ modelPending: false });
      return download(event.name, event.blob);
    default:
      event satisfies never;
  }
}

function receiveTrainEvent(event: TrainEvent): void {
  const state = studioStore.getState();
  if (replacesRun(event, state)) series.clear();
  if (event.type === 'steps') series.add(event.metrics);
  studioStore.setState(trainReducer(event, state));
}

function receiveLessonEvent(event: LessonEvent): void {
  switch (event.type) {
    case 'error':
      return receive({ ...event, scope: 'models' });
    case 'skipped':
    case 'notice':
    case 'retrying':
      return receive(event);
    default:
      return studioStore.setState(lessonReducer(event, studioStore.getState()));
  }
}

function receiveError(event: EventOf<'error'>): void {
  const { scope, error } = event;
  const state = studioStore.getState();
  // Every checkpoint may fail in the same way; one alert is enough.
  const isRepeated = state.errors.some((entry) => entry.error.message === error.message);
  studioStore.setState({
    ...messagesReducer({ ...event, about: topicOf(event, state) }, state),
    // The run was refused before it was prepared: the figures of the one before stay.
    ...(scope === 'run' && { runRequest: null }),
    // If progress still comes, the request survived the error, and is pending again.
    ...(scope === 'data' && { dataPending: false }),
    ...(scope === 'models' && !isRepeated && { modelPending: false }),
  });
}

/** What an error is about: storage errors of scope `data` the cache, others the last request. */
function topicOf(
  { scope, error }: EventOf<'error'>,
  { dataRequest, modelRequest }: StudioState,
): ErrorEntry['about'] {
  if (scope === 'models') return modelRequest;
  if (scope !== 'data') return null;
  return error.code.startsWith('storage-') ? 'cache' : (dataRequest?.kind ?? 'cache');
}
