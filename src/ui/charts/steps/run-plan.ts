import type { CurveFigure } from '../../../runs/curve-points';
import type { PlotSeries } from '../plot-layout';
import type { ChartOverSteps, Curve, StepFigures, ValidationFigures } from './chart-list';
import type { DrawnRun } from './drawn-run';
import { runStyle } from './run-styles';

export const BAND_COLOUR = 'var(--scf-confidence)';

/** Key of all curves without smoothing, which the legends switch together. */
export const UNSMOOTHED = 'unsmoothed';
export const runKey = ({ id }: Pick<DrawnRun, 'id'>): string => `run ${id}`;
export const curveKey = ({ title }: ChartOverSteps, name: string): string => `${title} · ${name}`;

export interface DrawingOptions {
  /** Drawn in front, with its band. */
  readonly chosenId: string;
  readonly hidden: ReadonlySet<string>;
  /** Weight of the smoothing; 0 for none. */
  readonly smoothing: number;
}

/** A step at which a curve isn't finite, and its value as text. */
export interface Break {
  readonly step: number;
  readonly what: string;
}

/** What is drawn of a run: a figure for each series. */
export interface RunPlan {
  readonly run: DrawnRun;
  /** `smooths` is an index in this list. */
  readonly series: readonly PlotSeries[];
  readonly figures: readonly CurveFigure[];
  /** Figures of validations, in charts of these. */
  readonly keys: readonly ValidationFigures['curves'][number]['key'][];
  /** Name of the band between the last two series. */
  readonly band: string | null;
  readonly breaks: readonly Break[];
}

/** Whether a chart's curves are smoothed. */
export const isSmoothed = (chart: ChartOverSteps, smoothing: number): boolean =>
  chart.of === 'steps' && !chart.isExact && smoothing > 0;

/**
 * What to draw of a run in a chart. A run alone has the chart's colours. Of several, each has its
 * own, with dashes; the chosen one is opaque, the others are faint.
 * @param runs all of the chart, `run` among them
 */
export function planOf(
  chart: ChartOverSteps,
  run: DrawnRun,
  runs: readonly DrawnRun[],
  options: DrawingOptions,
): RunPlan {
  const isAlone = runs.length === 1;
  const isChosen = isAlone || run.id === options.chosenId;
  const breaks = breaksOf(chart, run, isAlone ? '' : ` of ${run.name}`);
  const lineOf = (curve: Curve<string>): PlotSeries => {
    const { colour, dash } = isAlone ? curve : runStyle(run.place);
    return {
      name: isAlone ? curve.name : run.name,
      kind: 'line',
      colour,
      dash: dash || undefined,
      hasPoints: chart.of === 'validations',
      width: isChosen ? 2 : 1.6,
      opacity: isChosen ? 1 : 0.6,
      // The runs are listed as in the legend, whichever of them is drawn in front.
      place: runs.indexOf(run),
      gap: (step) => breaks.find((each) => each.step === step)?.what ?? 'NaN',
    };
  };
  const isOn = (curve: Curve<string>) => !options.hidden.has(curveKey(chart, curve.name));
  if (chart.of === 'validations') {
    const curves = chart.curves.filter(isOn);
    const keys = curves.map(({ key }) => key);
    return { run, series: curves.map(lineOf), figures: [], keys, band: null, breaks };
  }
  const series: PlotSeries[] = [];
  const figures: CurveFigure[] = [];
  for (const curve of chart.curves.filter(isOn)) {
    const line = lineOf(curve);
    figures.push({ name: curve.key, weight: 0 });
    if (!isSmoothed(chart, options.smoothing)) {
      series.push(line);
      continue;
    }
    const isRawShown = !options.hidden.has(UNSMOOTHED);
    series.push(
      {
        ...line,
        // Unseen, it still gives its values to the readout.
        kind: isRawShown ? 'line' : 'edge',
        dash: undefined,
        width: 1,
        opacity: isChosen ? 0.3 : 0.12,
        isInBackground: true,
      },
      { ...line, smooths: series.length },
    );
    figures.push({ name: curve.key, weight: options.smoothing });
  }
  const band = isChosen ? bandOf(chart, options.hidden) : null;
  for (const name of band?.ends ?? []) {
    series.push({ name, kind: 'edge', colour: BAND_COLOUR });
    figures.push({ name, weight: 0 });
  }
  return { run, series, figures, keys: [], band: band?.name ?? null, breaks };
}

function bandOf(
  chart: StepFigures,
  hidden: ReadonlySet<string>,
): { readonly name: string; readonly ends: readonly CurveFigure['name'][] } | null {
  if (!chart.band) return null;
  const [low, high, name] = chart.band;
  return hidden.has(curveKey(chart, name)) ? null : { name, ends: [low, high] };
}

/** @param owner follows the value: whose it is */
function breaksOf(chart: ChartOverSteps, run: DrawnRun, owner: string): readonly Break[] {
  if (chart.of === 'validations') return [];
  const keys = chart.curves.map(({ key }) => key);
  return run.nonFiniteSteps.flatMap((figures) => {
    const value = (['loss', 'kappaMean'] as const)
      .filter((key) => keys.includes(key))
      .map((key) => figures[key])
      .find((each) => !Number.isFinite(each));
    return value === undefined ? [] : [{ step: figures.step, what: `${value}${owner}` }];
  });
}
