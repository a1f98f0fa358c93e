import { lessonDefaults, type LessonConfig } from '../training/lesson-config';
import type { LessonEvent, LessonReference, LessonResult, LessonSet, LessonStep } from '../training/lesson-events';
import type { Progress, RunState } from '../training/run-events';

/** What the page knows of the lesson on show. */
export interface LessonState {
  readonly lessonState: RunState;
  readonly lessonSet: LessonSet | null;
  readonly lessonStep: LessonStep | null;
  /** Before any training, and after each epoch. */
  readonly lessonResults: readonly LessonResult[];
  readonly lessonReference: LessonReference | null;
  readonly lessonProgress: Progress | null;
  /** What the next lesson is begun with. One that was stopped is gone on with under the same settings only. */
  readonly lessonSettings: Pick<LessonConfig, 'loss' | 'epochs' | 'margin'>;
}

/** No lesson yet. */
export const noLesson: LessonState = { lessonState: 'idle', lessonSet: null, lessonStep: null, lessonResults: [], lessonReference: null, lessonProgress: null, lessonSettings: lessonDefaults };

/** What an event changes of the slice. Errors and skipped pictures are the page's as a whole. */
export function afterLessonEvent(event: Exclude<LessonEvent, { type: 'error' | 'notice' | 'skipped' | 'retrying' }>, { lessonResults, lessonSettings }: LessonState): Partial<LessonState> {
  switch (event.type) {
    case 'lesson-state':
      return event.state === 'preparing' ? { ...noLesson, lessonState: 'preparing', lessonSettings } : { lessonState: event.state };
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

/** Whether a lesson has the backend. */
export const isLessonOn = ({ lessonState }: LessonState): boolean => lessonState === 'preparing' || lessonState === 'running' || lessonState === 'paused';
