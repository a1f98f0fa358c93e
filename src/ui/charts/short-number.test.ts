import { expect, it } from 'vitest';
import { shortNumber } from './short-number';

it.each([
  [0, '0'],
  [-0.12345, '-0.123'],
  [9994, '9990'],
  [12_345, '12.3k'],
  [999_999, '1M'],
  [-4e9, '-4G'],
  [3.456e13, '34.6T'],
  [3e16, '3e+16'],
])('%d is %s, short enough for an axis', (value, text) => {
  expect(shortNumber(value)).toBe(text);
  expect(text.length).toBeLessThan(7);
});
