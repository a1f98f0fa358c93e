/** Play, pause, single step and stop: a gate that the training loop passes before every step. */
export class RunControl {
  readonly #abort = new AbortController();
  #paused = false;
  #stepsAllowed = 0;
  #wake: (() => void) | null = null;

  /** Aborts when the run is stopped, with the reason it was given. */
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

  /** Lets one step through a closed gate, pausing first where the run is going. */
  stepOnce(): void {
    this.#paused = true;
    this.#stepsAllowed++;
    this.#wake?.();
  }

  /** Ends the run; `reason` is what waiting code is rejected with. */
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
   * Resolves when the next step may be taken; `onWait` is called if it has to wait.
   * @throws the reason given to {@link stop}
   */
  async gate(onWait: () => void): Promise<void> {
    for (let told = false; ; told = true) {
      this.signal.throwIfAborted();
      if (!this.#paused) return;
      if (this.#stepsAllowed > 0) {
        this.#stepsAllowed--;
        return;
      }
      if (!told) onWait();
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = null;
    }
  }
}

/**
 * Lets waiting messages in. Not `requestAnimationFrame`, which stops in hidden tabs, nor
 * `setTimeout`, which is held to once a second there.
 */
export function yieldToMessages(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
