import type { StudioState } from '../shell/studio-store';

/** What the place Train shows. */
export type TrainStage =
  /** There is no run: it explains, and offers to start one. */
  | 'empty'
  /** A run is asked for, or reads its pictures. */
  | 'preparing'
  /** A run trains, or is paused. */
  | 'training'
  /** A run has ended, in whatever way, and has figures. */
  | 'ended';

/**
 * What the place Train shows. It goes by the state of the run alone: whether some progress is known
 * comes and goes while a run is prepared.
 */
export function trainStage({
  runRequest,
  runState,
  latest,
  validation,
}: Pick<StudioState, 'runRequest' | 'runState' | 'latest' | 'validation'>): TrainStage {
  if (runRequest !== null || runState === 'preparing' || runState === 'recovering')
    return 'preparing';
  if (runState === 'running' || runState === 'paused') return 'training';
  return latest !== null || validation !== null ? 'ended' : 'empty';
}
