import { lessonDefaults, type LessonConfig } from '../../training/lesson/lesson-config';
import type {
  LessonEvent,
  LessonBaseline,
  LessonResult,
  LessonSet,
  LessonStep,
} from '../../training/lesson/lesson-events';
import type { RunState } from '../../training/session/run-events';
import { isActive } from '../../training/session/run-machine';

/** What the page knows of the current lesson. */
export interface LessonState {
  /** Settings of the current lesson; null before the first one. */
  readonly lessonRequest: LessonConfig | null;
  readonly lessonState: RunState;
  readonly lessonSet: LessonSet | null;
  readonly lessonStep: LessonStep | null;
  /** Figures before any training, and after each epoch. */
  readonly lessonResults: readonly LessonResult[];
  /** Figures of the backbone in use, for comparison. */
  readonly lessonBaseline: LessonBaseline | null;
  /** Settings of the next lesson. A stopped lesson resumes only if they have not changed. */
  readonly lessonSettings: Pick<LessonConfig, 'loss' | 'epochs' | 'margin'>;
}

export const initialLessonState: LessonState = {
  lessonRequest: null,
  lessonState: 'idle',
  lessonSet: null,
  lessonStep: null,
  lessonResults: [],
  lessonBaseline: null,
  lessonSettings: lessonDefaults,
};

/** What an event changes in the slice. Errors, notices, retries, skips and progress belong to
 * the page. */
export function lessonReducer(
  event: Exclude<LessonEvent, { type: 'error' | 'notice' | 'progress' | 'skipped' | 'retrying' }>,
  { lessonResults, lessonSettings, lessonRequest }: LessonState,
): Partial<LessonState> {
  switch (event.type) {
    case 'lesson-state':
      if (event.state !== 'preparing') return { lessonState: event.state };
      return { ...initialLessonState, lessonState: 'preparing', lessonSettings, lessonRequest };
    case 'lesson-set':
      return { lessonSet: event.set };
    case 'lesson-steps':
      return { lessonStep: event.metrics.at(-1)! };
    case 'lesson-result':
      return { lessonResults: [...lessonResults, event.result] };
    case 'lesson-reference':
      return { lessonBaseline: event.reference };
    case 'lesson-saved':
      return {};
    default:
      return event satisfies never;
  }
}

/**
 * What starting a lesson with the settings `requested` does to the current one: it resumes, or it
 * is replaced. Null if there is no lesson yet.
 */
export function effectOfStart(
  { lessonState, lessonSet, lessonRequest }: LessonState,
  requested: LessonConfig,
): 'resumes' | 'replaces' | null {
  if (lessonSet === null || lessonRequest === null) return null;
  const isSame = (Object.keys(requested) as (keyof LessonConfig)[]).every(
    (name) => requested[name] === lessonRequest[name],
  );
  return isSame && lessonState !== 'finished' ? 'resumes' : 'replaces';
}

/** Whether a lesson occupies the backend. */
export const isLessonActive = ({ lessonState }: LessonState): boolean => isActive(lessonState);
