/** SI prefixes, the largest first. */
const UNITS = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/**
 * A number with the given figures: from ten thousand on with an SI prefix ("12.3k", "4G"), and from
 * 10¹⁵ on, which a diverging run can reach, as a power of ten.
 */
export function shortNumber(value: number, figures = 3): string {
  const rounded = +value.toPrecision(figures);
  const size = Math.abs(rounded);
  if (size >= 1e15) return rounded.toExponential();
  const unit = size >= 1e4 ? UNITS.find(([least]) => size >= least) : undefined;
  return unit ? `${+(rounded / unit[0]).toPrecision(figures)}${unit[1]}` : String(rounded);
}
