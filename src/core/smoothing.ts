/** The greatest weight: at 1, nothing but the first value would count. */
export const MAX_SMOOTHING = 0.999;

/**
 * Exponential smoothing without the pull of a start at zero, as in TensorBoard: each figure is the
 * mean of those so far, where a figure counts `weight` times what the one a step later counts. The
 * weight is for one step: a row that stands for several steps counts as much as they do together,
 * so that merged rows give the same curve.
 * @param steps ascending
 * @param values one for each step. One that isn't finite changes nothing, and stays as it is
 * @param weight from 0 (no smoothing) to {@link MAX_SMOOTHING}
 */
export function smoothed(
  steps: ArrayLike<number>,
  values: ArrayLike<number>,
  weight: number,
): Float64Array {
  const kept = Math.min(Math.max(weight, 0), MAX_SMOOTHING);
  const result = new Float64Array(values.length);
  let mean = 0;
  let mass = 0;
  // The first row stands for as many steps as the second.
  let lastStep = steps.length > 1 ? 2 * steps[0]! - steps[1]! : (steps[0] ?? 1) - 1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) {
      result[i] = value;
      continue;
    }
    const decay = kept ** (steps[i]! - lastStep);
    lastStep = steps[i]!;
    mass = decay * mass + (1 - decay);
    // As a step from the mean so far, a constant stays the same to the last bit.
    mean = mass === 1 - decay ? value : mean + ((1 - decay) / mass) * (value - mean);
    result[i] = mean;
  }
  return result;
}
