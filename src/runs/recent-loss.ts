import { smoothed } from '../core/smoothed';

/** Steps of which a run's loss is told, and how much each counts of the one after it. */
export const LOSS_STEPS = 500;
const LOSS_WEIGHT = 0.98;

/**
 * The loss of a run as a list tells it: smoothed over its last steps, since that of a single batch
 * says little.
 * @param losses of its steps so far
 * @param steps as of {@link smoothed}
 * @returns NaN without a finite one
 */
export function recentLoss(losses: ArrayLike<number>, steps?: ArrayLike<number>): number {
  const last = <T extends ArrayLike<number>>(values: T) => Array.from(values).slice(-LOSS_STEPS);
  return smoothed(last(losses), LOSS_WEIGHT, steps && last(steps)).at(-1) ?? NaN;
}
