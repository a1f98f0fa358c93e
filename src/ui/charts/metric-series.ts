import { curveNames, mergedFigure } from '../../runs/curve-columns';
import type { StepMetrics } from '../../training/session/run-events';

/** Points of a chart, at most. */
const MAX_POINTS = 500;
/** Rows that the series keeps, at most. */
const MAX_ROWS = 2 ** 15;

/** Steps with a figure that isn't finite, at most. */
const MAX_NON_FINITE_STEPS = 100;

/** A step whose loss or κ isn't finite. */
export type NonFiniteStep = Pick<StepMetrics, 'step' | 'loss' | 'kappaMean'>;

type Column = keyof StepMetrics;

/**
 * The figures of every step, outside of the store: React sees a revision number, and a chart reads
 * columns when it draws. Above 500 points, neighbouring steps share one, with their mean. Above
 * 32,768 rows, each two neighbours are merged for good, and again when the rows are full again: the
 * memory is allocated at the start, and a run of days needs no more than one of minutes.
 */
export class MetricSeries {
  readonly #columns = Object.fromEntries(
    curveNames.map((name) => [name, new Float64Array(MAX_ROWS)]),
  ) as Record<Column, Float64Array>;
  #rows = 0;
  /** Steps merged into each row. */
  #stride = 1;
  /** Steps that will become the next row. */
  #waiting: StepMetrics[] = [];
  #nonFinite: NonFiniteStep[] = [];

  /**
   * Adds consecutive steps. If the first is not after the last one kept, the run resumed from a
   * checkpoint: the kept steps from there on are replaced.
   */
  add(metrics: readonly StepMetrics[]): void {
    const first = metrics[0]?.step ?? Infinity;
    this.#waiting = this.#waiting.filter(({ step }) => step < first);
    while (this.#rows > 0 && this.#columns.step[this.#rows - 1]! >= first) this.#rows--;
    const kept = this.#nonFinite.filter(({ step }) => step < first);
    const added = metrics.filter(
      ({ loss, kappaMean }) => !Number.isFinite(loss) || !Number.isFinite(kappaMean),
    );
    // Charts compare the list by identity, so it is replaced only if it changes.
    if (kept.length < this.#nonFinite.length || added.length > 0)
      this.#nonFinite = [...kept, ...added].slice(0, MAX_NON_FINITE_STEPS);
    for (const step of metrics) this.#take(step);
  }

  clear(): void {
    this.#rows = 0;
    this.#waiting = [];
    this.#stride = 1;
    this.#nonFinite = [];
  }

  /** The first steps whose loss or κ isn't finite, in order and not merged with others. */
  get nonFiniteSteps(): readonly NonFiniteStep[] {
    return this.#nonFinite;
  }

  /** The rows, and the last steps that are not a row yet. */
  get all(): readonly StepMetrics[] {
    return [
      ...Array.from({ length: this.#rows }, (_, row) => this.#merged(row, row + 1)),
      ...this.#waiting,
    ];
  }

  /** The figures with the given names, each a column of at most 500 points. */
  columns(columnNames: readonly Column[]): number[][] {
    if (this.#rows === 0) return columnNames.map((name) => this.#waiting.map((step) => step[name]));
    const size = Math.ceil(this.#rows / MAX_POINTS);
    const last = this.#waiting.at(-1);
    return columnNames.map((name) => {
      const points: number[] = [];
      for (let row = 0; row < this.#rows; row += size)
        points.push(mergedFigure(name, this.#columns[name], row, Math.min(this.#rows, row + size)));
      if (!last) return points;
      return [...points.slice(points.length === MAX_POINTS ? 1 : 0), last[name]];
    });
  }

  /** CSV with a line for each row. */
  csv(): string {
    const { all } = this;
    if (all.length === 0) return '';
    return [
      curveNames.join(','),
      ...all.map((row) => curveNames.map((name) => row[name]).join(',')),
    ].join('\n');
  }

  #take(step: StepMetrics): void {
    this.#waiting.push(step);
    if (this.#waiting.length < this.#stride) return;
    this.#put(this.#rows, mergedSteps(this.#waiting));
    this.#waiting = [];
    this.#rows++;
    if (this.#rows < MAX_ROWS) return;
    this.#stride *= 2;
    for (let row = 0; row < MAX_ROWS / 2; row++) this.#put(row, this.#merged(2 * row, 2 * row + 2));
    this.#rows = MAX_ROWS / 2;
  }

  #put(row: number, metrics: StepMetrics): void {
    for (const name of curveNames) this.#columns[name][row] = metrics[name];
  }

  /** Rows `start` to `end` as one. */
  #merged(start: number, end: number): StepMetrics {
    return Object.fromEntries(
      curveNames.map((name) => [name, mergedFigure(name, this.#columns[name], start, end)]),
    ) as unknown as StepMetrics;
  }
}

function mergedSteps(steps: readonly StepMetrics[]): StepMetrics {
  if (steps.length === 1) return steps[0]!;
  const columns = curveNames.map((name) => [name, steps.map((step) => step[name])] as const);
  return Object.fromEntries(
    columns.map(([name, values]) => [name, mergedFigure(name, values, 0, values.length)]),
  ) as unknown as StepMetrics;
}
