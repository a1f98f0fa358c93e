/** Limits how often something happens: at most once per interval. */
export class Throttle {
  #startedAt = -Infinity;

  /**
   * @param intervalMs milliseconds between two occurrences
   * @param now the time in milliseconds
   */
  constructor(
    readonly intervalMs: number,
    readonly now: () => number = () => performance.now(),
  ) {}

  /** Whether the interval since the last {@link restart} is over; true before the first. */
  get isDue(): boolean {
    return this.now() - this.#startedAt >= this.intervalMs;
  }

  /** Begins a new interval now. */
  restart(): void {
    this.#startedAt = this.now();
  }
}
