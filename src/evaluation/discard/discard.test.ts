import { describe, expect, it } from 'vitest';
import golden from '../../../test/fixtures/edc/golden.json';
import { edcCurve, fnmrAt, partialArea, theoreticalBestArea } from './edc';
import { areaUnderErc, ercCurves, measuredShare, whyNoFnmr } from './erc';

/** Numbers of `make-edc-golden.py` and ours are both float64, in other orders of summation. */
const near = (found: number | null, wanted: number | null) => {
  if (wanted === null || found === null) expect(found).toBe(wanted);
  else expect(Math.abs(found - wanted)).toBeLessThanOrEqual(1e-12);
};
const nearAll = (found: ArrayLike<number>, wanted: readonly number[]) => {
  expect(found).toHaveLength(wanted.length);
  wanted.forEach((value, i) => near(found[i]!, value));
};

describe.each(golden)('figures equal those of NumPy: $name', ({ scores, same, quality, ...by }) => {
  const isGenuine = (_: unknown, i: number) => same[i] === 1;

  it('by 2303.13294', () => {
    for (const wanted of by.edc) {
      const curve = edcCurve(
        scores.filter(isGenuine),
        quality.filter(isGenuine),
        wanted.startingError,
      )!;
      near(curve.threshold, wanted.threshold);
      nearAll(curve.discarded, wanted.discarded);
      nearAll(curve.fnmr, wanted.fnmr);
      for (const [share, fnmr] of Object.entries(wanted.fnmrAt))
        near(fnmrAt(curve, Number(share)), fnmr);
      for (const { limit, area, best } of wanted.areas) {
        near(partialArea(curve, limit), area);
        near(theoreticalBestArea(curve.fnmr[0]!, limit), best);
      }
    }
  });

  it('by cr-fiqa', () => {
    const curves = ercCurves({ scores, same, quality });
    by.erc.forEach(({ points, measured, area }, i) => {
      curves[i]!.forEach(({ kept, impostors, fnmr }, step) => {
        expect([kept, impostors]).toEqual([points[step]!.kept, points[step]!.impostors]);
        near(fnmr, points[step]!.fnmr);
      });
      near(measuredShare(curves[i]!), measured);
      if (measured !== null) near(areaUnderErc(curves[i]!, measured), area);
    });
  });
});

it('the golden numbers hold measured and unmeasured points, and tied qualities', () => {
  const fnmrs = golden.flatMap(({ erc }) => erc.flatMap(({ points }) => points));
  expect(fnmrs.some(({ fnmr }) => fnmr !== null && fnmr > 0)).toBe(true);
  expect(fnmrs.some(({ fnmr }) => fnmr === null)).toBe(true);
  expect(golden[1]!.edc[0]!.discarded.length).toBeLessThan(13);
});

describe('comparisons of equal quality', () => {
  // The one error of four has the lowest quality, which another comparison shares.
  const [scores, quality] = [
    [0.1, 0.7, 0.8, 0.9],
    [1, 1, 2, 3],
  ];

  it('are discarded together or not at all, in whatever order they are listed', () => {
    const curve = edcCurve(scores, quality, 0.25)!;
    expect([...curve.discarded]).toEqual([0, 0.5, 0.75]);
    expect([...curve.fnmr]).toEqual([0.25, 0, 0]);
    // A quarter would split the two.
    expect(fnmrAt(curve, 0.25)).toBe(0.25);
    expect(fnmrAt(curve, 0.5)).toBe(0);
    expect(edcCurve([...scores].reverse(), [...quality].reverse(), 0.25)).toEqual(curve);
  });

  it('are kept whole where cr-fiqa would split them', () => {
    const [kept] = ercCurves({ scores, same: [1, 1, 1, 1], quality });
    expect(kept!.map((point) => point.kept)).toEqual([
      ...Array<number>(10).fill(4),
      ...Array<number>(5).fill(2),
      ...Array<number>(5).fill(1),
    ]);
  });
});

it('a FMR that the impostor pairs kept can’t measure has no FNMR, and says why', () => {
  const scores = Array.from({ length: 1100 }, (_, i) => i / 1100);
  const same = scores.map((_, i) => Number(i >= 1000));
  const quality = scores.map((_, i) => i);
  const [loose] = ercCurves({ scores, same, quality });
  expect(loose![0]).toEqual({ kept: 1100, impostors: 1000, fnmr: 0 });
  expect(loose![1]).toEqual({ kept: 1045, impostors: 945, fnmr: null });
  expect(measuredShare(loose!)).toBe(0);
  expect(whyNoFnmr(1e-2, loose![1]!)).toBe('needs 1,000 impostor pairs; 945 are kept');
});
