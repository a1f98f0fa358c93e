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
  // Begins with a threshold that refuses everything, then lowers it past one score at a time.
  let [most, threshold, widest] = [no.length, Infinity, Infinity];
  for (let i = yes.length - 1, j = no.length - 1; i >= 0 || j >= 0;) {
    const score = Math.max(yes[i] ?? -Infinity, no[j] ?? -Infinity);
    while (i >= 0 && yes[i]! >= score) i--;
    while (j >= 0 && no[j]! >= score) j--;
    const right = yes.length - 1 - i + j + 1;
    if (right < most) continue;
    const next = Math.max(yes[i] ?? -Infinity, no[j] ?? -Infinity);
    const gap = next === -Infinity ? 0 : score - next;
    if (right === most && gap <= widest) continue;
    [most, widest, threshold] = [right, gap, next === -Infinity ? score : (score + next) / 2];
  }
  return { threshold, accuracy: most / (yes.length + no.length) };
}
