/** Play, pause, single step and stop: a gate that the training loop passes before every step. */
export class RunControl {
  readonly #abort = new AbortController();
  #paused = false;
  #stepsAllowed = 0;
  #wake: (() => void) | null = null;

  /** Aborts when the run is stopped, with the reason given to {@link stop}. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get paused(): boolean {
    return this.#paused;
  }

  pause(): void {
    this.#paused = true;
  }

  play(): void {
    this.#paused = false;
    this.#wake?.();
  }

  /** Lets one step through the gate. Pauses the run if it isn't paused yet. */
  stepOnce(): void {
    this.#paused = true;
    this.#stepsAllowed++;
    this.#wake?.();
  }

  /** Ends the run. Code that waits at the gate is rejected with `reason`. */
  stop(reason: unknown = new DOMException('The run was stopped.', 'AbortError')): void {
    this.#abort.abort(reason);
    this.#wake?.();
  }

  /** Resolves when the run is stopped, or after `milliseconds`. */
  stopped(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.signal.aborted) return resolve();
      this.signal.addEventListener('abort', () => resolve(), { once: true });
      setTimeout(resolve, milliseconds);
    });
  }

  /**
   * Resolves when the next step may be taken. Calls `onWait` once if it has to wait.
   * @throws the reason given to {@link stop}
   */
  async gate(onWait: () => void): Promise<void> {
    for (let isReported = false; ; isReported = true) {
      this.signal.throwIfAborted();
      if (!this.#paused) return;
      if (this.#stepsAllowed > 0) {
        this.#stepsAllowed--;
        return;
      }
      if (!isReported) onWait();
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = null;
    }
  }
}
