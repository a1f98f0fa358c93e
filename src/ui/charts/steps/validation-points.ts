import type { CurvePoints } from '../../../runs/curve-points';
import type { ValidationFigures } from './chart-list';
import type { ValidationPoint } from './drawn-run';

/** The validations of a run, and the figures to draw of them. */
export interface ValidationsOfRun {
  readonly validations: readonly ValidationPoint[];
  readonly keys: readonly ValidationFigures['curves'][number]['key'][];
}

/** Figures of validations over common steps: undefined where a run had none, null if not finite. */
export function validationPoints(runs: readonly ValidationsOfRun[]): CurvePoints {
  const all = runs.flatMap(({ validations }) => validations.map(({ step }) => step));
  const steps = [...new Set(all)].sort((a, b) => a - b);
  return {
    steps,
    values: runs.map(({ validations, keys }) => {
      const byStep = new Map(validations.map((each) => [each.step, each]));
      return keys.map((key) =>
        steps.map((step) => {
          const validation = byStep.get(step);
          if (!validation) return undefined;
          const value = validation[key];
          return value !== null && Number.isFinite(value) ? value : null;
        }),
      );
    }),
  };
}
