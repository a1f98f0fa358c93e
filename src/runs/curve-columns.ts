import type { StepMetrics } from '../training/session/run-events';

/** A figure of a step. */
export type CurveName = keyof StepMetrics;

/** All steps of a kept run, a column for each figure: `columns.loss[i]` is of `columns.step[i]`. */
export type CurveColumns = Readonly<Record<CurveName, Float64Array>>;

/** How the rows of a bucket are merged into one. The band's ends keep their extremes. */
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

/** The names of the figures of a step, in the order of their columns. */
export const curveNames = Object.keys(merging) as readonly CurveName[];

/** Figures by name, as a step has them. */
export const stepOf = (figure: (name: CurveName) => number): StepMetrics =>
  Object.fromEntries(curveNames.map((name) => [name, figure(name)])) as unknown as StepMetrics;

/**
 * One figure of neighbouring steps, as one: the mean, the last, or for a band's ends the extreme.
 * @param start @param end the rows, `end` left out; at least one
 */
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

/** The columns with no more than `most` rows: neighbours are merged, the same number into each. */
export function mergedColumns(columns: CurveColumns, most: number): CurveColumns {
  const rows = columns.step.length;
  const size = Math.ceil(rows / most);
  if (size <= 1) return columns;
  const merged = curveNames.map((name) => [
    name,
    Float64Array.from({ length: Math.ceil(rows / size) }, (_, i) =>
      mergedFigure(name, columns[name], i * size, Math.min(rows, (i + 1) * size)),
    ),
  ]);
  return Object.fromEntries(merged) as CurveColumns;
}
