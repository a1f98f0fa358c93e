import type { Progress } from '../../../core/progress-meter';
import type { RequestType } from '../../../studio/protocol';

/** The requests that have no answer yet, oldest first. */
export interface TasksState {
  readonly tasks: readonly PageTask[];
}

/** A request that has no answer yet. */
export interface PageTask<T extends RequestType = RequestType> {
  readonly requestId: number;
  readonly type: T;
  /** How far it is; null while there is nothing to count. */
  readonly progress: Progress | null;
}

export const initialTasksState: TasksState = { tasks: [] };

/** What happens to a request. */
export type TaskEvent =
  | { readonly type: 'began'; readonly requestId: number; readonly task: RequestType }
  | { readonly type: 'progress'; readonly requestId: number; readonly progress: Progress | null }
  | { readonly type: 'ended'; readonly requestId: number };

/** What an event changes in the slice. */
export function tasksReducer(event: TaskEvent, { tasks }: TasksState): Partial<TasksState> {
  const { requestId } = event;
  switch (event.type) {
    case 'began':
      return { tasks: [...tasks, { requestId, type: event.task, progress: null }] };
    case 'progress': {
      const { progress } = event;
      return { tasks: tasks.map((t) => (t.requestId === requestId ? { ...t, progress } : t)) };
    }
    case 'ended':
      return { tasks: tasks.filter((task) => task.requestId !== requestId) };
    default:
      return event satisfies never;
  }
}

/** The newest request of these types that has no answer yet. */
export function pendingTask<T extends RequestType>(
  { tasks }: TasksState,
  ...types: readonly T[]
): PageTask<T> | undefined {
  const isOneOf = (task: PageTask): task is PageTask<T> => types.some((type) => type === task.type);
  return tasks.findLast(isOneOf);
}

/** Whether a request of one of these types has no answer yet. */
export const isPending = (state: TasksState, ...types: readonly RequestType[]): boolean =>
  pendingTask(state, ...types) !== undefined;

/** How far the newest request of these types is; null without one, or without progress. */
export const progressOf = (state: TasksState, ...types: readonly RequestType[]): Progress | null =>
  pendingTask(state, ...types)?.progress ?? null;
