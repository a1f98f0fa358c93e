import type { EvaluationResult } from '../../inference/evaluation/evaluate';
import type { AvailableHead, DemoTime } from '../../studio/protocol';
import { initialIjbState, type IjbPageState } from './ijb/ijb-slice';
import { initialOwnSet, type OwnSetState } from './own/own-slice';

/** The parts of the place that show what went wrong in them. */
export type EvaluationTopic = 'demo' | 'own-set' | 'ijb';

/** What the page knows of evaluations. */
export interface EvaluationState {
  /** The last result. */
  readonly evaluation: EvaluationResult | null;
  /** Name of the set that was asked for last; null before. */
  readonly evaluatedSet: string | null;
  /** How long the demo's evaluation would take; null until it has been measured. */
  readonly demoTime: DemoTime | null;
  /** The heads that it was measured for. */
  readonly demoTimeFor: readonly AvailableHead[] | null;
  readonly ownSet: OwnSetState;
  readonly ijb: IjbPageState;
}

export const initialEvaluationState: EvaluationState = {
  evaluation: null,
  evaluatedSet: null,
  demoTime: null,
  demoTimeFor: null,
  ownSet: initialOwnSet,
  ijb: initialIjbState,
};
