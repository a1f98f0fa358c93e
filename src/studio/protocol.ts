import type { BackendReport } from '../engine/backend';
import type { DataCommand, DataEvent } from './protocol/data';
import type {
  EvaluationCommand,
  EvaluationEvent,
  MachineCommand,
  MachineEvent,
} from './protocol/evaluation';
import type { FaceCommand, FaceEvent } from './protocol/faces';
import type { HeadCommand, HeadEvent } from './protocol/heads';
import type { BackboneInUse, HeadSize, ModelCommand, ModelEvent } from './protocol/models';
import type { ResumableRun, RunCommand, RunEvent } from './protocol/run';

/**
 * The messages between the page and the worker that owns the tensors. Everything in them can be
 * cloned by postMessage. Neither side imports the other's code, only this file, which gathers the
 * messages of each subject from `protocol/`.
 */
export type {
  AlignedSet,
  CacheState,
  SampleFace,
  SourceAlignment,
  SourceLook,
} from './protocol/data';
export type { EvaluationRequest, QualityRequest } from './protocol/evaluation';
export type { CameraReading, ShownFace, FaceSlot, PairReading, SweepKind } from './protocol/faces';
export type { BackboneChoice, BackboneInUse, CentresInUse, HeadSize } from './protocol/models';
export type {
  AvailableHead,
  HeadChoice,
  HeadDescription,
  HeadInUse,
  HeadReason,
} from './protocol/heads';
export type { ExportKind, ResumableRun, RunAccess } from './protocol/run';

/** From the page to the worker. A command that fails is answered by an `error` event. */
export type WorkerCommand =
  | InitialiseCommand
  | RunCommand
  | ModelCommand
  | DataCommand
  | FaceCommand
  | HeadCommand
  | EvaluationCommand
  | MachineCommand;

/**
 * From the worker to the page. The scope of an `error` event says what ended: the studio itself,
 * the run, or one request (`command-scope.ts`).
 */
export type WorkerEvent =
  | StudioEvent
  | RunEvent
  | ModelEvent
  | HeadEvent
  | DataEvent
  | FaceEvent
  | EvaluationEvent
  | MachineEvent;

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
