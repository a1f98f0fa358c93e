import { quantile } from '../distribution';

/*
 * The preset `2303.13294`: the error versus discard characteristic (EDC) of Schlett et al.,
 * "Considerations on the Evaluation of Biometric Quality Assessment Algorithms", arXiv 2303.13294,
 * with FNMR as the error.
 *
 * Followed: only genuine (mated) comparisons; a comparison's quality is the lower of its samples';
 * the threshold is the quantile of all their scores at the starting error, by linear interpolation,
 * and is kept; a score below it is an error; comparisons of equal quality are discarded together;
 * the curve is a step function, which holds its value until the next discard; the partial area
 * under it (pAUC) is not divided by its limit; the theoretical best falls from the starting error
 * as measured, one for one.
 *
 * Chosen: a starting error of 0.05 and a limit of 0.2, and shares discarded are of comparisons.
 */

/** An EDC curve. Between two steps it holds the value of the first. */
export interface EdcCurve {
  /** Genuine comparisons. */
  readonly comparisons: number;
  /** A genuine comparison with a lower score is an error. */
  readonly threshold: number;
  /** The shares of comparisons discarded at which the curve steps: from 0, ascending, below 1. */
  readonly discarded: Float64Array;
  /** FNMR of the comparisons kept, 0..1, from each of these shares on. */
  readonly fnmr: Float64Array;
}

/**
 * FNMR against the share of comparisons discarded, lowest quality first.
 * @param scores of genuine comparisons
 * @param quality of the same comparisons; finite
 * @param startingError wanted FNMR of all comparisons, 0..1; ties and small numbers of scores make
 * the measured one (`fnmr[0]`) differ
 * @returns null without comparisons
 */
export function edcCurve(
  scores: ArrayLike<number>,
  quality: ArrayLike<number>,
  startingError: number,
): EdcCurve | null {
  const comparisons = scores.length;
  if (comparisons === 0) return null;
  const threshold = quantile(scores, startingError);
  const order = Array.from({ length: comparisons }, (_, i) => i).sort(
    (a, b) => quality[a]! - quality[b]!,
  );
  let errors = 0;
  const [discarded, fnmr]: [number[], number[]] = [[], []];
  // From the highest quality down: what is passed is kept.
  for (let at = comparisons - 1; at >= 0; at--) {
    if (scores[order[at]!]! < threshold) errors++;
    const isTied = at > 0 && quality[order[at - 1]!] === quality[order[at]!];
    if (isTied) continue;
    discarded.push(at / comparisons);
    fnmr.push(errors / (comparisons - at));
  }
  return {
    comparisons,
    threshold,
    discarded: Float64Array.from(discarded.reverse()),
    fnmr: Float64Array.from(fnmr.reverse()),
  };
}

/**
 * FNMR once at most this share of comparisons is discarded: as many whole groups of equal quality
 * as fit into it.
 * @param share 0..1
 */
export function fnmrAt({ discarded, fnmr }: EdcCurve, share: number): number {
  let at = 0;
  while (at + 1 < discarded.length && discarded[at + 1]! <= share) at++;
  return fnmr[at]!;
}

/** pAUC: the area under the steps from 0 to a share discarded, at most that share. */
export function partialArea({ discarded, fnmr }: EdcCurve, limit: number): number {
  let area = 0;
  for (let at = 0; at < discarded.length && discarded[at]! < limit; at++) {
    const next = discarded[at + 1] ?? 1;
    area += fnmr[at]! * (Math.min(next, limit) - discarded[at]!);
  }
  return area;
}

/**
 * The area under the theoretical best, a line that falls from the starting error by one for one
 * until it is 0. No curve has less, so it is taken off a pAUC to compare sets.
 */
export function theoreticalBestArea(startingError: number, limit: number): number {
  const left = Math.max(0, startingError - limit);
  return (startingError ** 2 - left ** 2) / 2;
}
