/** Share of a logarithmic axis that stays free beyond the values at each end. */
const MARGIN = 0.05;
/** Ticks of an axis, at most and about. */
const TICKS = 6;

/**
 * The ends of a logarithmic axis: a little beyond its values, not at the next powers of ten, which
 * may be far away.
 * @param least @param most above 0
 */
export function logEnds(least: number, most: number): readonly [number, number] {
  const factor = most > least ? (most / least) ** MARGIN : 1.1;
  return [least / factor, most * factor];
}

/**
 * Round values between the ends of a logarithmic axis: powers of ten over many decades, with their
 * doubles and fives over few, and equal steps within less than one.
 * @param min @param max above 0
 */
export function logTicks(min: number, max: number): number[] {
  const decades = Math.log10(max / min);
  if (decades < 1) return linearTicks(min, max);
  const first = Math.floor(Math.log10(min));
  const count = Math.ceil(Math.log10(max)) - first + 1;
  const every = Math.max(1, Math.ceil(decades / TICKS));
  const factors = decades <= TICKS / 3 ? [1, 2, 5] : [1];
  return Array.from({ length: count }, (_, i) => first + i)
    .filter((power) => power % every === 0)
    .flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
    .filter((tick) => tick >= min && tick <= max);
}

function linearTicks(min: number, max: number): number[] {
  const least = (max - min) / TICKS;
  const power = Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((each) => each * 10 ** power >= least)!;
  const step = factor * 10 ** power;
  const first = Math.ceil(min / step);
  const count = Math.floor(max / step) - first + 1;
  return Array.from({ length: count }, (_, i) => +((first + i) * step).toPrecision(12));
}
