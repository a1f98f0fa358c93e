import type { StepMetrics } from '../training/session/run-events';

/** A figure of a step. */
export type CurveName = keyof StepMetrics;

/**
 * The steps of a run, ascending, a column for each figure: `columns.loss[i]` is of
 * `columns.step[i]`. A row may stand for several steps, merged by {@link mergedFigure}; its step is
 * the last of them.
 */
export type CurveColumns = Readonly<Record<CurveName, Float64Array>>;

/** How rows are merged into one. The ends of the band of κ keep their extremes. */
const merging: Readonly<Record<CurveName, 'mean' | 'last' | 'least' | 'most'>> = {
  step: 'last',
  epoch: 'last',
  loss: 'mean',
  lossAlignment: 'mean',
  lossNormalizer: 'mean',
  lossLogKappa: 'mean',
  lossLogBessel: 'mean',
  lossConstant: 'mean',
  kappaMean: 'mean',
  kappaLow: 'least',
  kappaHigh: 'most',
  cosThetaMean: 'mean',
  learningRate: 'mean',
  imagesPerSecond: 'mean',
  bytesAllocated: 'mean',
};

/** All figures, in the order of a CSV file's columns. */
export const curveNames = Object.keys(merging) as readonly CurveName[];

/** Rows `start` to `end` (exclusive) of a figure's column as one. NaN if any of a mean is. */
export function mergedFigure(
  name: CurveName,
  values: ArrayLike<number>,
  start: number,
  end: number,
): number {
  const manner = merging[name];
  if (manner === 'last') return values[end - 1]!;
  let sum = 0;
  let least = Infinity;
  let most = -Infinity;
  for (let i = start; i < end; i++) {
    const value = values[i]!;
    sum += value;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  if (manner === 'mean') return sum / (end - start);
  return manner === 'least' ? least : most;
}
