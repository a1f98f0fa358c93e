import { describe, expect, it } from 'vitest';
import { inPlane, principalPlane } from './principal-plane';
import { seededRandom } from '../../../core/seeded-random';

const random = seededRandom(11);
const normal = () =>
  Math.sqrt(-2 * Math.log(random.next() + 1e-12)) * Math.cos(2 * Math.PI * random.next());

/** Points whose coordinates have these deviations, about a centre. */
const cloud = (count: number, deviations: readonly number[], centre = 0) =>
  Array.from({ length: count }, () => deviations.map((each) => centre + each * normal()));

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);

describe('the principal plane', () => {
  it('lies along the two widest directions, with their share of the variance', () => {
    const { axes, mean, share } = principalPlane(cloud(2000, [1, 5, 0.5, 3, 0.2], 7));
    expect(Math.abs(axes[0][1]!)).toBeGreaterThan(0.99);
    expect(Math.abs(axes[1][3]!)).toBeGreaterThan(0.99);
    expect(mean[0]).toBeCloseTo(7, 0);
    expect(share).toBeCloseTo(34 / 35.29, 1);
    expect([dot(axes[0], axes[0]), dot(axes[1], axes[1])]).toEqual([
      expect.closeTo(1, 9),
      expect.closeTo(1, 9),
    ]);
    expect(dot(axes[0], axes[1])).toBeCloseTo(0, 9);
  });

  it('holds at least the variance of any other plane', () => {
    const rows = cloud(
      300,
      Array.from({ length: 40 }, (_, i) => 1 / (1 + i / 8)),
    );
    const plane = principalPlane(rows);
    const held = (axes: readonly ArrayLike<number>[]) =>
      rows.reduce((sum, row) => {
        const centred = row.map((value, i) => value - plane.mean[i]!);
        return sum + axes.reduce((part, axis) => part + dot(centred, axis) ** 2, 0);
      }, 0);
    const unit = (at: number) => Array.from({ length: 40 }, (_, i) => Number(i === at));
    expect(held(plane.axes)).toBeGreaterThan(held([unit(0), unit(1)]));
    const total = held(Array.from({ length: 40 }, (_, i) => unit(i)));
    expect(plane.share).toBeCloseTo(held(plane.axes) / total, 3);
  });

  it('keeps points near their places when it is fitted again, also in a mirrored plane', () => {
    const rows = cloud(400, [4, 4, 1, 1]);
    const first = principalPlane(rows.slice(0, 200));
    const mirrored = { ...first, axes: [first.axes[1], first.axes[0]] as const };
    for (const before of [first, mirrored]) {
      const again = principalPlane(rows, before);
      const moved = rows.map((row) => {
        const [x, y] = inPlane(row, before);
        const [nextX, nextY] = inPlane(row, again);
        return Math.hypot(x - nextX, y - nextY);
      });
      expect(Math.max(...moved)).toBeLessThan(2.5);
    }
  });

  it('takes points that lie on a line, and points that are all the same', () => {
    const line = principalPlane([
      [0, 0, 0],
      [1, 1, 0],
      [2, 2, 0],
    ]);
    expect(line.share).toBeCloseTo(1);
    expect(Math.abs(inPlane([2, 2, 0], line)[0])).toBeCloseTo(Math.SQRT2);
    expect(inPlane([2, 2, 0], line)[1]).toBeCloseTo(0);
    const point = principalPlane([
      [1, 2],
      [1, 2],
    ]);
    expect([point.share, ...inPlane([1, 2], point)]).toEqual([0, 0, 0]);
  });
});
