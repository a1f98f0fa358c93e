/**
 * Debiased exponential smoothing, as TensorBoard's: each value is the weighted mean of all so far,
 * in which an older one counts `weight` times as much as the next.
 * @param values those that aren't finite are left out of the means
 * @param weight 0 (no smoothing) up to, and without, 1
 * @returns as many values; NaN until the first finite one
 */
export function smoothed(values: ArrayLike<number>, weight: number): Float64Array {
  const result = new Float64Array(values.length);
  let sum = 0;
  let weights = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isFinite(value)) {
      sum = weight * sum + (1 - weight) * value;
      weights = weight * weights + (1 - weight);
    }
    result[i] = weights > 0 ? sum / weights : NaN;
  }
  return result;
}
