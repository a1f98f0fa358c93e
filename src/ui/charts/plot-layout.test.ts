import { describe, expect, it } from 'vitest';
import { lonePoints } from './plot-layout';

describe('a point without neighbours', () => {
  it.each<[string, (number | null)[], number[]]>([
    ['the only step so far', [5], [0]],
    ['a step between two gaps', [1, 2, null, 3, null, 4, 5], [3]],
    ['the last before and the first after a gap', [1, null, 2], [0, 2]],
    ['none', [1, 2, 3], []],
    ['none, without any value', [null, null], []],
  ])('is drawn: %s', (_, values, points) => {
    expect(lonePoints(values, false)).toEqual(points);
  });

  it('has neighbours across steps that only other curves have', () => {
    const none = undefined;
    expect(lonePoints([1, none, none, 2, none, null, none, 3, none], false)).toEqual([7]);
    expect(lonePoints([none, 5, none], true)).toEqual([1]);
  });

  it('is a curve’s only value if lines span gaps', () => {
    expect(lonePoints([null, 3, null], true)).toEqual([1]);
    expect(lonePoints([1, null, 3], true)).toEqual([]);
  });
});
