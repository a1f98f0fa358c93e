import { lessonDefaults, type LessonConfig } from '../../training/lesson/lesson-config';
import type {
  LessonEvent,
  LessonReference,
  LessonResult,
  LessonSet,
  LessonStep,
} from '../../training/lesson/lesson-events';
import type { RunState } from '../../training/session/run-events';
import type { Progress } from '../../core/progress-meter';

/** What the page knows of the lesson on show. */
export interface LessonState {
  readonly lessonState: RunState;
  readonly lessonSet: LessonSet | null;
  readonly lessonStep: LessonStep | null;
  /** Before any training, and after each epoch. */
  readonly lessonResults: readonly LessonResult[];
  readonly lessonReference: LessonReference | null;
  readonly lessonProgress: Progress | null;
  /**
   * What the next lesson is begun with. One that was stopped is gone on with under the same
   * settings only.
   */
  readonly lessonSettings: Pick<LessonConfig, 'loss' | 'epochs' | 'margin'>;
  /** What the lesson on show was begun with. */
  readonly lessonBegun: LessonConfig | null;
}

/** No lesson yet. */
export const noLesson: LessonState = {
  lessonState: 'idle',
  lessonSet: null,
  lessonStep: null,
  lessonResults: [],
  lessonReference: null,
  lessonProgress: null,
  lessonSettings: lessonDefaults,
  lessonBegun: null,
};

/** What an event changes of the slice. Errors and skipped pictures are the page's as a whole. */
export function afterLessonEvent(
  event: Exclude<LessonEvent, { type: 'error' | 'notice' | 'skipped' | 'retrying' }>,
  { lessonResults, lessonSettings, lessonBegun }: LessonState,
): Partial<LessonState> {
  switch (event.type) {
    case 'lesson-state':
      return event.state === 'preparing'
        ? { ...noLesson, lessonState: 'preparing', lessonSettings, lessonBegun }
        : { lessonState: event.state };
    case 'lesson-set':
      return { lessonSet: event.set };
    case 'lesson-steps':
      return { lessonStep: event.metrics.at(-1)! };
    case 'lesson-result':
      return { lessonResults: [...lessonResults, event.result] };
    case 'lesson-reference':
      return { lessonReference: event.reference };
    case 'progress':
      return { lessonProgress: event.progress };
    case 'lesson-saved':
      return {};
    default:
      return event satisfies never;
  }
}

/**
 * What becomes of the lesson on show when one is asked for: it is gone on with, or another takes
 * its place; null where there is none.
 */
export function fateOfLesson(
  { lessonState, lessonSet, lessonBegun }: LessonState,
  asked: LessonConfig,
): 'goes-on' | 'is-replaced' | null {
  if (lessonSet === null || lessonBegun === null) return null;
  const isSame = (Object.keys(asked) as (keyof LessonConfig)[]).every(
    (name) => asked[name] === lessonBegun[name],
  );
  return isSame && lessonState !== 'finished' ? 'goes-on' : 'is-replaced';
}

/** Whether a lesson has the backend. */
export const isLessonOn = ({ lessonState }: LessonState): boolean =>
  lessonState === 'preparing' || lessonState === 'running' || lessonState === 'paused';
