import { StudioError, type StudioErrorRecord } from '../../../core/studio-error';
import type { Replies, RequestOf, RequestType } from '../../../studio/protocol';
import type {
  FailureMessage,
  ReplyMessage,
  RequestMessage,
  TaskProgressMessage,
} from '../../../studio/protocol/messages';
import type { TaskEvent } from './tasks-slice';

/** A request that the worker has left unanswered, because it has died. */
export class WorkerDied extends StudioError {
  constructor() {
    super(
      'worker-crashed',
      'The studio’s worker died before it had answered.',
      'Try again once another has been started.',
    );
  }
}

/** What becomes of a request: one of these is called, once. */
export interface Answer<T extends RequestType> {
  readonly onReply: (reply: Replies[T]) => void;
  readonly onFailure: (error: StudioError) => void;
}

interface Waiting {
  readonly settle: (reply: ReplyMessage) => void;
  readonly fail: (error: StudioError) => void;
}

/** Where the client sends requests, and whom it tells of them. */
interface RequestClientOptions {
  /** Sends a message to the worker. @throws if there is none, or the message can't be cloned */
  readonly post: <T extends RequestType>(
    message: RequestMessage<T>,
    transfer: Transferable[],
  ) => void;
  readonly onTask: (event: TaskEvent) => void;
}

/** Sends requests to a worker, and gives each the reply that names it. */
export class RequestClient {
  #lastId = 0;
  readonly #waiting = new Map<number, Waiting>();

  constructor(readonly options: RequestClientOptions) {}

  /**
   * Sends a request.
   * @param answer called before any later message of the worker is received
   * @param transfer objects of it that move to the worker
   */
  ask<T extends RequestType>(
    command: RequestOf<T>,
    { onReply, onFailure }: Answer<T>,
    transfer: Transferable[] = [],
  ): void {
    const { post, onTask } = this.options;
    const requestId = ++this.#lastId;
    const type: T = command.type;
    try {
      post({ kind: 'request', requestId, command }, transfer);
    } catch (thrown) {
      onFailure(unsent(thrown));
      return;
    }
    onTask({ type: 'began', requestId, task: type });
    const settle = (reply: ReplyMessage) => {
      if (isReplyTo(type, reply)) onReply(reply.result);
      else onFailure(misnamed(type, reply.type));
    };
    this.#waiting.set(requestId, { settle, fail: onFailure });
  }

  /** As {@link ask}. @throws StudioError if the request fails; {@link WorkerDied} */
  request<T extends RequestType>(
    command: RequestOf<T>,
    transfer: Transferable[] = [],
  ): Promise<Replies[T]> {
    return new Promise((onReply, onFailure) => this.ask(command, { onReply, onFailure }, transfer));
  }

  /** Takes what the worker says about a request. What comes after its answer is ignored. */
  receive(message: ReplyMessage | FailureMessage | TaskProgressMessage): void {
    const { requestId } = message;
    const waiting = this.#waiting.get(requestId);
    if (!waiting) return;
    switch (message.kind) {
      case 'task-progress':
        return this.options.onTask({ type: 'progress', requestId, progress: message.progress });
      case 'reply':
        return this.#end(requestId, () => waiting.settle(message));
      case 'failure':
        return this.#end(requestId, () => waiting.fail(errorOf(message.error)));
      default:
        message satisfies never;
    }
  }

  /** Ends every request that has no answer, because the worker has died. */
  endAll(): void {
    for (const [requestId, { fail }] of [...this.#waiting])
      this.#end(requestId, () => fail(new WorkerDied()));
  }

  #end(requestId: number, answer: () => void): void {
    this.#waiting.delete(requestId);
    try {
      answer();
    } finally {
      // Afterwards, so that nobody sees a request that is over and has brought nothing.
      this.options.onTask({ type: 'ended', requestId });
    }
  }
}

const isReplyTo = <T extends RequestType>(
  type: T,
  reply: ReplyMessage,
): reply is ReplyMessage & ReplyMessage<T> => reply.type === type;

const errorOf = ({ code, message, nextStep, at }: StudioErrorRecord): StudioError =>
  new StudioError(code, message, nextStep, { at });

const RELOAD = 'Reload the page; saved runs are kept.';

function unsent(cause: unknown): StudioError {
  const { code, message, nextStep } = StudioError.record(cause, 'worker-crashed', RELOAD);
  return new StudioError(code, message, nextStep, { cause });
}

const misnamed = (type: RequestType, answered: RequestType): StudioError =>
  new StudioError('worker-crashed', `The request ${type} was answered as ${answered}.`, RELOAD);
