import { describe, expect, it } from 'vitest';
import type { StepMetrics } from '../training/session/run-events';
import { curveNames } from './curve-columns';
import { curvePoints } from './curve-points';
import { MetricSeries } from './metric-series';

/** A step with figures of its own. */
const metrics = (step: number, changes: Partial<StepMetrics> = {}): StepMetrics => ({
  step,
  epoch: 1 + Math.floor(step / 100),
  loss: 2 * step,
  lossAlignment: -step,
  lossNormalizer: 3 * step,
  lossLogKappa: -2 * step,
  lossLogBessel: 5 * step,
  lossConstant: 7,
  kappaMean: 600,
  kappaLow: 500,
  kappaHigh: 700,
  cosThetaMean: 0.5,
  learningRate: 1e-3,
  imagesPerSecond: 100,
  bytesAllocated: 4096,
  ...changes,
});

function seriesOf(
  steps: number,
  changes: (step: number) => Partial<StepMetrics> = () => ({}),
): MetricSeries {
  const series = new MetricSeries();
  for (let step = 1; step <= steps; step++) series.add([metrics(step, changes(step))]);
  return series;
}

/** The points that charts draw, as steps. */
function pointsOf(series: MetricSeries): StepMetrics[] {
  const figures = curveNames.map((name) => ({ name, weight: 0 }));
  const { steps, values } = curvePoints([{ columns: series.columns, figures }]);
  return steps.map(
    (_, point) =>
      Object.fromEntries(
        curveNames.map((name, column) => [name, values[0]![column]![point]!]),
      ) as unknown as StepMetrics,
  );
}

describe('a metric series', () => {
  it.each([0, 1, 499, 500])('gives %i steps unmerged', (steps) => {
    const series = seriesOf(steps);
    expect(pointsOf(series)).toEqual(series.all);
    expect(pointsOf(series)).toHaveLength(steps);
  });

  it.each([501, 999, 1000, 1001, 12_345])(
    'gives %i steps as at most 500 points, in order and up to the last',
    (steps) => {
      const points = pointsOf(seriesOf(steps));
      expect(points.length).toBeLessThanOrEqual(500);
      expect(points.length).toBeGreaterThan(200);
      expect(points.at(-1)!.step).toBe(steps);
      for (let i = 1; i < points.length; i++)
        expect(points[i]!.step).toBeGreaterThan(points[i - 1]!.step);
    },
  );

  it('gives each point the mean of its steps, at the last of them', () => {
    // 1,200 steps, three to a point; the last of the first three is step 3.
    const [first, second] = pointsOf(seriesOf(1200));
    expect(first).toEqual(
      metrics(3, {
        loss: 4,
        lossAlignment: -2,
        lossNormalizer: 6,
        lossLogKappa: -4,
        lossLogBessel: 10,
        epoch: 1,
      }),
    );
    expect(second).toMatchObject({ step: 6, loss: 10 });
  });

  it('averages a shorter last bucket over its own steps', () => {
    // 1,201 steps: 401 points, the last of one step alone.
    expect(pointsOf(seriesOf(1201)).at(-1)).toEqual(metrics(1201));
  });

  it("keeps the extremes of the band's ends", () => {
    const points = pointsOf(
      seriesOf(1500, (step) => ({
        kappaLow: step === 500 ? 3 : 500,
        kappaHigh: step === 1000 ? 9000 : 700,
      })),
    );
    expect(Math.min(...points.map(({ kappaLow }) => kappaLow))).toBe(3);
    expect(Math.max(...points.map(({ kappaHigh }) => kappaHigh))).toBe(9000);
    expect(points.filter(({ kappaLow }) => kappaLow !== 500)).toHaveLength(1);
  });

  it('is empty after it is cleared', () => {
    const series = seriesOf(10);
    series.clear();
    expect([series.all, pointsOf(series), series.csv()]).toEqual([[], [], '']);
  });

  it('replaces the steps that a run repeats from its checkpoint', () => {
    const series = seriesOf(10);
    series.add([metrics(8, { loss: 1 }), metrics(9, { loss: 2 })]);
    expect(series.all.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(series.all.slice(-2).map(({ loss }) => loss)).toEqual([1, 2]);
  });

  it('goes on after a past of rows that each stand for several steps', () => {
    const past = seriesOf(2 ** 15 + 4);
    const series = new MetricSeries();
    series.add(past.all);
    series.add([metrics(2 ** 15 + 5), metrics(2 ** 15 + 6)]);
    expect(series.all.slice(0, -2)).toEqual(past.all);
    expect(series.all.slice(-2).map(({ step }) => step)).toEqual([2 ** 15 + 5, 2 ** 15 + 6]);
  });

  it('gives its rows as columns, with the waiting steps as one more', () => {
    const { columns } = seriesOf(2 ** 15 + 1);
    expect(columns.step).toHaveLength(2 ** 14 + 1);
    expect(columns.loss.at(-1)).toBe(2 * (2 ** 15 + 1));
  });

  it('keeps a limited number of rows, each a mean of steps, and the last steps unmerged', () => {
    const series = seriesOf(2 ** 15 + 3);
    expect(series.all).toHaveLength(2 ** 14 + 2);
    expect(series.all[0]).toEqual({
      ...metrics(2),
      loss: 3,
      lossAlignment: -1.5,
      lossNormalizer: 4.5,
      lossLogKappa: -3,
      lossLogBessel: 7.5,
      epoch: 1,
    });
    expect(series.all.slice(-2).map(({ step }) => step)).toEqual([2 ** 15 + 2, 2 ** 15 + 3]);
    series.add([metrics(2 ** 15 - 1)]);
    expect(series.all.at(-1)!.step).toBe(2 ** 15 - 1);
    expect(series.all.at(-2)!.step).toBe(2 ** 15 - 2);
  });

  it('breaks at a step that isn’t finite, and lists that step unmerged', () => {
    const series = seriesOf(5000, (step) =>
      step === 4321 ? { loss: NaN, kappaMean: Infinity } : {},
    );
    const broken = pointsOf(series).filter(({ loss }) => loss === null);
    expect(broken).toHaveLength(1);
    expect(broken[0]!.step - 4321).toBeLessThan(10);
    expect(series.nonFiniteSteps).toMatchObject([{ step: 4321, loss: NaN, kappaMean: Infinity }]);
    const before = series.nonFiniteSteps;
    series.add([metrics(5001)]);
    expect(series.nonFiniteSteps).toBe(before);
    // The run went back to its checkpoint.
    series.add([metrics(4000)]);
    expect(series.nonFiniteSteps).toEqual([]);
    series.add([metrics(4001, { loss: Infinity })]);
    series.clear();
    expect(series.nonFiniteSteps).toEqual([]);
  });

  it('gives one CSV line for each step, without merging', () => {
    const lines = seriesOf(1001).csv().split('\n');
    expect(lines).toHaveLength(1002);
    expect(lines[0]).toBe(Object.keys(metrics(1)).join(','));
    expect(lines[1]).toBe('1,1,2,-1,3,-2,5,7,600,500,700,0.5,0.001,100,4096');
    expect(lines.at(-1)).toMatch(/^1001,11,2002,/);
  });
});
