import type { EvaluationResult } from '../../inference/evaluation/evaluate';

/** What the page knows of evaluations. */
export interface EvaluationState {
  /** The last result. */
  readonly evaluation: EvaluationResult | null;
  /** Name of the set that was asked for last; null before. */
  readonly evaluatedSet: string | null;
}

export const initialEvaluationState: EvaluationState = { evaluation: null, evaluatedSet: null };
