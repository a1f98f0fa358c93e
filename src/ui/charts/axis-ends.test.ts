import { describe, expect, it } from 'vitest';
import { axisEnds, SHARE, sharesFromZero, type AxisRange } from './axis-ends';

const padded = (least: number, most: number): [number, number] => [least - 0.1, most + 0.1];
const endsOf = (reach: AxisRange, least: number | null, most: number | null) =>
  axisEnds(reach, least, most, padded);

describe('the ends of an axis', () => {
  it('are defined by the axis, or found otherwise', () => {
    expect(endsOf({ ends: (least, most) => [least - 1, most + 1] }, 2, 3)).toEqual([1, 4]);
    expect(endsOf({}, 2, 3)).toEqual([1.9, 3.1]);
  });

  it('stay within the bounds', () => {
    expect(endsOf({ bounds: SHARE }, 0.02, 0.97)).toEqual([0, 1]);
    expect(endsOf({ bounds: [-1, 1] }, 0.5, 0.99)).toEqual([0.4, 1]);
    // An error of 98 % has no room for 5 % more.
    expect(endsOf({ bounds: SHARE, ends: sharesFromZero }, 0.5, 0.98)).toEqual([0, 1]);
  });

  it.each([
    // True accept rates that are all 1 gave 50 to 150 %, and errors that are all 0 −50 to 50 %.
    [{ bounds: SHARE, ends: () => [1, 1] as const }, 1, 1, [0.5, 1]],
    [{ bounds: SHARE, ends: (_: number, most: number) => [0, most] as const }, 0, 0, [0, 0.5]],
    [{ bounds: SHARE, ends: sharesFromZero }, 0, 0, [0, 0.05]],
    [
      {
        bounds: [0, Infinity] as const,
        ends: (_: number, most: number) => [0, 1.05 * most] as const,
      },
      0,
      0,
      [0, 0.5],
    ],
    [{ ends: () => [100, 100] as const }, 100, 100, [99.5, 100.5]],
  ])('are never equal: %j', (reach, least, most, ends) => {
    expect(endsOf(reach, least, most)).toEqual(ends);
  });

  it('exist before there are values', () => {
    expect(endsOf({ bounds: [0, Infinity], ends: sharesFromZero }, null, null)).toEqual([0, 1]);
    expect(endsOf({ isLogarithmic: true }, null, null)).toEqual([0.1, 1]);
    expect(endsOf({}, NaN, Infinity)).toEqual([0, 1]);
  });
});
