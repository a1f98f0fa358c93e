import type { StepMetrics } from '../training/session/run-events';
import {
  type CurveColumns,
  type CurveName,
  curveNames,
  mergedFigure,
  stepOf,
} from './curve-columns';

/** Rows that the series keeps, at most. */
const MAX_ROWS = 2 ** 15;

/** Steps with a figure that isn't finite, at most. */
const MAX_NON_FINITE_STEPS = 100;

/** A step whose loss or κ isn't finite. */
export type NonFiniteStep = Pick<StepMetrics, 'step' | 'loss' | 'kappaMean'>;

/**
 * The figures of every step, outside of the store: React sees a revision number, and a chart reads
 * columns when it draws. Above 32,768 rows, each two neighbours are merged for good, and again when
 * the rows are full again: the memory is allocated at the start, and a run of days needs no more
 * than one of minutes.
 */
export class MetricSeries {
  readonly #columns = Object.fromEntries(
    curveNames.map((name) => [name, new Float64Array(MAX_ROWS)]),
  ) as Record<CurveName, Float64Array>;
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
    // Charts compare the list by identity, so it is replaced only if it changes.
    if (kept.length < this.#nonFinite.length) this.#nonFinite = kept;
    for (const step of metrics) {
      this.#note(step);
      this.#take(step);
    }
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

  /**
   * The rows as columns; the last steps, which are not a row yet, as one more. The columns are
   * those of the series: a later step changes them.
   */
  get columns(): CurveColumns {
    if (this.#waiting.length > 0) this.#put(this.#rows, mergedSteps(this.#waiting));
    const rows = this.#rows + (this.#waiting.length > 0 ? 1 : 0);
    return Object.fromEntries(
      curveNames.map((name) => [name, this.#columns[name].subarray(0, rows)]),
    ) as Record<CurveName, Float64Array>;
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
    this.#grow();
  }

  /** Counts the row that was put last; when all are full, merges each two of them. */
  #grow(): void {
    this.#rows++;
    if (this.#rows < MAX_ROWS) return;
    this.#stride *= 2;
    for (let row = 0; row < MAX_ROWS / 2; row++) this.#put(row, this.#merged(2 * row, 2 * row + 2));
    this.#rows = MAX_ROWS / 2;
  }

  /** Adds a step to the list if it isn't finite. */
  #note({ step, loss, kappaMean }: NonFiniteStep): void {
    if (Number.isFinite(loss) && Number.isFinite(kappaMean)) return;
    if (this.#nonFinite.length < MAX_NON_FINITE_STEPS)
      this.#nonFinite = [...this.#nonFinite, { step, loss, kappaMean }];
  }

  #put(row: number, metrics: StepMetrics): void {
    for (const name of curveNames) this.#columns[name][row] = metrics[name];
  }

  /** Rows `start` to `end` as one. */
  #merged(start: number, end: number): StepMetrics {
    return stepOf((name) => mergedFigure(name, this.#columns[name], start, end));
  }
}

/** Consecutive steps as one row. */
function mergedSteps(steps: readonly StepMetrics[]): StepMetrics {
  if (steps.length === 1) return steps[0]!;
  return stepOf((name) =>
    mergedFigure(
      name,
      steps.map((step) => step[name]),
      0,
      steps.length,
    ),
  );
}
