/** Where a decision stands: accept when score ≥ threshold. */
export interface OperatingPoint {
  readonly threshold: number;
  /** Share of impostor pairs accepted, as measured. */
  readonly far: number;
  /** Share of genuine pairs accepted. */
  readonly tar: number;
}

/**
 * The laxest threshold whose measured FAR is at most `far`.
 * @returns undefined when there are fewer than 1/far impostor pairs: such a FAR can't be measured
 * on them
 */
export function operatingPoint(
  genuine: ArrayLike<number>,
  impostor: ArrayLike<number>,
  far: number,
): OperatingPoint | undefined {
  if (impostor.length === 0 || genuine.length === 0 || far * impostor.length < 1) return undefined;
  const descending = Float64Array.from(impostor).sort().reverse();
  const refused = descending[Math.floor(far * descending.length)];
  // Just above the best impostor that must be refused; with none left to refuse, everything passes.
  const threshold = refused === undefined ? descending.at(-1)! : nextAbove(refused);
  return {
    threshold,
    far: shareAtLeast(impostor, threshold),
    tar: shareAtLeast(genuine, threshold),
  };
}

/** The verdict on a pair: whether its score is accepted as one person at this operating point. */
export function isAccepted(
  score: number,
  { threshold }: Pick<OperatingPoint, 'threshold'>,
): boolean {
  return score >= threshold;
}

function shareAtLeast(scores: ArrayLike<number>, threshold: number): number {
  let count = 0;
  for (let i = 0; i < scores.length; i++) if (scores[i]! >= threshold) count++;
  return count / scores.length;
}

function nextAbove(x: number): number {
  return x + Math.max(Math.abs(x), 1e-300) * Number.EPSILON;
}
