import type { BackendReport } from '../engine/backend';
import type { DataCommand, DataEvent, DataReplies } from './protocol/data';
import type {
  EvaluationCommand,
  EvaluationEvent,
  FigureReplies,
  MachineCommand,
} from './protocol/evaluation';
import type { FaceCommand, FaceEvent, FaceReplies } from './protocol/faces';
import type { HeadCommand, HeadEvent } from './protocol/heads';
import type { IjbCommand, IjbReplies } from './protocol/ijb';
import type {
  BackboneInUse,
  HeadSize,
  ModelCommand,
  ModelEvent,
  ModelReplies,
} from './protocol/models';
import type { ResumableRun, RunCommand, RunEvent, RunReplies } from './protocol/run';
import type { RunsReplies, RunsRequest } from './protocol/runs';

/**
 * What the page and the worker that owns the tensors say to each other. Everything in it can be
 * cloned by postMessage. Neither side imports the other's code, only this file, which gathers the
 * requests, replies and events of each subject from `protocol/`. How they travel is in
 * `protocol/messages.ts`.
 */
export type {
  AlignedSet,
  CacheState,
  SampleFace,
  SourceAlignment,
  SourceCount,
  SourceLook,
} from './protocol/data';
export type { DemoTime, EvaluationRequest, QualityRequest } from './protocol/evaluation';
export type { IjbState, IjbSummary, PickedIjb } from './protocol/ijb';
export type {
  CameraReading,
  KnownPerson,
  ShownFace,
  FaceSlot,
  PairReading,
  Sweep,
  SweepKind,
} from './protocol/faces';
export type {
  BackboneChoice,
  BackboneInUse,
  CentresInUse,
  HeadSize,
  SourceCentres,
} from './protocol/models';
export type {
  AvailableHead,
  HeadChoice,
  HeadDescription,
  HeadInUse,
  HeadReason,
} from './protocol/heads';
export type { ExportedFile, ExportKind, ResumableRun, RunAccess, RunPicture } from './protocol/run';

/**
 * What the page can request of the worker. Each request is answered once: by its reply in
 * {@link Replies}, or by a failure.
 */
export type WorkerCommand =
  | InitialiseCommand
  | RunCommand
  | RunsRequest
  | ModelCommand
  | DataCommand
  | FaceCommand
  | HeadCommand
  | EvaluationCommand
  | IjbCommand
  | MachineCommand;

/** The name of a request. */
export type RequestType = WorkerCommand['type'];

/** The request of a name. */
export type RequestOf<T extends RequestType> = {
  [P in T]: { readonly type: P } & Extract<WorkerCommand, { readonly type: P }>;
}[T];

/** The replies of the requests that have one of their own. */
type OwnReplies = DataReplies &
  FaceReplies &
  FigureReplies &
  IjbReplies &
  ModelReplies &
  RunReplies &
  RunsReplies;

/** The reply of each request; null says no more than that it is done. */
export type Replies = {
  readonly [T in RequestType]: T extends keyof OwnReplies ? OwnReplies[T] : null;
};

/**
 * What the worker tells by itself. The scope of an `error` event says what it is about; the failure
 * of a request is no event.
 */
export type WorkerEvent =
  StudioEvent | RunEvent | ModelEvent | HeadEvent | DataEvent | FaceEvent | EvaluationEvent;

/** The first message, sent once. Answered by `ready`. */
interface InitialiseCommand {
  readonly type: 'initialise';
  /** The page's address; models, shards and wasm binaries are served next to it. */
  readonly base: string;
  readonly backend: 'auto' | 'webgpu' | 'wasm';
}

type StudioEvent =
  /**
   * Posted before anything else. From now on the worker holds a Web Lock of its own name, which the
   * page uses to notice that it has died.
   */
  | { readonly type: 'alive' }
  /** The backend and the backbone are ready for commands. */
  | {
      readonly type: 'ready';
      readonly backend: BackendReport;
      readonly backbone: BackboneInUse;
      readonly heads: readonly HeadSize[];
      readonly resumable: ResumableRun | null;
    };
