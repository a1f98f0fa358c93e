import { describe, expect, it } from 'vitest';
import { type CurveColumns, curveNames } from '../../../runs/curve-columns';
import { mainCharts, oneCurveEach, otherCharts, validationCharts } from './chart-list';
import { type DrawnRun, nonFiniteRows } from './drawn-run';
import { curveKey, runKey, UNSMOOTHED } from './run-plan';
import { stepDrawing, type ViewOptions } from './step-drawing';

/** A run whose κ is 600, and whose other figures are `figure(step)`. */
function runOf(id: string, steps: readonly number[], figure: (step: number) => number): DrawnRun {
  const columns = Object.fromEntries(
    curveNames.map((name) => [
      name,
      Float64Array.from(steps, (step) => {
        if (name === 'step') return step;
        return name === 'kappaMean' ? 600 : figure(step);
      }),
    ]),
  ) as CurveColumns;
  const validations = [
    { step: steps.at(-1)!, epoch: 1, loss: 2, spearman: 0.5, spearmanClean: null },
  ];
  return {
    id,
    name: `run ${id}`,
    place: 'abcd'.indexOf(id),
    method: 'scf',
    columns,
    nonFiniteSteps: nonFiniteRows(columns),
    validations,
  };
}

const options: ViewOptions = {
  chosenId: 'a',
  range: null,
  hidden: new Set(),
  isLogarithmic: false,
  smoothing: 0,
};
const loss = mainCharts(['scf'])[0]!;
const kappa = mainCharts(['scf'])[1]!;
const falling = runOf('a', [1, 2, 3, 4], (step) => -step);
const sparse = runOf('b', [2, 4], (step) => 10 * step);

describe('a drawing of a chart over steps', () => {
  it('lays runs of different steps over each other, the chosen one in front', () => {
    const { data, layout, shownX } = stepDrawing(loss, [falling, sparse], options, null)!;
    expect(data).toEqual([
      [1, 2, 3, 4],
      [undefined, 20, undefined, 40],
      [-1, -2, -3, -4],
    ]);
    expect(shownX).toEqual([0, 4]);
    const [other, chosen] = layout.series;
    expect([other!.name, chosen!.name]).toEqual(['run b', 'run a']);
    expect(other!.opacity!).toBeLessThan(chosen!.opacity!);
    expect(other!.dash).not.toBe(chosen!.dash);
    expect(other!.colour).not.toBe(chosen!.colour);
  });

  it('keeps a run’s colour and dashes when another is hidden or chosen', () => {
    const styleOf = (changes: Partial<ViewOptions>) => {
      const runs = [sparse, falling];
      const { layout } = stepDrawing(loss, runs, { ...options, ...changes }, null)!;
      const { colour, dash } = layout.series.find(({ name }) => name === 'run a')!;
      return { colour, dash };
    };
    const hidden = new Set([runKey(sparse)]);
    expect(styleOf({ hidden })).toEqual(styleOf({}));
    expect(styleOf({ chosenId: 'b' })).toEqual(styleOf({}));
  });

  it('keeps a run’s colour and dashes when another’s curves have come', () => {
    const [first, second] = [runOf('c', [1, 2], (step) => step), runOf('d', [2], (step) => step)];
    const styles = [
      [first, second],
      [falling, first, second],
    ].map((runs) => {
      const { layout } = stepDrawing(loss, runs, options, null)!;
      return ['run c', 'run d'].map((name) => {
        const { colour, dash } = layout.series.find((each) => each.name === name)!;
        return { colour, dash };
      });
    });
    expect(styles[0]).toEqual(styles[1]);
  });

  it('has a smoothed curve before the faint measured one, which can be switched off', () => {
    const smooth = { ...options, smoothing: 0.5 };
    const { layout, data } = stepDrawing(loss, [falling], smooth, null)!;
    expect(layout.series).toMatchObject([
      { kind: 'line', isInBackground: true, opacity: 0.3 },
      { kind: 'line', smooths: 0, opacity: 1 },
    ]);
    expect(data[1]).toEqual([-1, -2, -3, -4]);
    expect(data[2]![0]).toBe(-1);
    expect(data[2]![1]).toBeCloseTo(-5 / 3, 12);
    const off = { ...smooth, hidden: new Set([UNSMOOTHED]) };
    expect(stepDrawing(loss, [falling], off, null)!.layout.series[0]!.kind).toBe('edge');
  });

  it('smooths no figure that is set, and no validation', () => {
    const rate = otherCharts(['scf']).find(({ title }) => title === 'Learning rate')!;
    const [rho] = validationCharts(falling.validations);
    for (const chart of [rate, rho!])
      expect(
        stepDrawing(chart, [falling], { ...options, smoothing: 0.9 }, null)!.layout.series,
      ).toHaveLength(1);
  });

  it('has a logarithmic axis only if all values of all shown runs are above 0', () => {
    const logarithmic = { ...options, isLogarithmic: true };
    const above = runOf('a', [1, 2], () => 3);
    expect(stepDrawing(kappa, [above], logarithmic, null)).toMatchObject({
      canBeLogarithmic: true,
      layout: { y: { isLogarithmic: true } },
    });
    // Its band reaches below 0.
    const below = { canBeLogarithmic: false, layout: { y: { isLogarithmic: false } } };
    expect(stepDrawing(kappa, [falling], logarithmic, null)).toMatchObject(below);
    expect(stepDrawing(loss, [sparse, falling], logarithmic, null)).toMatchObject(below);
    const hidden = new Set([runKey(falling)]);
    const drawing = stepDrawing(loss, [sparse, falling], { ...logarithmic, hidden }, null);
    expect(drawing).toMatchObject({ canBeLogarithmic: true });
    const nothing = runOf('a', [1], () => NaN);
    expect(stepDrawing(loss, [nothing], logarithmic, null)).toMatchObject(below);
  });

  it('keeps its layout while only figures or the range change', () => {
    const first = stepDrawing(kappa, [falling], options, null)!;
    const longer = runOf('a', [1, 2, 3, 4, 5], (step) => -step);
    const range = { first: 2, last: 4 };
    const second = stepDrawing(kappa, [longer], { ...options, range }, first)!;
    expect(second.layout).toBe(first.layout);
    expect(second.data[0]).toEqual([1, 2, 3, 4, 5]);
    expect(second.shownX).toEqual([2, 4]);
    const hidden = new Set([curveKey(kappa, '5–95 % of the batch')]);
    const third = stepDrawing(kappa, [falling], { ...options, hidden }, second)!;
    expect(third.layout).not.toBe(first.layout);
    expect(third.layout.bands).toEqual([]);
    expect(third.data).toHaveLength(2);
  });

  it('marks the steps that aren’t finite, and says whose they are', () => {
    const diverged = runOf('b', [1, 2, 3], (step) => (step === 3 ? NaN : step));
    expect(stepDrawing(loss, [diverged], options, null)!.breaks).toEqual([
      { step: 3, what: 'NaN' },
    ]);
    const { breaks, layout } = stepDrawing(loss, [falling, diverged], options, null)!;
    expect(breaks).toEqual([{ step: 3, what: 'NaN of run b' }]);
    expect(layout.lines).toMatchObject([{ axis: 'x', at: 3 }]);
    expect(stepDrawing(kappa, [diverged], options, null)!.breaks).toEqual([]);
  });

  it('is none without steps, and empty if all runs are hidden', () => {
    expect(stepDrawing(loss, [], options, null)).toBeNull();
    const hidden = new Set([runKey(falling)]);
    expect(stepDrawing(loss, [falling], { ...options, hidden }, null)).toMatchObject({
      data: [[]],
      shownX: [0, 4],
    });
  });
});

it('draws each curve of a chart in one of its own where runs are told apart by colour', () => {
  const [parts] = otherCharts(['scf', 'scf-g']);
  expect(oneCurveEach(parts!).map(({ title }) => title)).toEqual([
    'The loss’s parts: −κ cos θ or (1 − cos θ)/σ²',
    'The loss’s parts: log I(κ) − v log κ or (d/2) log σ²',
    'The loss’s parts: constant',
  ]);
  expect(oneCurveEach(loss)).toEqual([loss]);
});
