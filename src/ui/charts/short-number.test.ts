import { expect, it } from 'vitest';
import { tickTexts } from './tick-texts';
import { shortNumber } from '../../core/short-number';

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

it.each([
  [
    [1104, 1106, null, 1108],
    ['1104', '1106', '', '1108'],
  ],
  [
    [0, 2000, 4000],
    ['0', '2000', '4000'],
  ],
  [
    [123_400, 123_450],
    ['123.4k', '123.45k'],
  ],
  [
    [0.1 + 0.2, 1 / 3],
    ['0.3', '0.3333333'],
  ],
])('ticks at %j are written as they are', (splits, texts) => {
  expect(tickTexts(splits, shortNumber)).toEqual(texts);
});
