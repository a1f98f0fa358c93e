import type { ReadingPolicy } from '../../inference/reading-policy';
import type { HeadReading } from '../../training/session/run-events';
import { isRunActive } from '../data/sources/use-source';
import { useStudio } from '../shell/use-studio';

/** How faces of this view are read, the camera's apart. */
export const COMPARE_POLICY: ReadingPolicy = 'full';

/**
 * What the head in use gives for its validation pictures when they are read as the faces shown
 * were; null if it has no such reading.
 */
export const useReading = (policy: ReadingPolicy): HeadReading | null =>
  useStudio(({ readings }) => readings.find((reading) => reading.policy === policy) ?? null);

/** The name of the head that the shown faces were read with; null if there is none. */
export const useHeadName = (): string | null =>
  useStudio(({ headInUse, isRunLoaded }) => {
    if (headInUse) return headInUse.name;
    return isRunLoaded ? 'the head of this run' : null;
  });

/** Whether the head in use is that of a run that hasn't ended. */
export const useIsTraining = (): boolean =>
  useStudio((state) => state.headInUse === null && state.isRunLoaded && isRunActive(state));
