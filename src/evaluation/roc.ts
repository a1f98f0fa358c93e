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
 * @returns undefined when there are fewer than 1/far impostor pairs: such a FAR can't be measured on them
 */
export function operatingPoint(genuine: ArrayLike<number>, impostor: ArrayLike<number>, far: number): OperatingPoint | undefined {
  if (impostor.length === 0 || genuine.length === 0 || far * impostor.length < 1) return undefined;
  const descending = Float64Array.from(impostor).sort().reverse();
  const refused = descending[Math.floor(far * descending.length)];
  // Just above the best impostor that must be refused; with none left to refuse, everything passes.
  const threshold = refused === undefined ? descending.at(-1)! : nextAbove(refused);
  return { threshold, far: shareAtLeast(impostor, threshold), tar: shareAtLeast(genuine, threshold) };
}

/**
 * Accuracy with as many genuine as impostor pairs: the threshold that is best on the other folds, mean over folds.
 * Fold k holds every `folds`-th pair of each kind.
 */
export function crossValidatedAccuracy(genuine: ArrayLike<number>, impostor: ArrayLike<number>, folds = 10): number {
  let right = 0;
  let total = 0;
  for (let fold = 0; fold < folds; fold++) {
    const [trainGenuine, testGenuine] = split(genuine, fold, folds);
    const [trainImpostor, testImpostor] = split(impostor, fold, folds);
    const threshold = bestThreshold(trainGenuine, trainImpostor);
    right += testGenuine.filter((score) => score >= threshold).length + testImpostor.filter((score) => score < threshold).length;
    total += testGenuine.length + testImpostor.length;
  }
  return right / total;
}

function split(scores: ArrayLike<number>, fold: number, folds: number): [number[], number[]] {
  const all = Array.from(scores);
  return [all.filter((_, i) => i % folds !== fold), all.filter((_, i) => i % folds === fold)];
}

function bestThreshold(genuine: readonly number[], impostor: readonly number[]): number {
  const scores = [...genuine.map((score) => ({ score, gain: 1 })), ...impostor.map((score) => ({ score, gain: -1 }))];
  scores.sort((a, b) => b.score - a.score);
  let [value, best, threshold] = [0, 0, Infinity];
  for (let i = 0; i < scores.length; i++) {
    value += scores[i]!.gain;
    const next = scores[i + 1]?.score;
    if (value > best && next !== scores[i]!.score) {
      best = value;
      threshold = next === undefined ? scores[i]!.score : (scores[i]!.score + next) / 2;
    }
  }
  return threshold;
}

function shareAtLeast(scores: ArrayLike<number>, threshold: number): number {
  let count = 0;
  for (let i = 0; i < scores.length; i++) if (scores[i]! >= threshold) count++;
  return count / scores.length;
}

function nextAbove(x: number): number {
  return x + Math.max(Math.abs(x), 1e-300) * Number.EPSILON;
}
