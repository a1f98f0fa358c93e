import { areaUnderSorted } from '../pair-figures';
import { evidenceAt } from '../statistics/rule-of-thirty';

/** The rates in the papers' tables, and others around them; in ascending order. */
export const IJB_FARS: readonly number[] = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1];

/** The figures of a release's scores. */
export interface IjbFigures {
  readonly genuine: number;
  readonly impostor: number;
  /**
   * By the FAR as text; null where fewer than 10 impostor pairs lie above the threshold
   * (`evidenceAt`).
   */
  readonly tarAtFar: Readonly<Record<string, number | null>>;
  /** Ties counted half. */
  readonly auc: number;
}

/**
 * TAR at FAR as the published scripts compute it: of the ROC curve's points at all distinct
 * thresholds, the one whose FAR is nearest; of equally near ones, that with the largest TAR. Sorts
 * both arrays in place.
 * @throws RangeError without pairs of both kinds
 */
export function ijbFigures(
  genuine: Float64Array,
  impostor: Float64Array,
  fars: readonly number[] = IJB_FARS,
): IjbFigures {
  genuine.sort();
  impostor.sort();
  return figuresOfSorted(genuine, impostor, fars);
}

/** As {@link ijbFigures}, of scores in ascending order. @throws RangeError as that */
export function figuresOfSorted(
  genuine: Float64Array,
  impostor: Float64Array,
  fars: readonly number[] = IJB_FARS,
): IjbFigures {
  if (genuine.length === 0 || impostor.length === 0)
    throw new RangeError(
      `A ROC curve needs pairs of both kinds; there are ${genuine.length} of one person ` +
        `and ${impostor.length} of two.`,
    );
  const tarAtFar = fars.map(
    (far) =>
      [
        String(far),
        evidenceAt(far, impostor.length) === 'none'
          ? null
          : nearestTar(genuine, impostor, far * impostor.length),
      ] as const,
  );
  return {
    genuine: genuine.length,
    impostor: impostor.length,
    tarAtFar: Object.fromEntries(tarAtFar),
    auc: areaUnderSorted(genuine, impostor),
  };
}

/** @param wanted number of impostor pairs to accept, not necessarily whole */
function nearestTar(genuine: Float64Array, impostor: Float64Array, wanted: number): number {
  const n = impostor.length;
  // A threshold accepts all equal scores or none, so only some counts are possible. These are the
  // nearest two, around the score at `wanted`.
  const at = impostor[n - 1 - Math.min(n - 1, Math.floor(wanted))]!;
  const [below, above] = [n - countUpTo(impostor, at), n - countBelow(impostor, at)];
  const accepted = Math.abs(below - wanted) < Math.abs(above - wanted) ? below : above;
  // The lowest threshold that accepts this many lies just above the best refused score.
  const refused = accepted < n ? impostor[n - 1 - accepted]! : -Infinity;
  return (genuine.length - countUpTo(genuine, refused)) / genuine.length;
}

const countUpTo = (ascending: Float64Array, x: number): number =>
  boundary(ascending, (value) => value <= x);
const countBelow = (ascending: Float64Array, x: number): number =>
  boundary(ascending, (value) => value < x);

/** Binary search: how many of the ascending values, from the first on, fulfil `holds`. */
function boundary(ascending: Float64Array, holds: (value: number) => boolean): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(ascending[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}
