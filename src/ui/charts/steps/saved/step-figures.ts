import type { ChartFigures, FigureCell } from '../../kit/export/chart-figures';
import type { ChartOverSteps } from '../chart-list';
import type { DrawnRun } from '../drawn-run';

/** The figures of a run in a chart: its steps, and its columns. */
interface Columns {
  readonly run: DrawnRun;
  readonly count: number;
  readonly rowAt: (row: number) => readonly FigureCell[];
}

/** All steps of a chart's runs, as they were measured: neither smoothed nor merged. */
export function stepFigures(chart: ChartOverSteps, runs: readonly DrawnRun[]): ChartFigures {
  const isAlone = runs.length === 1;
  const names = chart.curves.map(({ name }) => name);
  const band =
    chart.of === 'steps' && chart.band ? [`${chart.band[2]}, low`, `${chart.band[2]}, high`] : [];
  const all = runs.map((run) => columnsOf(chart, run));
  return {
    heads: [...(isAlone ? [] : ['run']), 'step', ...names, ...band],
    count: all.reduce((sum, { count }) => sum + count, 0),
    rowAt: (index) => {
      let row = index;
      for (const { run, count, rowAt } of all) {
        if (row < count) return isAlone ? rowAt(row) : [run.name, ...rowAt(row)];
        row -= count;
      }
      throw new RangeError(`The chart has no row ${index}.`);
    },
  };
}

function columnsOf(chart: ChartOverSteps, run: DrawnRun): Columns {
  const finite = (value: number | null | undefined): number | null =>
    value != null && Number.isFinite(value) ? value : null;
  if (chart.of === 'validations') {
    const { validations } = run;
    return {
      run,
      count: validations.length,
      rowAt: (row) => [
        validations[row]!.step,
        ...chart.curves.map(({ key }) => finite(validations[row]![key])),
      ],
    };
  }
  const { columns } = run;
  const keys = [...chart.curves.map(({ key }) => key), ...(chart.band?.slice(0, 2) ?? [])];
  return {
    run,
    count: columns.step.length,
    rowAt: (row) => [
      columns.step[row]!,
      ...keys.map((key) => finite(columns[key as keyof typeof columns][row])),
    ],
  };
}
