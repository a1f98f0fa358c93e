import { describe, expect, it } from 'vitest';
import { positionOf, SMOOTHING_POSITIONS, storedWeight, weightAt } from './smoothing-store';

describe('the smoothing’s slider', () => {
  it('goes from none to 0.999, each position with a weight of its own', () => {
    const weights = Array.from({ length: SMOOTHING_POSITIONS + 1 }, (_, i) => weightAt(i));
    expect([weights[0], weights[10], weights[20], weights.at(-1)]).toEqual([0, 0.9, 0.99, 0.999]);
    weights.forEach((weight, position) => expect(positionOf(weight)).toBe(position));
  });

  it.each([
    ['0.5', 0.5],
    ['0', 0],
    ['0.999', 0.999],
    [null, 0.9],
    ['', 0.9],
    ['much', 0.9],
    ['-1', 0.9],
    ['1', 0.9],
  ])('takes what was remembered if it is a weight: %s', (text, weight) => {
    expect(storedWeight(text)).toBe(weight);
  });
});
