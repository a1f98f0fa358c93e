import { expect, it } from 'vitest';
import { wilsonInterval } from './wilson-interval';

it('gives the published ends of Wilson’s interval', () => {
  // Newcombe (Statistics in Medicine 17, 1998), table I, method 3: 81 of 263, 15 of 148, 0 of 20.
  const ends = (hits: number, trials: number) =>
    wilsonInterval(hits / trials, trials).map((end) => +end.toFixed(4));
  expect(ends(81, 263)).toEqual([0.2553, 0.3662]);
  expect(ends(15, 148)).toEqual([0.0624, 0.1605]);
  expect(ends(0, 20)).toEqual([0, 0.1611]);
  expect(wilsonInterval(NaN, 0)).toEqual([0, 1]);
});
