import { describe, expect, it } from 'vitest';
import { movedBy, scaledAround, zoomedTo } from './step-range';

const whole = { first: 1, last: 1001 };

describe('a range of steps', () => {
  it('is what was dragged over, in either direction', () => {
    expect(zoomedTo(100, 300, whole)).toEqual({ first: 100, last: 300 });
    expect(zoomedTo(300, 100, whole)).toEqual({ first: 100, last: 300 });
  });

  it('stays in the run, and is at least two steps long', () => {
    expect(zoomedTo(-50, 150, whole)).toEqual({ first: 1, last: 201 });
    expect(zoomedTo(500, 500, whole)).toEqual({ first: 499, last: 501 });
    expect(zoomedTo(1001, 1001, whole)).toEqual({ first: 999, last: 1001 });
  });

  it('is the whole run if it covers it', () => {
    expect(zoomedTo(1, 1001, whole)).toBeNull();
    expect(scaledAround({ first: 100, last: 700 }, 400, 2, whole)).toBeNull();
    expect(zoomedTo(1, 2, { first: 1, last: 2 })).toBeNull();
  });

  it('is scaled around a place that stays at its share of the plot', () => {
    expect(scaledAround(null, 251, 0.5, whole)).toEqual({ first: 126, last: 626 });
    const back = scaledAround({ first: 126, last: 626 }, 251, 1.5, whole)!;
    expect((251 - back.first) / (back.last - back.first)).toBeCloseTo(0.25, 12);
  });

  it('moves as far as the run reaches, and keeps its length', () => {
    const range = { first: 101, last: 301 };
    expect(movedBy(range, 50, whole)).toEqual({ first: 151, last: 351 });
    expect(movedBy(range, -500, whole)).toEqual({ first: 1, last: 201 });
    expect(movedBy(range, 5000, whole)).toEqual({ first: 801, last: 1001 });
    expect(movedBy(null, 50, whole)).toBeNull();
  });
});
