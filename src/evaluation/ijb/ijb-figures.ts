import { areaUnderSorted } from '../pair-figures';

/** The rates that the papers print, and two around them. */
export const IJB_FARS: readonly number[] = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1];

/** What scores of a release come to. */
export interface IjbFigures {
  readonly genuine: number;
  readonly impostor: number;
  /** By the FAR as text; null where one impostor pair is more than that rate. */
  readonly tarAtFar: Readonly<Record<string, number | null>>;
  /** Ties counted half. */
  readonly auc: number;
}

/**
 * TAR at FAR as the published scripts have it: the point of the ROC curve, over all distinct
 * thresholds, whose FAR is nearest to the one asked for, and of equally near ones that of the
 * largest TAR. Sorts both arrays.
 * @throws RangeError without pairs of both kinds
 */
export function ijbFigures(
  genuine: Float64Array,
  impostor: Float64Array,
  fars: readonly number[] = IJB_FARS,
): IjbFigures {
  if (genuine.length === 0 || impostor.length === 0)
    throw new RangeError(
      `A ROC curve takes pairs of both kinds; there are ${genuine.length} of one person ` +
        `and ${impostor.length} of two.`,
    );
  genuine.sort();
  impostor.sort();
  const tarAtFar = fars.map(
    (far) =>
      [
        String(far),
        far * impostor.length < 1 ? null : nearestTar(genuine, impostor, far * impostor.length),
      ] as const,
  );
  return {
    genuine: genuine.length,
    impostor: impostor.length,
    tarAtFar: Object.fromEntries(tarAtFar),
    auc: areaUnderSorted(genuine, impostor),
  };
}

/** @param wanted impostor pairs accepted, not whole */
function nearestTar(genuine: Float64Array, impostor: Float64Array, wanted: number): number {
  const n = impostor.length;
  // Counts that a threshold can reach lie between runs of equal scores; the nearest ones enclose
  // the score at `wanted`.
  const at = impostor[n - 1 - Math.min(n - 1, Math.floor(wanted))]!;
  const [below, above] = [n - countUpTo(impostor, at), n - countBelow(impostor, at)];
  const accepted = Math.abs(below - wanted) < Math.abs(above - wanted) ? below : above;
  // The lowest threshold that accepts so many lies just above the best of those refused.
  const refused = accepted < n ? impostor[n - 1 - accepted]! : -Infinity;
  return (genuine.length - countUpTo(genuine, refused)) / genuine.length;
}

const countUpTo = (ascending: Float64Array, x: number): number =>
  boundary(ascending, (value) => value <= x);
const countBelow = (ascending: Float64Array, x: number): number =>
  boundary(ascending, (value) => value < x);

/** Values at the beginning of which `holds`. */
function boundary(ascending: Float64Array, holds: (value: number) => boolean): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(ascending[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}
