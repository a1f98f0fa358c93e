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

/** Where {@link bestThreshold} searches. */
export interface ThresholdSearch {
  /** The fold of each ranked pair. */
  readonly folds: Uint16Array;
  /** A fold whose pairs are left out. */
  readonly leftOut: number;
  /**
   * Ranks to search: the caller knows that no threshold just below another rank is as good. From 0,
   * the threshold that refuses everything is among those searched.
   */
  readonly from: number;
  readonly to: number;
}

/**
 * The threshold of {@link bestAccuracy} for ranked pairs.
 * @returns with `gain`, the weight decided correctly beyond what the highest threshold searched
 * decides so
 */
export function bestThreshold(
  { length, scores, weights }: RankedPairs,
  search?: ThresholdSearch,
): { readonly threshold: number; readonly gain: number } {
  const first = search?.from ?? 0;
  const last = search?.to ?? length;
  const folds = search?.folds;
  const leftOut = search?.leftOut;
  let gain = 0;
  let best = first === 0 ? 0 : -Infinity;
  let threshold = Infinity;
  let widest = Infinity;
  // The last score passed, whose threshold is judged once the next lower score is known.
  let passed = NaN;
  for (let rank = first; rank <= length; rank++) {
    if (folds && rank < length && folds[rank] === leftOut) continue;
    const score = rank < length ? scores[rank]! : -Infinity;
    if (score !== passed) {
      const gap = score === -Infinity ? 0 : passed - score;
      if ((gain > best && gap >= 0) || (gain === best && gap > widest)) {
        best = gain;
        widest = gap;
        threshold = score === -Infinity ? passed : (passed + score) / 2;
      }
      if (rank > last) break;
      passed = score;
    }
    if (rank < length) gain += weights[rank]!;
  }
  return { threshold, gain: best };
}
