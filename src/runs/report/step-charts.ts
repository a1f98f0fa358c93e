import { fixed } from '../../core/number-words';
import { smoothed } from '../../core/smoothed';
import type { ValidationResult } from '../../training/session/run-events';
import { mergedColumns, type CurveColumns } from '../curve-columns';
import {
  MAX_POINTS,
  type Chart,
  type ChartBand,
  type ChartLine,
  type ChartPoint,
} from './chart/chart';
import { runStyles, symbolOf, type ReportedRun } from './reported-run';

/** The share of a run's steps that smoothing reaches over, about. */
const SMOOTHED_SHARE = 1 / 100;

/** The weight of smoothing for so many steps: 0 where they are few. */
const smoothingWeight = (steps: number): number =>
  1 - 1 / Math.max(1, Math.round(steps * SMOOTHED_SHARE));

const STEP = { title: 'step', isWhole: true, tick: String } as const;

/** A run with the style that it has in all charts, and no more points than a chart draws. */
interface DrawnRun {
  readonly run: ReportedRun;
  readonly name: string;
  /** How many runs the report is of. */
  readonly of: number;
  readonly style: (typeof runStyles)[number];
  readonly columns: CurveColumns;
  readonly smoothLoss: Float64Array;
}

/** The charts over steps of one run, or of several on top of each other. */
export function stepCharts(runs: readonly ReportedRun[]): Chart[] {
  const drawn = runs.map((run, i): DrawnRun => {
    const { curves, manifest } = run;
    const columns = mergedColumns(curves, MAX_POINTS);
    const loss = smoothed(curves.loss, smoothingWeight(curves.loss.length));
    // Smoothed before it is merged, so that every step counts.
    const smoothLoss = mergedColumns({ ...curves, loss }, MAX_POINTS).loss;
    return { run, name: manifest.name, of: runs.length, style: runStyles[i]!, columns, smoothLoss };
  });
  const withSteps = drawn.filter(({ columns }) => columns.step.length > 0);
  const validated = drawn.filter(({ run }) => run.validations.length > 0);
  return [
    ...groupsBy(withSteps, objectiveOf).map(lossChart),
    ...groupsBy(withSteps, ({ run }) => symbolOf(run)).map(confidenceChart),
    ...(withSteps.length > 0 ? [cosineChart(withSteps), rateChart(withSteps)] : []),
    ...(validated.length > 0 ? [correlationChart(validated)] : []),
    ...groupsBy(validated, objectiveOf).map(validationLossChart),
  ];
}

/** Losses of other objectives are on other scales, and get a chart of their own. */
function objectiveOf({ run }: DrawnRun): string {
  const { method, objective } = run.manifest.config;
  return method === 'scf' ? `${method} ${objective}` : method;
}

function groupsBy(
  runs: readonly DrawnRun[],
  keyOf: (run: DrawnRun) => string,
): (readonly DrawnRun[])[] {
  const groups = new Map<string, DrawnRun[]>();
  for (const run of runs) groups.set(keyOf(run), [...(groups.get(keyOf(run)) ?? []), run]);
  return [...groups.values()];
}

/** A chart's title, with the names of its runs where not all runs of the report are in it. */
const titled = (title: string, runs: readonly DrawnRun[]): string =>
  runs.length === runs[0]!.of ? title : `${title}: ${runs.map(({ name }) => name).join(', ')}`;

const line = (
  { name, style, of }: DrawnRun,
  points: readonly ChartPoint[],
  changes: Partial<ChartLine> = {},
): ChartLine => ({ name, ...style, points, isUnnamed: of === 1, ...changes });

function column({ columns }: DrawnRun, key: keyof CurveColumns): ChartPoint[] {
  return Array.from(columns.step, (step, i) => [step, columns[key][i]!]);
}

function lossChart(runs: readonly DrawnRun[]): Chart {
  const steps = Math.max(...runs.map(({ run }) => run.curves.step.length));
  const weight = smoothingWeight(steps);
  const raw = runs.map((run) =>
    line(run, column(run, 'loss'), {
      name: `${run.name}, each step`,
      isFaint: true,
      isUnnamed: true,
      dash: undefined,
    }),
  );
  const smooth = runs.map((run) =>
    line(
      run,
      Array.from(run.columns.step, (step, i) => [step, run.smoothLoss[i]!]),
    ),
  );
  return {
    title: titled('Loss', runs),
    note:
      weight > 0
        ? `Faint: each step. In front: smoothed exponentially, without bias, by ${fixed(weight)}.`
        : undefined,
    x: STEP,
    y: { title: 'loss' },
    lines: weight > 0 ? [...raw, ...smooth] : smooth,
  };
}

function confidenceChart(runs: readonly DrawnRun[]): Chart {
  const symbol = symbolOf(runs[0]!.run);
  const [only, ...others] = runs;
  const isOne = only && others.length === 0;
  const band = (run: DrawnRun): ChartBand => ({
    name: '5 to 95 % of a batch',
    hue: run.style.hue,
    points: Array.from(run.columns.step, (step, i) => [
      step,
      run.columns.kappaLow[i]!,
      run.columns.kappaHigh[i]!,
    ]),
  });
  return {
    title: titled(`${symbol}, mean of the batch`, runs),
    note: isOne ? 'The band is the spread within a batch, not an interval of the mean.' : undefined,
    x: STEP,
    y: { title: symbol },
    lines: runs.map((run) => line(run, column(run, 'kappaMean'))),
    bands: isOne ? [band(only)] : [],
  };
}

const cosineChart = (runs: readonly DrawnRun[]): Chart => ({
  title: titled('cos θ to the class centre, mean of the batch', runs),
  x: STEP,
  y: { title: 'cos θ' },
  lines: runs.map((run) => line(run, column(run, 'cosThetaMean'))),
});

const rateChart = (runs: readonly DrawnRun[]): Chart => ({
  title: titled('Learning rate', runs),
  x: STEP,
  y: { title: 'learning rate', ends: [0] },
  lines: runs.map((run) => line(run, column(run, 'learningRate'), { isStepped: true })),
});

const correlationChart = (runs: readonly DrawnRun[]): Chart => ({
  title: titled('ρ of the validations', runs),
  note: 'Spearman’s rank correlation of confidence and cos θ, on people not trained on.',
  x: STEP,
  y: { title: 'ρ' },
  lines: runs.map((run) => validationLine(run, ({ spearman }) => spearman ?? NaN)),
});

const validationLossChart = (runs: readonly DrawnRun[]): Chart => ({
  title: titled('Validation loss', runs),
  x: STEP,
  y: { title: 'validation loss' },
  lines: runs.map((run) => validationLine(run, ({ loss }) => loss)),
});

function validationLine(drawn: DrawnRun, valueOf: (result: ValidationResult) => number): ChartLine {
  const { validations } = drawn.run;
  const stride = Math.ceil(validations.length / MAX_POINTS);
  const points = validations
    .filter((_, i) => (validations.length - 1 - i) % stride === 0)
    .map((result) => [result.step, valueOf(result)] as const);
  return line(drawn, points, { isMarked: points.length <= 60 });
}
