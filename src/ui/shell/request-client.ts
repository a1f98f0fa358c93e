import { StudioError, type StudioErrorRecord } from '../../core/studio-error';
import type { Replies, RequestOf, RequestType } from '../../studio/protocol';
import type { FailureMessage, ReplyMessage, RequestMessage } from '../../studio/protocol/messages';

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

interface Waiting {
  readonly settle: (reply: ReplyMessage) => void;
  readonly reject: (error: StudioError) => void;
}

/** Sends requests to a worker, and gives each the reply that names it. */
export class RequestClient {
  #lastId = 0;
  readonly #waiting = new Map<number, Waiting>();

  /** @param post sends a message to the worker; throws if there is none, or it can't be cloned */
  constructor(
    readonly post: <T extends RequestType>(
      message: RequestMessage<T>,
      transfer: Transferable[],
    ) => void,
  ) {}

  /**
   * Sends a request.
   * @param transfer objects of it that move to the worker
   * @returns the reply
   * @throws StudioError if the request fails; {@link WorkerDied} if it will never be answered
   */
  request<T extends RequestType>(
    command: RequestOf<T>,
    transfer: Transferable[] = [],
  ): Promise<Replies[T]> {
    const requestId = ++this.#lastId;
    const type: T = command.type;
    return new Promise((resolve, reject) => {
      this.post({ kind: 'request', requestId, command }, transfer);
      const settle = (reply: ReplyMessage) => {
        if (isReplyTo(type, reply)) resolve(reply.result);
        else reject(new Error(`The worker answered ${type} as if it were ${reply.type}.`));
      };
      this.#waiting.set(requestId, { settle, reject });
    });
  }

  /** Gives a request its reply or its failure. */
  settle(message: ReplyMessage | FailureMessage): void {
    const waiting = this.#waiting.get(message.requestId);
    this.#waiting.delete(message.requestId);
    if (message.kind === 'reply') waiting?.settle(message);
    else waiting?.reject(errorOf(message.error));
  }

  /** Ends every request that has no answer, because the worker has died. */
  endAll(): void {
    const left = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of left) reject(new WorkerDied());
  }
}

const isReplyTo = <T extends RequestType>(
  type: T,
  reply: ReplyMessage,
): reply is ReplyMessage & ReplyMessage<T> => reply.type === type;

const errorOf = ({ code, message, nextStep }: StudioErrorRecord): StudioError =>
  new StudioError(code, message, nextStep);
