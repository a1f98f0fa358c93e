import type { StudioState } from '../shell/studio-store';

/**
 * Why a head should not be trusted, as sentences; null if there is no known problem.
 * @param of `run`: the head of the run shown. `use`: the one that faces are read with, which is the
 * head read from a file, else the run's while the worker still holds it
 */
export function headProblem(
  of: 'run' | 'use',
  { headInUse, collapse, isRunLoaded }: Pick<StudioState, 'headInUse' | 'collapse' | 'isRunLoaded'>,
): string | null {
  if (of === 'use' && headInUse) {
    return headInUse.collapse && `${headInUse.collapse} Choose another head under Models.`;
  }
  if (of === 'use' && !isRunLoaded) return null;
  return collapse && `${collapse.message} ${collapse.nextStep}`;
}
