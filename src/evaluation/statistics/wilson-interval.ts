/** Standard normal quantile of a two-sided 95 % interval. */
export const Z95 = 1.959964;

/**
 * Wilson's 95 % interval of a rate that was measured on independent trials. Pairs that share people
 * are not quite independent: where people are known, `bootstrap` gives the interval instead.
 * @param rate 0..1
 * @returns its ends, 0..1; all of 0..1 without trials
 */
export function wilsonInterval(rate: number, trials: number): readonly [number, number] {
  if (trials === 0) return [0, 1];
  const z = Z95;
  const scale = 1 + z ** 2 / trials;
  const middle = (rate + z ** 2 / (2 * trials)) / scale;
  const half = (z / scale) * Math.sqrt((rate * (1 - rate)) / trials + z ** 2 / (4 * trials ** 2));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}
