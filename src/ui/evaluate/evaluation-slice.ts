import type { WorkerEvent } from '../../studio/protocol';
import type { EvaluationResult } from '../../inference/evaluation/evaluate';
import type { Progress } from '../../core/progress-meter';

/** What the page knows of evaluations. */
export interface EvaluationState {
  /** The last result. */
  readonly evaluation: EvaluationResult | null;
  /** Name of the set that is being evaluated; null when none is. */
  readonly evaluationRequest: string | null;
  readonly evaluationProgress: Progress | null;
}

export const initialEvaluationState: EvaluationState = {
  evaluation: null,
  evaluationRequest: null,
  evaluationProgress: null,
};

/** The worker's events about evaluations. */
export type EvaluationEvent = Extract<WorkerEvent, { type: 'evaluation' | 'evaluation-progress' }>;

/** What an event changes in the slice. */
export function evaluationReducer(event: EvaluationEvent): Partial<EvaluationState> {
  switch (event.type) {
    case 'evaluation-progress':
      return event.progress
        ? { evaluationProgress: event.progress }
        : { evaluationProgress: null, evaluationRequest: null };
    case 'evaluation':
      // An evaluation that was stopped before it had a result leaves the last one in place.
      return event.result ? { evaluation: event.result } : {};
    default:
      return event satisfies never;
  }
}
