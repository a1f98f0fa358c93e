import { bestAccuracy } from './pair-figures';

/** Accuracy over folds, each judged at the threshold that is best on all others. */
export interface FoldAccuracy {
  readonly mean: number;
  /** Population deviation over the folds. */
  readonly std: number;
  readonly folds: readonly { readonly accuracy: number; readonly threshold: number }[];
}

/**
 * Accuracy as verification sets are judged by.
 * @param same 1 for a genuine pair, 0 for an impostor pair
 * @param fold of each pair, from 0
 * @throws RangeError where there is one fold only, or where the others of a fold have no pairs of
 * one kind
 */
export function foldAccuracy(
  scores: ArrayLike<number>,
  same: ArrayLike<number>,
  fold: ArrayLike<number>,
): FoldAccuracy {
  const names = [...new Set(Array.from(fold))].sort((a, b) => a - b);
  if (names.length < 2)
    throw new RangeError(
      `Accuracy over folds takes two or more; there ${names.length === 1 ? 'is one' : 'are none'}.`,
    );
  const all = Array.from(scores, (score, i) => ({ score, same: same[i] === 1, fold: fold[i]! }));
  const folds = names.map((name) => {
    const others = all.filter((pair) => pair.fold !== name);
    const best = bestAccuracy(scoresOf(others, true), scoresOf(others, false));
    if (!best)
      throw new RangeError(`The pairs outside fold ${name} are of one kind; thresholds take both.`);
    const own = all.filter((pair) => pair.fold === name);
    return {
      accuracy:
        own.filter((pair) => pair.score >= best.threshold === pair.same).length / own.length,
      threshold: best.threshold,
    };
  });
  const mean = folds.reduce((sum, { accuracy }) => sum + accuracy, 0) / folds.length;
  const std = Math.sqrt(
    folds.reduce((sum, { accuracy }) => sum + (accuracy - mean) ** 2, 0) / folds.length,
  );
  return { mean, std, folds };
}

const scoresOf = (
  pairs: readonly { readonly score: number; readonly same: boolean }[],
  same: boolean,
) => pairs.filter((pair) => pair.same === same).map(({ score }) => score);

/**
 * Folds for pairs that come without: fold k holds every `folds`-th pair of each kind, in their
 * order.
 */
export function evenFolds(same: ArrayLike<number>, folds = 10): Uint8Array {
  const seen = [0, 0];
  return Uint8Array.from({ length: same.length }, (_, i) => seen[same[i] === 1 ? 1 : 0]!++ % folds);
}
