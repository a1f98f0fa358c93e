import { expect, it } from 'vitest';
import { smoothed } from './smoothed';

it('is the weighted mean of all values so far, without a pull towards zero', () => {
  const found = smoothed([4, 8, 2], 0.5);
  expect(found[0]).toBe(4);
  expect(found[1]).toBeCloseTo((4 + 2 * 8) / 3, 12);
  expect(found[2]).toBeCloseTo((4 + 2 * 8 + 4 * 2) / 7, 12);
});

it.each([0, 0.3, 0.9, 0.999])('leaves a constant as it is, to the last bit, at %d', (weight) => {
  const values = Array.from({ length: 2000 }, () => 0.1 + 0.2);
  expect([...smoothed(values, weight)]).toEqual(values);
});

it('gives rows that stand for two steps the curve of the steps themselves', () => {
  const each = Array.from({ length: 400 }, (_, i) => Math.sin(i / 40));
  const pairs = Array.from({ length: 200 }, (_, i) => (each[2 * i]! + each[2 * i + 1]!) / 2);
  const whole = smoothed(each, 0.95);
  const steps = pairs.map((_, i) => 2 * (i + 1));
  smoothed(pairs, 0.95, steps).forEach((value, i) =>
    expect(Math.abs(value - whole[2 * i + 1]!)).toBeLessThan(0.03),
  );
});

it('is empty of nothing', () => {
  expect(smoothed([], 0.9)).toHaveLength(0);
});

it('leaves values as they are without weight, and goes on after one that is not finite', () => {
  expect([...smoothed([3, 1], 0)]).toEqual([3, 1]);
  expect([...smoothed([NaN, 5, Infinity, 5], 0.9)]).toEqual([NaN, 5, 5, 5]);
});
