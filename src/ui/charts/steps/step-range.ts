import type { StepRange } from '../../../runs/curve-points';

/** The shortest range that can be shown, in steps: a curve needs two of them. */
const LEAST_SPAN = 2;

/**
 * The part of a run between two places, in any order.
 * @param whole all steps
 * @returns null if that is the whole run
 */
export function zoomedTo(a: number, b: number, whole: StepRange): StepRange | null {
  const middle = (a + b) / 2;
  const span = Math.max(Math.abs(b - a), LEAST_SPAN);
  return within({ first: middle - span / 2, last: middle + span / 2 }, whole);
}

/**
 * A range made longer (factor > 1) or shorter (< 1) around a place, which stays where it is.
 * @param range null for the whole run
 */
export function scaledAround(
  range: StepRange | null,
  at: number,
  factor: number,
  whole: StepRange,
): StepRange | null {
  const { first, last } = range ?? whole;
  const span = Math.max((last - first) * factor, LEAST_SPAN);
  const share = last > first ? (at - first) / (last - first) : 0.5;
  return within({ first: at - share * span, last: at + (1 - share) * span }, whole);
}

/** A range moved by some steps, as far as the run reaches. The whole run stays as it is. */
export function movedBy(
  range: StepRange | null,
  steps: number,
  whole: StepRange,
): StepRange | null {
  return range && within({ first: range.first + steps, last: range.last + steps }, whole);
}

/** A range moved, and cut if need be, into the run; null if it covers it. */
function within({ first, last }: StepRange, whole: StepRange): StepRange | null {
  const span = last - first;
  if (span >= whole.last - whole.first) return null;
  const start = Math.min(Math.max(first, whole.first), whole.last - span);
  return { first: start, last: start + span };
}
