import { bestAccuracy } from './pair-figures';

/** Accuracy over folds, each at the threshold that is best on all other folds. */
export interface FoldAccuracy {
  readonly mean: number;
  /** Population deviation over the folds. */
  readonly std: number;
  readonly folds: readonly { readonly accuracy: number; readonly threshold: number }[];
}

/**
 * The accuracy that is reported on verification sets such as LFW.
 * @param same 1 for a genuine pair, 0 for an impostor pair
 * @param fold of each pair, from 0
 * @throws RangeError for fewer than two folds, or if the folds other than one have pairs of one
 * kind only
 */
export function foldAccuracy(
  scores: ArrayLike<number>,
  same: ArrayLike<number>,
  fold: ArrayLike<number>,
): FoldAccuracy {
  const names = [...new Set(Array.from(fold))].sort((a, b) => a - b);
  if (names.length < 2)
    throw new RangeError(
      `Accuracy over folds needs two or more; there ${names.length === 1 ? 'is one' : 'are none'}.`,
    );
  const all = Array.from(scores, (score, i) => ({ score, same: same[i] === 1, fold: fold[i]! }));
  const folds = names.map((name) => {
    const others = all.filter((pair) => pair.fold !== name);
    const best = bestAccuracy(scoresOf(others, true), scoresOf(others, false));
    if (!best)
      throw new RangeError(
        `The pairs outside fold ${name} are of one kind; a threshold needs both.`,
      );
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
 * Makes folds for pairs without any: each fold gets every `folds`-th pair of each kind, in their
 * order.
 */
export function evenFolds(same: ArrayLike<number>, folds = 10): Uint8Array {
  const seen = { genuine: 0, impostor: 0 };
  return Uint8Array.from(
    { length: same.length },
    (_, i) => seen[same[i] === 1 ? 'genuine' : 'impostor']++ % folds,
  );
}
