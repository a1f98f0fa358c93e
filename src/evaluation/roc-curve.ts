import { seededRandom } from '../core/seeded-random';

/** A point of a ROC curve: the largest TAR whose measured FAR is at most `far`. */
export interface RocPoint {
  readonly far: number;
  readonly tar: number;
  /** 95 % band by resampling pairs; absent without resamples. */
  readonly low?: number;
  readonly high?: number;
}

/** Options of {@link rocCurve}. */
export interface RocOptions {
  /** Points, evenly spread over the logarithm of FAR. */
  readonly points?: number;
  /** Resamples of the band; 0 draws none. */
  readonly resamples?: number;
  readonly seed: number;
}

/**
 * TAR over FAR, from the FAR of one accepted impostor pair up to 1; lower FARs can't be measured.
 * Empty without pairs of both kinds.
 */
export function rocCurve(
  genuine: ArrayLike<number>,
  impostor: ArrayLike<number>,
  { points = 60, resamples = 200, seed }: RocOptions,
): RocPoint[] {
  if (genuine.length === 0 || impostor.length === 0) return [];
  const [yes, no] = [Float64Array.from(genuine).sort(), Float64Array.from(impostor).sort()];
  const decades = Math.log10(no.length);
  const fars = Array.from({ length: points }, (_, i) =>
    i === 0 ? 1 / no.length : 10 ** (-decades + (decades * i) / (points - 1)),
  );
  const tars = tarsOf(yes, no, fars);
  if (resamples === 0) return fars.map((far, i) => ({ far, tar: tars[i]! }));
  const random = seededRandom(seed, 0x726f63);
  const drawn = Array.from({ length: resamples }, () =>
    tarsOf(resample(yes, random.int), resample(no, random.int), fars),
  );
  return fars.map((far, i) => {
    const column = drawn.map((row) => row[i]!).sort((a, b) => a - b);
    return {
      far,
      tar: tars[i]!,
      low: column[Math.floor(0.025 * (resamples - 1))]!,
      high: column[Math.ceil(0.975 * (resamples - 1))]!,
    };
  });
}

/** @param yes ascending @param no ascending */
function tarsOf(yes: Float64Array, no: Float64Array, fars: readonly number[]): number[] {
  return fars.map((far) => {
    const accepted = Math.min(no.length, Math.floor(far * no.length + 1e-9));
    // Accepts all scores above the best impostor that must be refused; all, if none must be.
    const refused = accepted < no.length ? no[no.length - 1 - accepted]! : -Infinity;
    return 1 - countUpTo(yes, refused) / yes.length;
  });
}

/**
 * Draws as many values with replacement, in ascending order. It counts how often each one is drawn,
 * which needs no sorting.
 */
function resample(ascending: Float64Array, int: (n: number) => number): Float64Array {
  const times = new Uint32Array(ascending.length);
  for (let i = 0; i < ascending.length; i++) times[int(ascending.length)]!++;
  const result = new Float64Array(ascending.length);
  let at = 0;
  for (let i = 0; i < ascending.length; i++)
    for (let k = times[i]!; k > 0; k--) result[at++] = ascending[i]!;
  return result;
}

/** How many of the ascending values are at most x. */
function countUpTo(ascending: Float64Array, x: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! <= x) low = middle + 1;
    else high = middle;
  }
  return low;
}
