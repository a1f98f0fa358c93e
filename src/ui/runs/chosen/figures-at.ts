import type { ValidationResult } from '../../../training/session/run-events';
import { LOSS_STEPS, recentLoss } from '../../../runs/recent-loss';
import type { CurveColumns } from '../../../runs/curve-columns';
import type { KeptCurves } from '../../../studio/protocol/runs';

/** The figures of a run at a step. */
export interface FiguresAt {
  /** The last step up to there. */
  readonly step: number;
  readonly epoch: number;
  /** As the list tells it: smoothed over the last steps. */
  readonly loss: number;
  readonly kappaMean: number;
  /** Of the last validation up to there; null before the first, or where it is undefined. */
  readonly spearman: number | null;
}

/**
 * The figures of a run up to a step; null before its first.
 * @param upToStep null for its end
 */
export function figuresAt(
  { columns, validations }: Pick<KeptCurves, 'columns' | 'validations'>,
  upToStep: number | null,
): FiguresAt | null {
  const row = rowAt(columns, upToStep ?? Infinity);
  if (row < 0) return null;
  const last = lastValidation(validations, upToStep ?? Infinity);
  return {
    step: columns.step[row]!,
    epoch: columns.epoch[row]!,
    loss: recentLoss(
      columns.loss.subarray(Math.max(0, row + 1 - LOSS_STEPS), row + 1),
      columns.step.subarray(Math.max(0, row + 1 - LOSS_STEPS), row + 1),
    ),
    kappaMean: columns.kappaMean[row]!,
    spearman: last?.spearman ?? null,
  };
}

/** The last step of a run; 0 before its first. */
export const lastStepOf = ({ columns }: Pick<KeptCurves, 'columns'>): number =>
  columns.step.at(-1) ?? 0;

/** The last row whose step is not after a step, by halving; −1 if there is none. */
function rowAt({ step: steps }: CurveColumns, step: number): number {
  let low = -1;
  let high = steps.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (steps[middle]! <= step) low = middle;
    else high = middle - 1;
  }
  return low;
}

const lastValidation = (
  validations: readonly ValidationResult[],
  step: number,
): ValidationResult | undefined => validations.findLast((result) => result.step <= step);
