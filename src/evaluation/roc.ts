/** A threshold and its rates. A pair is accepted when its score ≥ threshold. */
export interface OperatingPoint {
  readonly threshold: number;
  /** Share of impostor pairs accepted, as measured. */
  readonly far: number;
  /** Share of genuine pairs accepted. */
  readonly tar: number;
}

/**
 * The lowest threshold whose measured FAR is at most `far`.
 * @returns undefined for fewer than 1/far impostor pairs, which can't measure such a FAR
 */
export function operatingPoint(
  genuine: ArrayLike<number>,
  impostor: ArrayLike<number>,
  far: number,
): OperatingPoint | undefined {
  const acceptable = acceptableWeight(far, impostor.length);
  if (impostor.length === 0 || genuine.length === 0 || acceptable < 1) return undefined;
  const descending = Float64Array.from(impostor).sort().reverse();
  const refused = descending[Math.floor(acceptable)];
  // Just above the best impostor that must be refused; if none must be, everything is accepted.
  const threshold = refused === undefined ? descending.at(-1)! : nextAbove(refused);
  return {
    threshold,
    far: shareAtLeast(impostor, threshold),
    tar: shareAtLeast(genuine, threshold),
  };
}

/**
 * The weight of impostor pairs that may be accepted at a FAR, out of `total`: their number, if each
 * weighs 1. From the best score down, the first pair that would exceed it sets the threshold. A
 * little is added because products such as 0.29 × 100 fall short of the whole number.
 */
export const acceptableWeight = (far: number, total: number): number => far * total + 1e-9;

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
