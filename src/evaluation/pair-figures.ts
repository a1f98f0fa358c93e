/** A decision measured on the very pairs that it was chosen on: kinder than on others. */
export interface BestAccuracy {
  readonly threshold: number;
  /** Share of all pairs decided rightly, 0..1. */
  readonly accuracy: number;
}

/**
 * The chance that a genuine pair scores above an impostor pair, ties counted half; undefined unless
 * there are both.
 */
export function areaUnderCurve(
  genuine: ArrayLike<number>,
  impostor: ArrayLike<number>,
): number | undefined {
  if (genuine.length === 0 || impostor.length === 0) return undefined;
  return areaUnderSorted(Float64Array.from(genuine).sort(), Float64Array.from(impostor).sort());
}

/** The same of scores that are in ascending order, some of each: of millions no copy is made. */
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
 * The threshold that decides most pairs rightly, accepting from it on; of equally good ones that in
 * the widest gap between scores, where other pairs are least likely to fall. Undefined unless there
 * are pairs of both kinds.
 */
export function bestAccuracy(
  genuine: ArrayLike<number>,
  impostor: ArrayLike<number>,
): BestAccuracy | undefined {
  if (genuine.length === 0 || impostor.length === 0) return undefined;
  const [yes, no] = [Float64Array.from(genuine).sort(), Float64Array.from(impostor).sort()];
  // Everything refused, to begin with; then one threshold after another, each just passing another
  // score.
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
