import type { CurveColumns } from '../../../runs/curve-columns';
import { stepsOfAll, type StepRange } from '../../../runs/curve-points';
import type { NonFiniteStep } from '../../../runs/metric-series';
import type { ValidationResult } from '../../../training/session/run-events';

/** What charts over steps draw of a validation. */
export type ValidationPoint = Pick<
  ValidationResult,
  'step' | 'epoch' | 'loss' | 'spearman' | 'spearmanClean'
>;

/** A run as charts over steps draw it. Getters give what it is by now. */
export interface DrawnRun {
  readonly id: string;
  readonly name: string;
  /** Of several runs, its colour and dashes: see `runStyle`. */
  readonly place: number;
  readonly method: ValidationResult['method'];
  readonly columns: CurveColumns;
  readonly nonFiniteSteps: readonly NonFiniteStep[];
  /** In order of steps. */
  readonly validations: readonly ValidationPoint[];
}

/** The first to the last step of all runs, validations included; null if there are none. */
export const wholeRange = (runs: readonly DrawnRun[]): StepRange | null =>
  stepsOfAll(
    runs.flatMap(({ columns, validations }) => [
      columns,
      { step: Float64Array.from(validations, ({ step }) => step) },
    ]),
  );

/** Rows of kept columns whose loss or κ isn't finite. */
export function nonFiniteRows({ step, loss, kappaMean }: CurveColumns): NonFiniteStep[] {
  const found: NonFiniteStep[] = [];
  for (let row = 0; row < step.length; row++)
    if (!Number.isFinite(loss[row]!) || !Number.isFinite(kappaMean[row]!))
      found.push({ step: step[row]!, loss: loss[row]!, kappaMean: kappaMean[row]! });
  return found;
}
