import { smoothed } from '../core/smoothed';
import { type CurveColumns, type CurveName, mergedFigure } from './curve-columns';

/** Points of a curve, at most, and one more at each end. */
const MAX_POINTS = 500;

/** Steps from `first` to `last`, both included. */
export interface StepRange {
  readonly first: number;
  readonly last: number;
}

/** A figure to draw; smoothed by the weight if it isn't 0. */
export interface CurveFigure {
  readonly name: CurveName;
  readonly weight: number;
}

/** A run, and the figures to draw of it. */
export interface CurvesOfRun {
  readonly columns: CurveColumns;
  readonly figures: readonly CurveFigure[];
}

/** A value of a point; null if it isn't finite, undefined if its run has no row there. */
export type PointValue = number | null | undefined;

/** Curves of several runs over common steps. */
export interface CurvePoints {
  /** Ascending. */
  readonly steps: readonly number[];
  /** By run, then by its figures: as many values as steps. */
  readonly values: readonly (readonly (readonly PointValue[])[])[];
}

/** The first to the last step of all runs; null if there are no steps. */
export function stepsOfAll(runs: readonly Pick<CurveColumns, 'step'>[]): StepRange | null {
  const begun = runs.filter(({ step }) => step.length > 0);
  if (begun.length === 0) return null;
  return {
    first: Math.min(...begun.map(({ step }) => step[0]!)),
    last: Math.max(...begun.map(({ step }) => step.at(-1)!)),
  };
}

/**
 * The curves of runs within a range, over common steps. Where a run has more than 500 rows, those
 * of neighbouring steps share a point, with their mean, at the last of them; the same steps share
 * one in every run. A curve goes on for a point beyond the range, so that a line reaches its edge.
 * @param range all steps by default
 */
export function curvePoints(
  runs: readonly CurvesOfRun[],
  range: StepRange | null = stepsOfAll(runs.map(({ columns }) => columns)),
): CurvePoints {
  if (!range) return { steps: [], values: runs.map(({ figures }) => figures.map(() => [])) };
  const size = Math.max(1, Math.ceil((range.last - range.first + 1) / MAX_POINTS));
  const buckets = runs.map(({ columns }) => bucketsOf(columns.step, range, size));
  const lastSteps = new Map<number, number>();
  runs.forEach(({ columns }, run) => {
    for (const { number, end } of buckets[run]!)
      lastSteps.set(number, Math.max(columns.step[end - 1]!, lastSteps.get(number) ?? 0));
  });
  const numbers = [...lastSteps.keys()].sort((a, b) => a - b);
  const places = new Map(numbers.map((number, place) => [number, place]));
  return {
    steps: numbers.map((number) => lastSteps.get(number)!),
    values: runs.map(({ columns, figures }, run) =>
      figures.map(({ name, weight }) => {
        const values = weight > 0 ? smoothed(columns[name], weight, columns.step) : columns[name];
        const points = new Array<PointValue>(numbers.length).fill(undefined);
        for (const { number, start, end } of buckets[run]!) {
          const measured = mergedFigure(name, columns[name], start, end);
          const value = weight > 0 ? values[end - 1]! : measured;
          points[places.get(number)!] = Number.isFinite(measured) ? value : null;
        }
        return points;
      }),
    ),
  };
}

/** The rows `start` to `end` (exclusive) that share a point. */
interface Bucket {
  /** Buckets of the same number hold the same steps in every run. */
  readonly number: number;
  readonly start: number;
  readonly end: number;
}

/** The rows of a range and one beyond each end, by buckets of `size` steps that begin at step 1. */
function bucketsOf(steps: Float64Array, { first, last }: StepRange, size: number): Bucket[] {
  const numberOf = (row: number) => Math.floor((steps[row]! - 1) / size);
  const from = Math.max(0, rowsBefore(steps, first) - 1);
  const to = Math.min(steps.length, rowsBefore(steps, last + 1) + 1);
  if (from >= to) return [];
  // Whole buckets at both ends: a point doesn't change while the range moves over it.
  let start = rowsBefore(steps, numberOf(from) * size + 1);
  const buckets: Bucket[] = [];
  while (start < to) {
    const number = numberOf(start);
    const end = rowsBefore(steps, (number + 1) * size + 1);
    buckets.push({ number, start, end });
    start = end;
  }
  return buckets;
}

/** How many rows are before a step. */
function rowsBefore(steps: Float64Array, step: number): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]! < step) low = middle + 1;
    else high = middle;
  }
  return low;
}
