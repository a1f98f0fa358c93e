import type { WorkerEvent } from '../../studio/protocol';
import type { EvaluationResult } from '../../inference/evaluation/evaluate';
import type { Progress } from '../../core/progress-meter';

/** What the page knows of evaluations. */
export interface EvaluationState {
  /** The last that came to figures. */
  readonly evaluation: EvaluationResult | null;
  /** What is being evaluated. */
  readonly evaluationAsked: string | null;
  readonly evaluationProgress: Progress | null;
}

/** Nothing asked, nothing found. */
export const noEvaluation: EvaluationState = {
  evaluation: null,
  evaluationAsked: null,
  evaluationProgress: null,
};

/** What the worker says about evaluations. */
export type EvaluationEvent = Extract<WorkerEvent, { type: 'evaluation' | 'evaluation-progress' }>;

/** What an event changes of the slice. */
export function afterEvaluationEvent(event: EvaluationEvent): Partial<EvaluationState> {
  switch (event.type) {
    case 'evaluation-progress':
      return event.progress
        ? { evaluationProgress: event.progress }
        : { evaluationProgress: null, evaluationAsked: null };
    case 'evaluation':
      // One that was stopped before it came to figures leaves those before on show.
      return event.result ? { evaluation: event.result } : {};
    default:
      return event satisfies never;
  }
}
