import { foreignOriginsOf } from './origins';
import type { DataQuestion, DataState } from '../data-slice';
import type { StudioState } from '../../shell/studio-store';
import { useStudio } from '../../shell/use-studio';

/** A look at the source on show; null where it was another that was looked at, or none. */
export const lookOf = ({ look, config }: StudioState): DataState['look'] =>
  look?.shards === config.shards ? look : null;

/** Origins that the source on show asks, as far as is known, and that no one has allowed yet. */
export function unaskedOrigins(state: StudioState): string[] {
  const origins = [
    ...foreignOriginsOf(state.config.shards, location.href),
    ...(lookOf(state)?.info.foreignOrigins ?? []),
  ];
  return [...new Set(origins)].filter((origin) => !state.allowedOrigins.includes(origin));
}

/** Whether a run is on: its settings stand then, and it has the backbone to itself. */
export const isRunOn = ({ runState }: StudioState): boolean =>
  runState === 'preparing' || runState === 'running' || runState === 'paused';

/** The question that the worker is at; null where it is at none. */
export function useQuestionAtWork(): DataQuestion['kind'] | null {
  return useStudio(({ pending, question }) => (pending && question ? question.kind : null));
}

/** Why nothing can be asked of a source now; null where something can. */
export function useWhyNot(): string | null {
  return useStudio(({ backend, config }) =>
    backend === null
      ? 'The studio is starting.'
      : config.shards.trim() === ''
        ? 'Choose where faces come from first.'
        : null,
  );
}
