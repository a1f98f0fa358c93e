import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/seeded-random';
import { halfBits, halfValues, MAX_FLOAT16 } from './float16';

/** The nearest half by looking at both neighbours. */
function nearest(value: number): number {
  const values = halfValues();
  let [low, high] = [0, 0x7c00];
  const size = Math.abs(value);
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (values[middle]! <= size) low = middle;
    else high = middle;
  }
  const above = high === 0x7c00 ? 65536 : values[high]!;
  const [down, up] = [size - values[low]!, above - size];
  return (
    (value < 0 || Object.is(value, -0) ? 0x8000 : 0) |
    (down < up || (down === up && low % 2 === 0) ? low : high)
  );
}

describe('float16', () => {
  it('gives every half back its own bits', () => {
    const values = halfValues();
    for (let bits = 0; bits < 65536; bits++)
      if (!Number.isNaN(values[bits]!)) expect(halfBits(values[bits]!), String(bits)).toBe(bits);
    expect(halfValues()[halfBits(NaN)]).toBeNaN();
  });

  it('rounds to the nearest, ties to even, from below the smallest to above the largest', () => {
    const random = seededRandom(5);
    const given = [
      0,
      -0,
      2 ** -25,
      2 ** -24 * 1.5,
      2 ** -14,
      1 + 2 ** -11,
      1 + 3 * 2 ** -11,
      MAX_FLOAT16,
      65519,
      65520,
      -70000,
      1e30,
      ...Array.from({ length: 5000 }, () =>
        Math.fround(random.normal() * 2 ** (40 * random.next() - 28)),
      ),
    ];
    for (const value of given) expect(halfBits(value), String(value)).toBe(nearest(value));
  });
});
