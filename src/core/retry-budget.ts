/** Milliseconds after a restart, after which another is allowed even without progress. */
const MIN_RESTART_INTERVAL_MS = 60_000;

/**
 * Decides whether a task that failed (a run, the worker) may be restarted automatically. The first
 * restart is free; a further one needs progress since the last, or a minute between them. This
 * stops a task that always fails at the same place from restarting for ever.
 */
export class RetryBudget {
  #last: { readonly at: number; readonly step: number } | null = null;

  /**
   * @param step how far the task's saved state goes
   * @param now milliseconds of a monotonic clock
   * @returns whether to restart; true uses the budget up until there is progress or time has passed
   */
  take(step: number, now: number): boolean {
    if (this.#last && step <= this.#last.step && now - this.#last.at < MIN_RESTART_INTERVAL_MS)
      return false;
    this.#last = { at: now, step };
    return true;
  }
}
