import type { StepMetrics } from '../training/run-events';

/** Points that a chart draws at most. */
const MOST_POINTS = 500;

/**
 * Every step's figures, outside the store: React hears of a revision number and asks for points when it draws. Past 500
 * points, neighbouring steps share one, the mean of theirs (the band's ends keep their extremes).
 */
export class MetricSeries {
  readonly #all: StepMetrics[] = [];

  add(metrics: readonly StepMetrics[]): void {
    this.#all.push(...metrics);
  }

  clear(): void {
    this.#all.length = 0;
  }

  get all(): readonly StepMetrics[] {
    return this.#all;
  }

  points(): StepMetrics[] {
    const size = Math.ceil(this.#all.length / MOST_POINTS);
    if (size <= 1) return [...this.#all];
    return Array.from({ length: Math.ceil(this.#all.length / size) }, (_, bucket) => meanOf(this.#all.slice(bucket * size, (bucket + 1) * size)));
  }

  /** One line a step, for a spreadsheet. */
  csv(): string {
    const [first] = this.#all;
    if (!first) return '';
    const columns = Object.keys(first) as (keyof StepMetrics)[];
    return [columns.join(','), ...this.#all.map((row) => columns.map((column) => row[column]).join(','))].join('\n');
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
