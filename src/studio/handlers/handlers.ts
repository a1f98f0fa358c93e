import type { Controllers } from '../controllers/controllers';
import type { Replies, RequestOf, RequestType } from '../protocol';
import type { StudioContext } from '../studio-context';
import type { Task } from '../task';

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
}

/** Makes a handler of work whose only reply is that it is done. */
export const done =
  <C>(work: (command: C, task: Task) => Promise<void> | void) =>
  async (command: C, task: Task): Promise<null> => {
    await work(command, task);
    return null;
  };
