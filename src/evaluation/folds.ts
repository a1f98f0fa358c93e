/**
 * Makes folds for pairs without any: each fold gets every `folds`-th pair of each kind, in their
 * order.
 */
export function evenFolds(same: ArrayLike<number>, folds = 10): Uint16Array {
  const seen = { genuine: 0, impostor: 0 };
  return Uint16Array.from(
    { length: same.length },
    (_, i) => seen[same[i] === 1 ? 'genuine' : 'impostor']++ % folds,
  );
}

/**
 * Whether there are several folds, each with pairs of both kinds. Thresholds set on folds of one
 * kind would be meaningless.
 */
export function areFolds(folds: Uint16Array, same: ArrayLike<number>): boolean {
  const kinds = new Map<number, Set<number>>();
  folds.forEach((fold, i) => kinds.set(fold, (kinds.get(fold) ?? new Set()).add(same[i]!)));
  return kinds.size > 1 && [...kinds.values()].every(({ size }) => size === 2);
}
