import { expect, it } from 'vitest';
import { smoothed } from './smoothed';

it('is the weighted mean of all values so far, without a pull towards zero', () => {
  const found = smoothed([4, 8, 2], 0.5);
  expect(found[0]).toBe(4);
  expect(found[1]).toBeCloseTo((4 + 2 * 8) / 3, 12);
  expect(found[2]).toBeCloseTo((4 + 2 * 8 + 4 * 2) / 7, 12);
  expect([...smoothed([7, 7, 7, 7], 0.99)].map((value) => +value.toFixed(9))).toEqual([7, 7, 7, 7]);
});

it('leaves values as they are without weight, and goes on after one that is not finite', () => {
  expect([...smoothed([3, 1], 0)]).toEqual([3, 1]);
  expect([...smoothed([NaN, 5, Infinity, 5], 0.9)].map((value) => +value.toFixed(9))).toEqual([
    NaN,
    5,
    5,
    5,
  ]);
});
