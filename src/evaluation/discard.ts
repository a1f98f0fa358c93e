import { seededRandom, shuffled } from '../core/seeded-random';
import { bestAccuracy } from './pair-figures';
import { operatingPoint } from './roc';

/** The errors that are left after the least certain share of pairs has been discarded. */
export interface DiscardPoint {
  /** Share of all pairs discarded, 0..1. */
  readonly fraction: number;
  /** Pairs kept. */
  readonly kept: number;
  /** null if there are too few pairs to set it; the errors are then null too. */
  readonly threshold: number | null;
  /** Wrong decisions among the pairs kept. */
  readonly errors: number | null;
  /**
   * With `accuracy`, errors over pairs kept; with a FAR, the share of genuine pairs refused (FNMR).
   */
  readonly error: number | null;
  /** Share of the impostor pairs kept that are accepted (FMR). */
  readonly fmr: number | null;
}

/** Pairs with their scores and qualities as parallel arrays, and how errors are counted. */
export interface DiscardOptions {
  readonly scores: ArrayLike<number>;
  /** 1 for a genuine pair, 0 for an impostor pair. */
  readonly same: ArrayLike<number>;
  /** The lowest are discarded first; ties in the order of the pairs. */
  readonly quality: ArrayLike<number>;
  /**
   * `fixed`: the threshold of all pairs, as a system in service has it. `re-estimated`: that of the
   * pairs kept.
   */
  readonly policy: 'fixed' | 're-estimated';
  /** Sets the threshold at a FAR, or where the accuracy is best. */
  readonly at: { readonly far: number } | { readonly accuracy: true };
  readonly fractions: readonly number[];
}

/** Errors against the share of pairs discarded. */
export function discardCurve({
  scores,
  same,
  quality,
  policy,
  at,
  fractions,
}: DiscardOptions): DiscardPoint[] {
  const order = Array.from({ length: scores.length }, (_, i) => i).sort(
    (a, b) => quality[a]! - quality[b]! || a - b,
  );
  const kindOf = (pairs: readonly number[], kind: number) =>
    pairs.filter((i) => same[i] === kind).map((i) => scores[i]!);
  const thresholdOf = (pairs: readonly number[]) => {
    const [genuine, impostor] = [kindOf(pairs, 1), kindOf(pairs, 0)];
    return (
      ('far' in at ? operatingPoint(genuine, impostor, at.far) : bestAccuracy(genuine, impostor))
        ?.threshold ?? null
    );
  };
  const fixed = thresholdOf(order);
  return fractions.map((fraction): DiscardPoint => {
    const kept = order.slice(Math.round(fraction * order.length));
    const threshold = policy === 'fixed' ? fixed : thresholdOf(kept);
    if (threshold === null)
      return { fraction, kept: kept.length, threshold, errors: null, error: null, fmr: null };
    const [genuine, impostor] = [kindOf(kept, 1), kindOf(kept, 0)];
    const refused = genuine.filter((score) => score < threshold).length;
    const accepted = impostor.filter((score) => score >= threshold).length;
    const [total, wrong] =
      'far' in at ? [genuine.length, refused] : [kept.length, refused + accepted];
    return {
      fraction,
      kept: kept.length,
      threshold,
      errors: refused + accepted,
      error: total === 0 ? null : wrong / total,
      fmr: impostor.length === 0 ? null : accepted / impostor.length,
    };
  });
}

/**
 * The mean error up to a share discarded: the area under the curve (AUERC) from 0 to `limit` by
 * trapezia, over `limit`.
 * @returns null if an error up to there is unknown
 */
export function areaUnderDiscard(points: readonly DiscardPoint[], limit: number): number | null {
  const within = points.filter(({ fraction }) => fraction <= limit + 1e-9);
  let area = 0;
  for (let i = 1; i < within.length; i++) {
    const [before, after] = [within[i - 1]!, within[i]!];
    if (before.error === null || after.error === null) return null;
    area += ((before.error + after.error) / 2) * (after.fraction - before.fraction);
  }
  const reached = within.at(-1)?.fraction ?? 0;
  return reached > 0 ? area / reached : null;
}

/** Random qualities, as a baseline for others. */
export function randomQuality(count: number, seed: number): Float64Array {
  return Float64Array.from(shuffled([...Array(count).keys()], seededRandom(seed, 0x64697363)));
}
