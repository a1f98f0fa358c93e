import type { Progress } from '../../core/progress-meter';
import type { StudioErrorRecord } from '../../core/studio-error';
import type { Replies, RequestOf, RequestType, WorkerEvent } from '../protocol';

/** What travels from the page to the worker. */
export interface RequestMessage<T extends RequestType = RequestType> {
  readonly kind: 'request';
  /** Chosen by the page: names the request in everything that answers it. */
  readonly requestId: number;
  readonly command: RequestOf<T>;
}

/** What travels from the worker to the page. */
export type WorkerMessage<T extends RequestType = RequestType> =
  ReplyMessage<T> | FailureMessage | WarningMessage | TaskProgressMessage | EventMessage;

/** Ends a request: it is done. */
export type ReplyMessage<T extends RequestType = RequestType> = {
  readonly [P in T]: {
    readonly kind: 'reply';
    readonly requestId: number;
    readonly type: P;
    readonly result: Replies[P];
  };
}[T];

/** Ends a request: it has failed. */
export interface FailureMessage {
  readonly kind: 'failure';
  readonly requestId: number;
  readonly type: RequestType;
  readonly error: StudioErrorRecord;
}

/** Something went wrong that doesn't end the request. */
export interface WarningMessage {
  readonly kind: 'warning';
  readonly requestId: number;
  readonly type: RequestType;
  readonly error: StudioErrorRecord;
}

/** How far a request is; null while there is nothing to count. */
export interface TaskProgressMessage {
  readonly kind: 'task-progress';
  readonly requestId: number;
  readonly task: RequestType;
  readonly progress: Progress | null;
}

/** Something that the worker tells. */
export interface EventMessage {
  readonly kind: 'event';
  /** The request that it belongs to; null if none asked for it. */
  readonly requestId: number | null;
  /** The kept run that it is of; null before the run has its folder, and if it is of none. */
  readonly runId: string | null;
  readonly event: WorkerEvent;
}
