import { weaknessOf } from '../../training/head-file/head-weakness';
import type { StudioState } from '../shell/studio-store';

/**
 * Why a head should not be trusted, as sentences; null if there is no known problem: it hasn't
 * learnt, or its κ is of little use.
 * @param of `run`: the head of the run shown. `use`: the one that faces are read with, which is the
 * head read from a file, else the run's while the worker still holds it
 */
export function headProblem(
  of: 'run' | 'use',
  {
    headInUse,
    collapse,
    isRunLoaded,
    runState,
    readings,
  }: Pick<StudioState, 'headInUse' | 'collapse' | 'isRunLoaded' | 'runState' | 'readings'>,
): string | null {
  if (of === 'use' && headInUse) {
    const found = headInUse.collapse ?? weaknessOf(headInUse.readings);
    return found && `${found} Choose another head under Models.`;
  }
  if (of === 'use' && !isRunLoaded) return null;
  if (collapse) return `${collapse.message} ${collapse.nextStep}`;
  // κ of a head that is still being trained is expected to vary little at first.
  const isDone = runState === 'finished' && !headInUse;
  const weakness = isDone ? weaknessOf(readings) : null;
  return weakness && `${weakness} Train on more pictures, or for more epochs.`;
}
