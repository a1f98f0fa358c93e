import type { Progress } from '../../core/progress-meter';
import type { BackendAccess } from '../backend-access';
import type { Controllers } from '../controllers/controllers';
import type { Replies, RequestOf, RequestType, WorkerEvent } from '../protocol';
import type { StudioContext } from '../studio-context';

/** A request that is being carried out. What is told through it names the request. */
export interface Task {
  /** Tells how far it is; null while there is nothing to count. */
  readonly report: (progress: Progress | null) => void;
  readonly post: (event: WorkerEvent) => void;
}

/**
 * Carries out each of some requests, and gives its reply.
 * @throws StudioError whatever ends the request
 */
export type Handlers<T extends RequestType = RequestType> = {
  readonly [P in T]: (command: RequestOf<P>, task: Task) => Promise<Replies[P]>;
};

/** What handlers work with. */
export interface HandlerTools {
  readonly context: StudioContext;
  readonly controllers: Controllers;
  readonly access: BackendAccess;
}

/** Makes a handler of work whose only reply is that it is done. */
export const done =
  <C>(work: (command: C, task: Task) => Promise<void> | void) =>
  async (command: C, task: Task): Promise<null> => {
    await work(command, task);
    return null;
  };
