import { expect, it } from 'vitest';
import { dot, normalised } from './vector';

it('sums a dot product in float64', () => {
  expect(dot(Float32Array.of(1, 2, 3), Float32Array.of(4, -5, 6))).toBe(12);
  // In float32, 2²⁴ + 1 is 2²⁴.
  expect(dot(Float32Array.of(2 ** 24, 1), Float32Array.of(1, 1))).toBe(2 ** 24 + 1);
  expect(dot(new Float32Array(0), new Float32Array(0))).toBe(0);
});

it('normalises into a new array', () => {
  const vector = Float32Array.of(3, 0, 4);
  const { unit, norm } = normalised(vector);
  expect(norm).toBe(5);
  expect(unit).toEqual(Float32Array.of(0.6, 0, 0.8));
  expect(vector).toEqual(Float32Array.of(3, 0, 4));
});

it('leaves a zero vector zero', () => {
  expect(normalised(new Float32Array(2))).toEqual({ unit: new Float32Array(2), norm: 0 });
});
