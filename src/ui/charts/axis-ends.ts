/** Which values an axis shows. */
export interface AxisRange {
  /**
   * Its ends, of the least and the highest value there is; what the drawing finds round where
   * nothing is said.
   */
  readonly ends?: (least: number, most: number) => readonly [number, number];
  /** Values that are possible at all: the axis never goes beyond them, in either direction. */
  readonly bounds?: readonly [number, number];
  readonly isLogarithmic?: boolean;
}

/**
 * The ends of an axis, the lower first, never the same and within what is possible. One value alone
 * stands half a unit from either end, or less where a bound is nearer.
 * @param least @param most of the values there are; null where there are none
 * @param otherwise ends where the axis has none of its own
 */
export function axisEnds(
  { ends, bounds, isLogarithmic }: AxisRange,
  least: number | null,
  most: number | null,
  otherwise: (least: number, most: number) => readonly [number, number],
): [number, number] {
  // uPlot asks before there are values, too.
  if (least === null || most === null || !Number.isFinite(least) || !Number.isFinite(most)) {
    return isLogarithmic ? [0.1, 1] : [0, 1];
  }
  const [from, to] = (ends ?? otherwise)(least, most);
  const within = (value: number) =>
    Math.min(bounds?.[1] ?? Infinity, Math.max(bounds?.[0] ?? -Infinity, value));
  const [low, high] = [within(from), within(to)];
  return low < high ? [low, high] : [within(low - 0.5), within(high + 0.5)];
}

/** Ends of an axis of shares from 0 on: a little above the highest, and 5 % where all are 0. */
export const sharesFromZero = (_: number, most: number): readonly [number, number] => [
  0,
  most > 0 ? 1.05 * most : 0.05,
];

/** What a share, a rate or a probability can be. */
export const SHARE: readonly [number, number] = [0, 1];
