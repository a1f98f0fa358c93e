import { describe, expect, it } from 'vitest';
import { counted, duration, progressWords, rateWords } from './number-words';

describe('figures in words', () => {
  it.each<[number, string, string]>([
    [178_328.2, '', '178,000 a second'],
    [1234.5, '', '1,230 a second'],
    [25.34, '', '25.3 a second'],
    [1, '', '1 a second'],
    [0.2, '', '12 a minute'],
    [3 * 2 ** 20, 'bytes', '3.0 MiB a second'],
  ])('a rate of %s %s', (perSecond, unit, words) => {
    expect(rateWords(perSecond, unit)).toBe(words);
  });

  it.each<[number, number | null, string, number, string]>([
    [
      1200,
      4800,
      'pictures',
      25.34,
      '1,200 of 4,800 pictures · 25.3 a second · about 2 min 22 s left',
    ],
    [20_000, 20_010, 'steps', 178_328.2, '20,000 of 20,010 steps · 178,000 a second'],
    [4800, 4800, 'pictures', 20, '4,800 of 4,800 pictures · 20 a second'],
    [0, 4800, 'pictures', 0, '0 of 4,800 pictures'],
    [7, null, 'pictures', 3.5, '7 pictures · 3.5 a second'],
    [2.5, 10, 'seconds', 1, '2.5 of 10.0 seconds · about 8 s left'],
    [
      2 ** 20,
      2 ** 21,
      'bytes',
      2 ** 19,
      '1.0 MiB of 2.0 MiB · 512.0 KiB a second · about 2 s left',
    ],
  ])('%s of %s %s', (done, total, unit, perSecond, words) => {
    expect(progressWords({ done, total, unit, perSecond })).toBe(words);
  });

  it('one and several, and long times', () => {
    expect([
      counted(1, 'picture'),
      counted(0, 'picture'),
      counted(1200, 'person', 'people'),
    ]).toEqual(['1 picture', '0 pictures', '1,200 people']);
    expect([59.4, 59.6, 3725, 100_000].map(duration)).toEqual([
      '59 s',
      '1 min 00 s',
      '1 h 02 min',
      '1 d 03 h',
    ]);
  });
});
