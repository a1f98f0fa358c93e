import type { StepMetrics } from '../training/run-events';

/** Points that a chart draws at most. */
const MOST_POINTS = 500;

/** Rows that are kept at most. */
const MOST_KEPT = 2 ** 15;

/**
 * Every step's figures, outside the store: React hears of a revision number and asks for points when it draws. Past 500
 * points, neighbouring steps share one, the mean of theirs (the band's ends keep their extremes). Past 32,768 rows two
 * neighbours become one for good, and so on: a run of days would fill the page's memory.
 */
export class MetricSeries {
  #all: StepMetrics[] = [];
  /** Steps that a row stands for, but for the last ones. */
  #stride = 1;
  /** Steps that are to become a row together. */
  #waiting: StepMetrics[] = [];

  /** Takes steps that follow on those before; one that has been there, and all after it, are replaced: the run went back to its checkpoint. */
  add(metrics: readonly StepMetrics[]): void {
    const first = metrics[0]?.step ?? Infinity;
    const last = this.#waiting.at(-1) ?? this.#all.at(-1);
    if (last && last.step >= first) {
      this.#waiting = this.#waiting.filter(({ step }) => step < first);
      while ((this.#all.at(-1)?.step ?? 0) >= first) this.#all.pop();
    }
    for (const step of metrics) this.#take(step);
  }

  clear(): void {
    [this.#all, this.#waiting, this.#stride] = [[], [], 1];
  }

  #take(step: StepMetrics): void {
    this.#waiting.push(step);
    if (this.#waiting.length < this.#stride) return;
    this.#all.push(this.#stride === 1 ? step : meanOf(this.#waiting));
    this.#waiting = [];
    if (this.#all.length < MOST_KEPT) return;
    this.#stride *= 2;
    this.#all = Array.from({ length: MOST_KEPT / 2 }, (_, at) => meanOf(this.#all.slice(2 * at, 2 * at + 2)));
  }

  get all(): readonly StepMetrics[] {
    return this.#waiting.length > 0 ? [...this.#all, ...this.#waiting] : this.#all;
  }

  points(): StepMetrics[] {
    const { all } = this;
    const size = Math.ceil(all.length / MOST_POINTS);
    if (size <= 1) return [...all];
    return Array.from({ length: Math.ceil(all.length / size) }, (_, bucket) => meanOf(all.slice(bucket * size, (bucket + 1) * size)));
  }

  /** One line a row, for a spreadsheet. */
  csv(): string {
    const { all } = this;
    const [first] = all;
    if (!first) return '';
    const columns = Object.keys(first) as (keyof StepMetrics)[];
    return [columns.join(','), ...all.map((row) => columns.map((column) => row[column]).join(','))].join('\n');
  }
}

function meanOf(bucket: readonly StepMetrics[]): StepMetrics {
  const last = bucket.at(-1)!;
  const mean = Object.fromEntries(
    Object.keys(last).map((key) => [key, bucket.reduce((sum, row) => sum + row[key as keyof StepMetrics], 0) / bucket.length]),
  ) as unknown as StepMetrics;
  return {
    ...mean,
    step: last.step,
    epoch: last.epoch,
    kappaLow: Math.min(...bucket.map((row) => row.kappaLow)),
    kappaHigh: Math.max(...bucket.map((row) => row.kappaHigh)),
  };
}
