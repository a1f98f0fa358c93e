import type { Calibration, TrainedMethodName } from '../../confidence/confidence-method';
import type { EvaluatedHead } from '../../inference/evaluation/evaluated-heads';
import type { ConfidenceHead } from '../../models/heads/confidence-head';
import { runName, type TrainingSession } from '../../training/session/training-session';

/** A trained head, and what it was trained with. */
export interface TrainedHead {
  readonly head: ConfidenceHead;
  readonly method: TrainedMethodName;
  /** Computed on each call, which may take seconds. null if there is none. */
  readonly calibration: () => Calibration | null;
  /** r of the sphere that it was trained with. */
  readonly radius: number;
  readonly run: string;
  readonly step: number;
}

/** The head as evaluations and comparisons take it. */
export const evaluatedHead = (trained: TrainedHead): EvaluatedHead => ({
  ...trained,
  name: trained.run,
  calibration: trained.calibration(),
});

/** The head of a session; null until the session has taken a step. */
export function trainedHead(session: TrainingSession | null): TrainedHead | null {
  if (!session || session.cursor.step === 0) return null;
  const { config, trainer, cursor } = session;
  return {
    head: trainer.head,
    method: config.method,
    calibration: () => session.calibration,
    radius: config.radius,
    run: runName(config),
    step: cursor.step,
  };
}
