/** Milliseconds after which what got no further may be tried once more. */
const AGAIN_AFTER = 60_000;

/**
 * Whether what died may be begun again by itself: once; and again where it got further since, or
 * lasted a minute.
 */
export class RetryBudget {
  #last: { readonly at: number; readonly step: number } | null = null;

  /**
   * @param step how far what died had saved
   * @param now milliseconds, of a clock that only goes forward
   */
  take(step: number, now: number): boolean {
    if (this.#last && step <= this.#last.step && now - this.#last.at < AGAIN_AFTER) return false;
    this.#last = { at: now, step };
    return true;
  }
}
