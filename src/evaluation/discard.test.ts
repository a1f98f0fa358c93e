import { describe, expect, it } from 'vitest';
import { areaUnderDiscard, discardCurve, randomQuality } from './discard';

// Ten pairs: the first half genuine. The most accurate threshold lies between 0.45 and 0.64: two
// errors, at 0.2 and at 0.8.
const scores = [0.9, 0.66, 0.65, 0.64, 0.2, 0.8, 0.45, 0.3, 0.1, 0];
const same = [1, 1, 1, 1, 1, 0, 0, 0, 0, 0];
/** The pair at 0.2 is the least certain, that at 0.8 the next. */
const quality = [9, 8, 7, 6, 0, 1, 5, 4, 3, 2];

describe('error against discard', () => {
  it('falls as the least certain pairs are discarded', () => {
    const points = discardCurve({
      scores,
      same,
      quality,
      policy: 'fixed',
      at: { accuracy: true },
      fractions: [0, 0.1, 0.2],
    });
    expect(points.map(({ kept, errors }) => [kept, errors])).toEqual([
      [10, 2],
      [9, 1],
      [8, 0],
    ]);
    expect(points[1]!.error).toBeCloseTo(1 / 9, 12);
    expect(points[1]!.fmr).toBeCloseTo(1 / 5, 12);
  });

  it('keeps the threshold of all pairs, or sets it again on those kept', () => {
    const at = { far: 0.2 } as const;
    const fixed = discardCurve({ scores, same, quality, policy: 'fixed', at, fractions: [0, 0.2] });
    const reestimated = discardCurve({
      scores,
      same,
      quality,
      policy: 're-estimated',
      at,
      fractions: [0, 0.2],
    });
    // One impostor of five may be accepted: 0.8. The best that must be refused is 0.45. So of the
    // genuine pairs only 0.2 is refused.
    expect(fixed[0]).toMatchObject({ errors: 2, error: 1 / 5, fmr: 1 / 5 });
    expect(fixed[1]).toMatchObject({ errors: 0, error: 0, fmr: 0 });
    expect(reestimated[0]).toEqual(fixed[0]);
    // Four impostors can't measure a FAR of a fifth.
    expect(reestimated[1]).toMatchObject({ threshold: null, errors: null, error: null });
  });

  it('breaks ties by order, and can discard at random', () => {
    const tied = discardCurve({
      scores,
      same,
      quality: Array(10).fill(1),
      policy: 'fixed',
      at: { accuracy: true },
      fractions: [0.4, 0.5],
    });
    expect(tied.map(({ errors }) => errors)).toEqual([2, 1]);
    expect([...randomQuality(10, 1)].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(randomQuality(10, 1)).toEqual(randomQuality(10, 1));
  });
});

it('the area under a curve is its mean error up to the limit', () => {
  const point = (fraction: number, error: number | null) => ({
    fraction,
    error,
    kept: 1,
    threshold: 0,
    errors: 0,
    fmr: 0,
  });
  expect(
    areaUnderDiscard([point(0, 0.4), point(0.1, 0.2), point(0.2, 0.2), point(0.3, 9)], 0.2),
  ).toBeCloseTo((0.03 + 0.02) / 0.2, 12);
  expect(areaUnderDiscard([point(0, 0.4), point(0.1, null)], 0.2)).toBeNull();
});
