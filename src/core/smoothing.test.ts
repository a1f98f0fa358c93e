import { describe, expect, it } from 'vitest';
import { smoothed } from './smoothing';

const steps = (count: number, stride = 1) =>
  Array.from({ length: count }, (_, i) => (i + 1) * stride);

describe('smoothing', () => {
  it('is TensorBoard’s: the mean under weights that fall by a factor, over their sum', () => {
    const values = [3, -1, 4, 1, -5, 9];
    const weight = 0.6;
    let sum = 0;
    const expected = values.map((value, i) => {
      sum = sum * weight + (1 - weight) * value;
      return sum / (1 - weight ** (i + 1));
    });
    const found = smoothed(steps(6), values, weight);
    found.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 12));
  });

  it.each([0, 0.3, 0.9, 0.999])('leaves a constant as it is, to the last bit, at %d', (weight) => {
    const values = Array.from({ length: 2000 }, () => 0.1 + 0.2);
    expect([...smoothed(steps(2000), values, weight)]).toEqual(values);
  });

  it('changes nothing without weight', () => {
    const values = [1, 5, -2, 1e-9];
    expect([...smoothed(steps(4), values, 0)]).toEqual(values);
  });

  it('goes on behind figures that aren’t finite, as if those steps had passed unseen', () => {
    const found = smoothed([1, 2, 3, 4], [2, NaN, Infinity, 6], 0.5);
    expect([...found.slice(0, 3)]).toEqual([2, NaN, Infinity]);
    expect(Number.isFinite(found[3]!)).toBe(true);
    expect(found[3]!).toBeGreaterThan(2);
    expect(found[3]!).toBeLessThan(6);
    expect([...smoothed([1, 2], [NaN, 6], 0.9)]).toEqual([NaN, 6]);
  });

  it('gives rows that stand for two steps the curve of the steps themselves', () => {
    const each = steps(400).map((step) => Math.sin(step / 40));
    const pairs = steps(200).map((_, i) => (each[2 * i]! + each[2 * i + 1]!) / 2);
    const whole = smoothed(steps(400), each, 0.95);
    const merged = smoothed(steps(200, 2), pairs, 0.95);
    for (let i = 0; i < 200; i++)
      expect(Math.abs(merged[i]! - whole[2 * i + 1]!)).toBeLessThan(0.03);
  });

  it('gives nothing for nothing', () => {
    expect(smoothed([], [], 0.9)).toHaveLength(0);
  });
});
