/**
 * Debiased exponential smoothing, as TensorBoard's: each value is the weighted mean of all so far,
 * in which an older one counts `weight` times as much as the one a step later. Equal values stay
 * what they are, to the last bit.
 * @param values those that aren't finite are left out of the means
 * @param weight 0 (no smoothing) up to, and without, 1
 * @param steps ascending, one for each value; a step each by default. A value that is some steps
 *   after the one before counts as so many values: rows of merged steps give the curve of the steps
 * @returns as many values; NaN until the first finite one
 */
export function smoothed(
  values: ArrayLike<number>,
  weight: number,
  steps?: ArrayLike<number>,
): Float64Array {
  const result = new Float64Array(values.length);
  // The first row stands for as many steps as the second.
  let lastStep = steps && steps.length > 1 ? 2 * steps[0]! - steps[1]! : (steps?.[0] ?? 0) - 1;
  let gap = 1;
  let decay = weight;
  let mean = NaN;
  let weights = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isFinite(value)) {
      const step = steps?.[i] ?? i;
      if (step - lastStep !== gap) {
        gap = step - lastStep;
        decay = weight ** gap;
      }
      lastStep = step;
      const share = (1 - decay) / (decay * weights + 1 - decay);
      weights = decay * weights + 1 - decay;
      mean = Number.isNaN(mean) ? value : mean + share * (value - mean);
    }
    result[i] = mean;
  }
  return result;
}
