import { count } from '../../core/number-words';
import { operatingPoint } from '../roc';
import { evidenceAt, impostorsNeeded } from '../statistics/rule-of-thirty';

/*
 * The preset `cr-fiqa`: the error versus reject curve (ERC) of CR-FIQA (Boutros et al., CVPR 2023),
 * as SER-FIQ and its successors draw it.
 *
 * Followed: pairs of both kinds are sorted by the lower of their two qualities; ⌊n · share⌋ of them
 * are rejected, for shares of 0 to 95 % in fives; the threshold is set again on the pairs kept, at
 * FMR 1e-2, 1e-3 and 1e-4; the area under the curve is by trapezia and not divided.
 *
 * Chosen: the FMR is at most the one named, where the published code takes the nearest; pairs of
 * equal quality are rejected together, or not at all where a share would split them, since their
 * order in a list says nothing; and an FMR without ten impostor pairs above its threshold gives no
 * FNMR ({@link evidenceAt}).
 */

/** The FMRs of the preset. */
export const ERC_FMRS: readonly number[] = [1e-2, 1e-3, 1e-4];
/** The shares of pairs rejected: 0 to 95 % in fives. */
export const ERC_SHARES: readonly number[] = Array.from({ length: 20 }, (_, i) => i / 20);

/** FNMR at a FMR on the pairs kept. */
export interface ErcPoint {
  readonly kept: number;
  /** Impostor pairs among them. */
  readonly impostors: number;
  /** null if the impostor pairs kept can't measure the FMR, or no genuine pair is kept. */
  readonly fnmr: number | null;
}

/** Parallel arrays of pairs. */
export interface ErcPairs {
  readonly scores: ArrayLike<number>;
  /** 1 for a genuine pair, 0 for an impostor pair. */
  readonly same: ArrayLike<number>;
  /** Finite; the lowest are rejected first. */
  readonly quality: ArrayLike<number>;
}

/** For each FMR a point for each of {@link ERC_SHARES}. */
export function ercCurves(
  { scores, same, quality }: ErcPairs,
  fmrs: readonly number[] = ERC_FMRS,
): ErcPoint[][] {
  const pairs = scores.length;
  const order = Array.from({ length: pairs }, (_, i) => i).sort(
    (a, b) => quality[a]! - quality[b]!,
  );
  const byShare = ERC_SHARES.map((_, step) => {
    // A whole number of twentieths, because 0.15 · n in floating point may fall below one.
    let first = Math.floor((step * pairs) / ERC_SHARES.length);
    while (first > 0 && quality[order[first - 1]!] === quality[order[first]!]) first--;
    const kept = order.slice(first);
    const kind = (wanted: number) =>
      Float64Array.from(
        kept.filter((i) => same[i] === wanted),
        (i) => scores[i]!,
      );
    const [genuine, impostor] = [kind(1), kind(0)];
    return fmrs.map((fmr): ErcPoint => ({
      kept: kept.length,
      impostors: impostor.length,
      fnmr: fnmrAtFmr(genuine, impostor, fmr),
    }));
  });
  return fmrs.map((_, at) => byShare.map((points) => points[at]!));
}

function fnmrAtFmr(genuine: Float64Array, impostor: Float64Array, fmr: number): number | null {
  if (evidenceAt(fmr, impostor.length) === 'none') return null;
  const point = operatingPoint(genuine, impostor, fmr);
  // Ties at the threshold can leave fewer impostor pairs above it.
  if (!point || evidenceAt(point.far, impostor.length) === 'none') return null;
  return 1 - point.tar;
}

/** Why a point has no FNMR, as a sentence's predicate. */
export function whyNoFnmr(fmr: number, { impostors }: Pick<ErcPoint, 'impostors'>): string {
  const needed = impostorsNeeded(fmr);
  return impostors < needed
    ? `needs ${count(needed)} impostor pairs; ${count(impostors)} are kept`
    : 'has too many impostor pairs of one score at its threshold, or no genuine pair';
}

/**
 * How far a curve is measured: the largest of {@link ERC_SHARES} up to which every point has an
 * FNMR; null if the first has none.
 */
export function measuredShare(points: readonly Pick<ErcPoint, 'fnmr'>[]): number | null {
  const gap = points.findIndex(({ fnmr }) => fnmr === null);
  return ERC_SHARES[(gap < 0 ? points.length : gap) - 1] ?? null;
}

/**
 * The area under a curve from 0 to a share of {@link ERC_SHARES}, by trapezia.
 * @returns null if a point up to there has no FNMR
 */
export function areaUnderErc(
  points: readonly Pick<ErcPoint, 'fnmr'>[],
  share: number,
): number | null {
  let area = 0;
  for (let at = 1; at < points.length && ERC_SHARES[at]! <= share; at++) {
    const [before, after] = [points[at - 1]!.fnmr, points[at]!.fnmr];
    if (before === null || after === null) return null;
    area += ((before + after) / 2) * (ERC_SHARES[at]! - ERC_SHARES[at - 1]!);
  }
  return area;
}
