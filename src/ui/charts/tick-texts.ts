/** Figures of a tick label, at most: more would need too much space. */
const MAX_FIGURES = 7;

/**
 * The tick labels of an axis, with three figures, or as many as the ticks need to be exact: with
 * three, an axis from 1,104 to 1,112 would show 1110 five times.
 */
export function tickTexts(
  splits: readonly (number | null)[],
  tick: (value: number, figures: number) => string,
): string[] {
  const isExact = (value: number | null, figures: number) =>
    value === null || Math.abs(+value.toPrecision(figures) - value) <= 1e-9 * Math.abs(value);
  let figures = 3;
  while (figures < MAX_FIGURES && !splits.every((value) => isExact(value, figures))) figures++;
  return splits.map((value) => (value === null ? '' : tick(value, figures)));
}
