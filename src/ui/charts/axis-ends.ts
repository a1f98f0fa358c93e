/** The range of values that an axis shows. */
export interface AxisRange {
  /** Its ends, from the lowest and the highest value; by default uPlot chooses round ones. */
  readonly ends?: (least: number, most: number) => readonly [number, number];
  /** The possible values: the axis never exceeds them. */
  readonly bounds?: readonly [number, number];
  readonly isLogarithmic?: boolean;
}

/**
 * The ends of an axis: the lower first, within the bounds, never equal. If all values are equal,
 * each end is half a unit away, or at the bound if that is nearer.
 * @param least @param most the lowest and highest value; null if there are none
 * @param otherwise gives the ends if the axis doesn't define them
 */
export function axisEnds(
  { ends, bounds, isLogarithmic }: AxisRange,
  least: number | null,
  most: number | null,
  otherwise: (least: number, most: number) => readonly [number, number],
): [number, number] {
  // uPlot also calls this before there are values.
  if (least === null || most === null || !Number.isFinite(least) || !Number.isFinite(most)) {
    return isLogarithmic ? [0.1, 1] : [0, 1];
  }
  const [from, to] = (ends ?? otherwise)(least, most);
  const within = (value: number) =>
    Math.min(bounds?.[1] ?? Infinity, Math.max(bounds?.[0] ?? -Infinity, value));
  const [low, high] = [within(from), within(to)];
  return low < high ? [low, high] : [within(low - 0.5), within(high + 0.5)];
}

/** Ends of an axis of shares from 0: 5 % above the highest, or 5 % in all if every share is 0. */
export const sharesFromZero = (_: number, most: number): readonly [number, number] => [
  0,
  most > 0 ? 1.05 * most : 0.05,
];

/** The bounds of a share, a rate or a probability. */
export const SHARE: readonly [number, number] = [0, 1];
