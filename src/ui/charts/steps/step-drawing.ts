import { type CurvePoints, curvePoints, type StepRange } from '../../../runs/curve-points';
import type { PlotBand, PlotData, PlotLayout, PlotSeries } from '../plot-layout';
import { themeColour } from '../theme-colour';
import { shortNumber } from '../../../core/short-number';
import type { ChartOverSteps } from './chart-list';
import { type DrawnRun, wholeRange } from './drawn-run';
import {
  BAND_COLOUR,
  type Break,
  type DrawingOptions,
  planOf,
  runKey,
  type RunPlan,
} from './run-plan';
import { validationPoints } from './validation-points';

/** If a run's first step is below this, its axis begins at 0, which gives round ticks. */
const FIRST_STEPS = 50;
export const BREAK_COLOUR = themeColour('red');

export interface ViewOptions extends DrawingOptions {
  /** null for all steps. */
  readonly range: StepRange | null;
  /** Wanted; the axis stays linear if a value isn't above 0. */
  readonly isLogarithmic: boolean;
}

/** All that a plot of a chart over steps needs. */
export interface StepDrawing {
  readonly layout: PlotLayout;
  readonly data: PlotData;
  readonly shownX: readonly [number, number];
  /** There are values, and all are above 0. */
  readonly canBeLogarithmic: boolean;
  readonly breaks: readonly Break[];
  /** What the layout was made of. */
  readonly key: string;
}

/**
 * Draws a chart of one or more runs.
 * @param before the last drawing of the chart: its layout is kept if it is the same
 * @returns null if there are no steps
 */
export function stepDrawing(
  chart: ChartOverSteps,
  runs: readonly DrawnRun[],
  options: ViewOptions,
  before: StepDrawing | null,
): StepDrawing | null {
  const whole = wholeRange(runs);
  if (!whole) return null;
  // The chosen run comes last, in front of the others.
  const isChosen = ({ id }: DrawnRun) => Number(id === options.chosenId);
  const plans = runs
    .filter((run) => !options.hidden.has(runKey(run)))
    .sort((a, b) => isChosen(a) - isChosen(b))
    .map((run) => planOf(chart, run, runs, options));
  const { steps, values } = pointsOf(chart, plans, options.range ?? whole);
  const canBeLogarithmic = areAllAboveZero(
    chart.of === 'validations' ? values.flat() : plans.flatMap(columnsOf),
  );
  const isLogarithmic = options.isLogarithmic && canBeLogarithmic;
  const breaks = plans.flatMap((plan) => plan.breaks);
  const { series, bands } = gathered(plans);
  const key = JSON.stringify([chart.title, chart.axis, series, bands, isLogarithmic, breaks]);
  const layout =
    before?.key === key ? before.layout : layoutOf(chart, series, bands, isLogarithmic, breaks);
  const { first, last } = options.range ?? whole;
  const start = !options.range && first < FIRST_STEPS ? 0 : first;
  const data = [steps, ...values.flat()];
  return { layout, data, shownX: [start, last], canBeLogarithmic, breaks, key };
}

function layoutOf(
  chart: ChartOverSteps,
  series: readonly PlotSeries[],
  bands: readonly PlotBand[],
  isLogarithmic: boolean,
  breaks: readonly Break[],
): PlotLayout {
  const { title, axis, tick, bounds } = chart;
  return {
    x: { name: 'step', title: 'step', isWhole: true, inFull: String },
    y: {
      name: title,
      title: axis,
      tick: tick ?? shortNumber,
      inFull: tick,
      bounds,
      isLogarithmic,
    },
    series,
    bands,
    lines: breaks.map(({ step }) => ({ axis: 'x', at: step, colour: BREAK_COLOUR, dash: '4 3' })),
  };
}

/** The series of all runs, with bands and references by their indices among all. */
function gathered(plans: readonly RunPlan[]): { series: PlotSeries[]; bands: PlotBand[] } {
  const series: PlotSeries[] = [];
  const bands: PlotBand[] = [];
  for (const plan of plans) {
    const from = series.length;
    for (const { smooths, ...each } of plan.series)
      series.push(smooths === undefined ? each : { ...each, smooths: from + smooths });
    const [low, high] = [series.length - 2, series.length - 1];
    if (plan.band !== null)
      bands.push({ name: plan.band, low, high, colour: BAND_COLOUR, opacity: 0.2 });
  }
  return { series, bands };
}

function pointsOf(chart: ChartOverSteps, plans: readonly RunPlan[], range: StepRange): CurvePoints {
  if (chart.of === 'validations')
    return validationPoints(plans.map(({ run, keys }) => ({ ...run, keys })));
  return curvePoints(
    plans.map(({ run, figures }) => ({ columns: run.columns, figures })),
    range,
  );
}

/** The whole columns of a run's figures, as they were measured. */
const columnsOf = ({ run, figures }: RunPlan): readonly Float64Array[] => {
  const { columns } = run;
  return figures.filter(({ weight }) => weight === 0).map(({ name }) => columns[name]);
};

/** Whether a logarithmic axis can show all values, at whatever range. Gaps don't count. */
function areAllAboveZero(columns: readonly ArrayLike<number | null | undefined>[]): boolean {
  let count = 0;
  for (const column of columns)
    for (let i = 0; i < column.length; i++) {
      const value = column[i] ?? NaN;
      if (!Number.isFinite(value)) continue;
      if (value <= 0) return false;
      count++;
    }
  return count > 0;
}
