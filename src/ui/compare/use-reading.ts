import type { ReadingPolicy } from '../../inference/reading-policy';
import type { HeadReading } from '../../training/session/run-events';
import { isRunActive } from '../data/sources/use-source';
import { headName } from '../heads/head-words';
import type { StudioState } from '../shell/studio-store';
import { useStudio } from '../shell/use-studio';

/** How faces of this view are read, the camera's apart. */
export const COMPARE_POLICY: ReadingPolicy = 'full';

/** Which faces: those of the two sides, or that of the camera's last frame. */
type Shown = 'sides' | 'camera';

const headOf = (shown: Shown, { headInUse, cameraHead }: StudioState) =>
  shown === 'sides' ? headInUse : cameraHead;

/**
 * What the head that the shown faces were read with gives for its validation pictures when they are
 * read under the same policy; null if it has no such reading.
 */
export const useReading = (policy: ReadingPolicy, shown: Shown = 'sides'): HeadReading | null =>
  useStudio(
    (state) => headOf(shown, state)?.readings.find((each) => each.policy === policy) ?? null,
  );

/** The name of that head; null if there is none. */
export const useHeadName = (shown: Shown = 'sides'): string | null =>
  useStudio((state) => {
    const head = headOf(shown, state);
    return head && headName(head);
  });

/** Whether that head is of a run that hasn't ended. */
export const useIsTraining = (shown: Shown = 'sides'): boolean =>
  useStudio((state) => headOf(shown, state)?.kind === 'run' && isRunActive(state));
