import { foreignOriginsOf } from './origins';
import { dataTasks, type DataState } from '../data-slice';
import { isActive } from '../../../training/session/run-machine';
import type { StudioState } from '../../shell/studio-store';
import { isPending, pendingTask, type TasksState } from '../../shell/client/tasks-slice';
import { useStudio } from '../../shell/use-studio';

/** The look at the chosen source; null if there is none, or it was of another source. */
export const lookOf = ({ look, config }: StudioState): DataState['look'] =>
  look?.shards === config.shards ? look : null;

/** The known origins of the chosen source that the person has not allowed yet. */
export function unapprovedOrigins(state: StudioState): string[] {
  const origins = [
    ...foreignOriginsOf(state.config.shards, location.href),
    ...(lookOf(state)?.info.foreignOrigins ?? []),
  ];
  return [...new Set(origins)].filter((origin) => !state.allowedOrigins.includes(origin));
}

/** Whether a run is active: its settings can't be changed then, and it occupies the backbone. */
export const isRunActive = ({ runState }: Pick<StudioState, 'runState'>): boolean =>
  isActive(runState);

/** Whether a request about a source has no answer yet. */
export const isDataPending = (state: TasksState): boolean => isPending(state, ...dataTasks);

/** The newest request about a source that has no answer yet; null if all have one. */
export function usePendingDataRequest(): (typeof dataTasks)[number] | null {
  return useStudio((state) => pendingTask(state, ...dataTasks)?.type ?? null);
}

/** Why no data request can be made now; null if one can. */
export function useBlockedReason(): string | null {
  return useStudio(({ backend, config }) => {
    if (backend === null) return 'The studio is starting.';
    return config.shards.trim() === '' ? 'Choose a source of faces first.' : null;
  });
}
