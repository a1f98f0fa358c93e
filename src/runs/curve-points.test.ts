import { describe, expect, it } from 'vitest';
import { type CurveColumns, curveNames } from './curve-columns';
import { curvePoints, stepsOfAll } from './curve-points';

/** A run of the given steps whose loss is `lossAt(step)`; its other figures are the step. */
function runOf(steps: readonly number[], lossAt: (step: number) => number): CurveColumns {
  return Object.fromEntries(
    curveNames.map((name) => [
      name,
      Float64Array.from(steps, (step) => (name === 'loss' ? lossAt(step) : step)),
    ]),
  ) as CurveColumns;
}

const upTo = (last: number, stride = 1) =>
  Array.from({ length: Math.floor(last / stride) }, (_, i) => (i + 1) * stride);
const lossOf = (...runs: CurveColumns[]) =>
  runs.map((columns) => ({ columns, figures: [{ name: 'loss', weight: 0 }] as const }));

describe('points of curves', () => {
  it('of runs with different steps share these, and say where a run has none', () => {
    const long = runOf([1, 2, 3, 4], (step) => step);
    const sparse = runOf([2, 4, 6], (step) => (step === 4 ? NaN : 10 * step));
    expect(curvePoints(lossOf(long, sparse))).toEqual({
      steps: [1, 2, 3, 4, 6],
      values: [[[1, 2, 3, 4, undefined]], [[undefined, 20, undefined, null, 60]]],
    });
  });

  it('merge the same steps in every run, whatever their lengths', () => {
    const long = runOf(upTo(10_000), () => 1);
    const short = runOf(upTo(3000, 4), (step) => step);
    const { steps, values } = curvePoints(lossOf(long, short));
    expect(steps.length).toBeLessThanOrEqual(501);
    expect(steps[0]).toBe(20);
    // Steps 4, 8, 12, 16 and 20.
    expect(values[1]![0]![0]).toBe(12);
    expect(values[1]![0]![149]).toBe(2992);
    expect(values[1]![0]![150]).toBeUndefined();
    expect(values[0]![0]!.every((value) => value === 1)).toBe(true);
  });

  it('of a short range are its steps, and one beyond each end', () => {
    const run = runOf(upTo(10_000), (step) => step);
    const { steps, values } = curvePoints(lossOf(run), { first: 5000, last: 5003 });
    expect(steps).toEqual([4999, 5000, 5001, 5002, 5003, 5004]);
    expect(values[0]![0]).toEqual(steps);
  });

  it('stay where they are while a range moves over them', () => {
    const run = runOf(upTo(10_000), (step) => Math.sin(step));
    const at = (first: number) => curvePoints(lossOf(run), { first, last: first + 1999 });
    const [before, after] = [at(4000), at(4001)];
    const inBoth = before.steps.filter((step) => after.steps.includes(step));
    expect(inBoth.length).toBeGreaterThan(490);
    for (const step of inBoth)
      expect(after.values[0]![0]![after.steps.indexOf(step)]).toBe(
        before.values[0]![0]![before.steps.indexOf(step)],
      );
  });

  it('are smoothed over all steps, not over those shown', () => {
    const run = runOf(upTo(2000), (step) => (step <= 1000 ? 0 : 1));
    const figures = [{ name: 'loss', weight: 0.99 }] as const;
    const range = { first: 1001, last: 1100 };
    const { steps, values } = curvePoints([{ columns: run, figures }], range);
    expect(values[0]![0]![steps.indexOf(1001)]).toBeCloseTo(0.01, 3);
    expect(values[0]![0]![steps.indexOf(1100)]).toBeCloseTo(1 - 0.99 ** 100, 3);
  });

  it('of nothing are none', () => {
    const none = runOf([], () => 0);
    expect(stepsOfAll([none])).toBeNull();
    expect(curvePoints(lossOf(none))).toEqual({ steps: [], values: [[[]]] });
    expect(
      curvePoints(
        lossOf(
          none,
          runOf([7], () => 3),
        ),
      ).values,
    ).toEqual([[[undefined]], [[3]]]);
    const beyond = curvePoints(lossOf(runOf([1, 2], () => 3)), { first: 500, last: 600 });
    expect(beyond.steps).toEqual([2]);
  });
});
