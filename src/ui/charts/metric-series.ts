import type { StepMetrics } from '../../training/session/run-events';

/** Points that a chart draws at most. */
const MAX_POINTS = 500;
/** Rows that are kept at most. */
const MAX_ROWS = 2 ** 15;

/** Steps without a number that are told apart, at most. */
const MAX_NON_FINITE_STEPS = 100;

/** A step whose loss or κ is no finite number. */
export type NonFiniteStep = Pick<StepMetrics, 'step' | 'loss' | 'kappaMean'>;

type Column = keyof StepMetrics;
/** How the rows of a bucket become one. The band's ends keep their extremes. */
const merging: Readonly<Record<Column, 'mean' | 'last' | 'least' | 'most'>> = {
  step: 'last',
  epoch: 'last',
  loss: 'mean',
  lossAlignment: 'mean',
  lossNormalizer: 'mean',
  lossLogKappa: 'mean',
  lossLogBessel: 'mean',
  lossConstant: 'mean',
  kappaMean: 'mean',
  kappaLow: 'least',
  kappaHigh: 'most',
  cosThetaMean: 'mean',
  learningRate: 'mean',
  imagesPerSecond: 'mean',
  bytesAllocated: 'mean',
};
const names = Object.keys(merging) as Column[];

/**
 * Every step's figures, outside the store: React hears of a revision number, and a chart asks for
 * columns when it draws. Past 500 points, neighbouring steps share one, the mean of theirs. Past
 * 32,768 rows two neighbours become one for good, and so on: a run of days takes no more of the
 * page's memory than one of minutes, all of it from the start.
 */
export class MetricSeries {
  readonly #columns = Object.fromEntries(
    names.map((name) => [name, new Float64Array(MAX_ROWS)]),
  ) as Record<Column, Float64Array>;
  #rows = 0;
  /** Steps that a row stands for. */
  #stride = 1;
  /** Steps that are to become a row together. */
  #waiting: StepMetrics[] = [];
  #lost: NonFiniteStep[] = [];

  /**
   * Takes steps that follow on those before; one that has been there, and all after it, are
   * replaced: the run went back to its checkpoint.
   */
  add(metrics: readonly StepMetrics[]): void {
    const first = metrics[0]?.step ?? Infinity;
    this.#waiting = this.#waiting.filter(({ step }) => step < first);
    while (this.#rows > 0 && this.#columns.step[this.#rows - 1]! >= first) this.#rows--;
    // Another list only where it is another: charts compare it by identity.
    const kept = this.#lost.filter(({ step }) => step < first);
    const nonFiniteSteps = metrics.filter(
      ({ loss, kappaMean }) => !Number.isFinite(loss) || !Number.isFinite(kappaMean),
    );
    if (kept.length < this.#lost.length || nonFiniteSteps.length > 0)
      this.#lost = [...kept, ...nonFiniteSteps].slice(0, MAX_NON_FINITE_STEPS);
    for (const step of metrics) this.#take(step);
  }

  clear(): void {
    [this.#rows, this.#waiting, this.#stride, this.#lost] = [0, [], 1, []];
  }

  /**
   * The first steps whose loss or κ is no finite number, in order: exact, however many steps share
   * a point.
   */
  get lost(): readonly NonFiniteStep[] {
    return this.#lost;
  }

  /** The rows that are kept, and the last steps that are none yet. */
  get all(): readonly StepMetrics[] {
    return [
      ...Array.from({ length: this.#rows }, (_, row) => this.#merged(row, row + 1)),
      ...this.#waiting,
    ];
  }

  /** The figures of so many names, each a column of at most 500 points. */
  columns(wanted: readonly Column[]): number[][] {
    if (this.#rows === 0) return wanted.map((name) => this.#waiting.map((step) => step[name]));
    const size = Math.ceil(this.#rows / MAX_POINTS);
    const last = this.#waiting.at(-1);
    return wanted.map((name) => {
      const points: number[] = [];
      for (let row = 0; row < this.#rows; row += size)
        points.push(merge(name, this.#columns[name], row, Math.min(this.#rows, row + size)));
      return last ? [...points.slice(points.length === MAX_POINTS ? 1 : 0), last[name]] : points;
    });
  }

  /** One line a row, for a spreadsheet. */
  csv(): string {
    const { all } = this;
    if (all.length === 0) return '';
    return [names.join(','), ...all.map((row) => names.map((name) => row[name]).join(','))].join(
      '\n',
    );
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
    for (const name of names) this.#columns[name][row] = metrics[name];
  }

  /** Rows `start` to `end` as one. */
  #merged(start: number, end: number): StepMetrics {
    return Object.fromEntries(
      names.map((name) => [name, merge(name, this.#columns[name], start, end)]),
    ) as unknown as StepMetrics;
  }
}

function mergedSteps(steps: readonly StepMetrics[]): StepMetrics {
  if (steps.length === 1) return steps[0]!;
  const columns = names.map((name) => [name, steps.map((step) => step[name])] as const);
  return Object.fromEntries(
    columns.map(([name, values]) => [name, merge(name, values, 0, values.length)]),
  ) as unknown as StepMetrics;
}

function merge(name: Column, values: ArrayLike<number>, start: number, end: number): number {
  const manner = merging[name];
  if (manner === 'last') return values[end - 1]!;
  let [sum, least, most] = [0, Infinity, -Infinity];
  for (let i = start; i < end; i++) {
    const value = values[i]!;
    sum += value;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return manner === 'mean' ? sum / (end - start) : manner === 'least' ? least : most;
}
