/** The q-quantile (0..1) by linear interpolation between order statistics; NaN for no values. */
export function quantile(values: ArrayLike<number>, q: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted.length === 0
    ? NaN
    : sorted[below]! + (at - below) * (sorted[above]! - sorted[below]!);
}

/** The share of values below x, 0..1; NaN for no values. */
export function shareBelow(values: ArrayLike<number>, x: number): number {
  let below = 0;
  for (let i = 0; i < values.length; i++) if (values[i]! < x) below++;
  return below / values.length;
}

/** One bar of a two-sided histogram: shares of all genuine and of all impostor scores. */
export interface HistogramBin {
  readonly from: number;
  readonly to: number;
  readonly genuine: number;
  readonly impostor: number;
}

/** Genuine and impostor scores over common bins. Empty without scores. */
export function histogram(
  genuine: ArrayLike<number>,
  impostor: ArrayLike<number>,
  bins: number,
): HistogramBin[] {
  const all = [...Array.from(genuine), ...Array.from(impostor)];
  if (all.length === 0) return [];
  // Scores beyond these quantiles count in the outermost bins; they would only stretch the axis.
  const [low, high] = [quantile(all, 0.001), quantile(all, 0.999)];
  const width = (high - low || 1) / bins;
  const count = (values: ArrayLike<number>) => {
    const counts = new Array<number>(bins).fill(0);
    for (let i = 0; i < values.length; i++) {
      const bin = Math.min(bins - 1, Math.max(0, Math.floor((values[i]! - low) / width)));
      counts[bin]! += 1 / values.length;
    }
    return counts;
  };
  const [left, right] = [count(genuine), count(impostor)];
  return left.map((share, i) => ({
    from: low + i * width,
    to: low + (i + 1) * width,
    genuine: share,
    impostor: right[i]!,
  }));
}
