/** A threshold and its accuracy on the pairs that it was chosen on; on others it is lower. */
export interface BestAccuracy {
  readonly threshold: number;
  /** Share of all pairs decided correctly, 0..1. */
  readonly accuracy: number;
}

/**
 * The probability that a genuine pair scores above an impostor pair, ties counted half. Undefined
 * without pairs of both kinds.
 */
export function areaUnderCurve(
  genuine: ArrayLike<number>,
  impostor: ArrayLike<number>,
): number | undefined {
  if (genuine.length === 0 || impostor.length === 0) return undefined;
  return areaUnderSorted(Float64Array.from(genuine).sort(), Float64Array.from(impostor).sort());
}

/** As {@link areaUnderCurve}, for sorted scores, at least one of each kind. Makes no copies. */
export function areaUnderSorted(genuine: Float64Array, impostor: Float64Array): number {
  let above = 0;
  let [below, upTo] = [0, 0];
  for (const score of genuine) {
    while (below < impostor.length && impostor[below]! < score) below++;
    while (upTo < impostor.length && impostor[upTo]! <= score) upTo++;
    above += (below + upTo) / 2;
  }
  return above / (genuine.length * impostor.length);
}

/** Pairs in descending order of their scores. */
export interface RankedPairs {
  /** Pairs in use; the arrays may be longer. */
  readonly length: number;
  readonly scores: Float64Array;
  /** Above 0 for a genuine pair, below 0 for an impostor pair: ±1 if all count alike. Never 0. */
  readonly weights: Float64Array;
}

/**
 * The threshold with the best accuracy; scores from it on are accepted. Of equally good ones, that
 * in the widest gap between scores, where scores of other pairs are least likely. Undefined without
 * pairs of both kinds.
 */
export function bestAccuracy(
  genuine: ArrayLike<number>,
  impostor: ArrayLike<number>,
): BestAccuracy | undefined {
  if (genuine.length === 0 || impostor.length === 0) return undefined;
  const [yes, no] = [Float64Array.from(genuine).sort(), Float64Array.from(impostor).sort()];
  const length = yes.length + no.length;
  const [scores, weights] = [new Float64Array(length), new Float64Array(length)];
  let [i, j] = [yes.length - 1, no.length - 1];
  for (let rank = 0; rank < length; rank++) {
    const isGenuine = j < 0 || (i >= 0 && yes[i]! >= no[j]!);
    scores[rank] = isGenuine ? yes[i--]! : no[j--]!;
    weights[rank] = isGenuine ? 1 : -1;
  }
  const { threshold, gain } = bestThreshold({ length, scores, weights });
  return { threshold, accuracy: (no.length + gain) / length };
}

/**
 * The threshold of {@link bestAccuracy} for ranked pairs, those of one fold left out.
 * @param folds the fold of each ranked pair
 * @returns with `gain`, the weight decided correctly beyond what refusing every pair decides so
 */
export function bestThreshold(
  { length, scores, weights }: RankedPairs,
  folds?: Uint16Array,
  leftOut?: number,
): { readonly threshold: number; readonly gain: number } {
  const next = (rank: number) => {
    while (rank < length && folds?.[rank] === leftOut && folds) rank++;
    return rank;
  };
  // Begins with a threshold that refuses everything, then lowers it past one score at a time.
  let [gain, best, threshold, widest] = [0, 0, Infinity, Infinity];
  for (let rank = next(0); rank < length;) {
    const score = scores[rank]!;
    do {
      gain += weights[rank]!;
      rank = next(rank + 1);
    } while (rank < length && scores[rank] === score);
    if (gain < best) continue;
    const below = rank < length ? scores[rank]! : -Infinity;
    const gap = below === -Infinity ? 0 : score - below;
    if (gain === best && gap <= widest) continue;
    [best, widest, threshold] = [gain, gap, below === -Infinity ? score : (score + below) / 2];
  }
  return { threshold, gain: best };
}
