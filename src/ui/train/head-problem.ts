import type { StudioState } from '../shell/studio-store';

/**
 * Why a head is not to be trusted, as sentences; null where nothing speaks against it.
 * @param of the head of the run on show, or the one that faces are read with: that of a file, where
 * one was loaded, or the run's where it is at hand still
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
