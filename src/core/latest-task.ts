/** The reason with which a new task aborts the one before. */
const REPLACED = new DOMException('A newer task took its place.', 'AbortError');
/** The reason with which a person stops a task. */
const STOPPED = new DOMException('It was stopped.', 'AbortError');

/** Whether the signal's task was aborted because a newer one began. */
export const isReplaced = (signal: AbortSignal): boolean => signal.reason === REPLACED;

/** Whether the signal's task was aborted by {@link LatestTask.stop}. */
export const isStopped = (signal: AbortSignal): boolean => signal.reason === STOPPED;

/**
 * Keeps one task at a time, where the latest one asked for wins: a new task aborts the one before.
 * A task can tell from its signal whether it was replaced or stopped.
 */
export class LatestTask {
  #controller = new AbortController();

  /** Begins a task, which aborts the one before. @returns the new task's signal */
  begin(): AbortSignal {
    this.#controller.abort(REPLACED);
    this.#controller = new AbortController();
    return this.#controller.signal;
  }

  /** Aborts the current task. @param reason the signal's reason, if it isn't a person's stop */
  stop(reason: unknown = STOPPED): void {
    this.#controller.abort(reason);
  }

  /**
   * Runs `work` as the current task. If it is aborted, whatever it throws is ignored.
   * @returns null if it was aborted and threw
   * @throws whatever `work` throws without having been aborted
   */
  async run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    const signal = this.begin();
    try {
      return await work(signal);
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
      return null;
    }
  }
}
