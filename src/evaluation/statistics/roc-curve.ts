/** A point of a ROC curve: the largest TAR whose measured FAR is at most `far`. */
export interface RocPoint {
  readonly far: number;
  readonly tar: number;
  /** Ends of the 95 % interval, from the resamples of all figures; absent without resamples. */
  readonly low?: number;
  readonly high?: number;
}

/**
 * FARs of a ROC curve, evenly spread over their logarithm, from that of one accepted impostor pair
 * up to 1; lower FARs can't be measured. Empty without impostor pairs.
 */
export function rocFars(impostors: number, points = 60): number[] {
  if (impostors === 0) return [];
  const decades = Math.log10(impostors);
  return Array.from({ length: points }, (_, i) =>
    i === 0 ? 1 / impostors : 10 ** (-decades + (decades * i) / (points - 1)),
  );
}
