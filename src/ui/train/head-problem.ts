import { isRunActive } from '../data/sources/use-source';
import { problemOf } from '../heads/head-words';
import { weaknessOf } from '../../training/head-file/head-weakness';
import type { StudioState } from '../shell/studio-store';

/**
 * Why a head should not be trusted, as sentences; null if there is no known problem: it hasn't
 * learnt, or its κ is of little use.
 * @param of `run`: the head of the run shown. `use`: the one that the shown faces were read with.
 * `photographs`: the one for photographs that are read next
 */
export function headProblem(
  of: 'run' | 'use' | 'photographs',
  state: Pick<StudioState, 'headInUse' | 'photoHead' | 'collapse' | 'runState' | 'runReadings'>,
): string | null {
  const { headInUse, photoHead, collapse, runState, runReadings } = state;
  if (of !== 'run') {
    const head = of === 'use' ? headInUse : photoHead;
    const found = head && problemOf(head, isRunActive(state));
    return found && `${found} Choose another head.`;
  }
  if (collapse) return `${collapse.message} ${collapse.nextStep}`;
  // κ of a head that is still being trained is expected to vary little at first.
  const weakness = runState === 'finished' ? weaknessOf(runReadings) : null;
  return weakness && `${weakness} Train on more pictures, or for more epochs.`;
}
