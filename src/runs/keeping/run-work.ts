/** Keeps other programs, or other tabs, away from a run. */
export interface RunLock {
  /** Carries out work on a run once no other program is at work on it. */
  readonly exclusively: <T>(id: string, work: () => Promise<T>) => Promise<T>;
  /** The same at once, unless another program is at work on it. @returns whether it was done */
  readonly ifFree: (id: string, work: () => Promise<void>) => Promise<boolean>;
}

/** For a store that only one program writes. */
const noLock: RunLock = {
  exclusively: (_, work) => work(),
  ifFree: async (_, work) => {
    await work();
    return true;
  },
};

/** Work that changes runs: for each run one after another, in all programs that use the store. */
export class RunWork {
  /** The last work on each run that hasn't ended. */
  readonly #last = new Map<string, Promise<unknown>>();

  constructor(readonly lock: RunLock = noLock) {}

  /** Carries out work on a run after all that was asked for before. */
  alone<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(id) ?? Promise.resolve();
    const result = before.then(() => this.lock.exclusively(id, work));
    this.#note(id, result);
    return result;
  }

  /** Carries out work on a run, unless anybody is at work on it. */
  async ifFree(id: string, work: () => Promise<void>): Promise<void> {
    if (this.#last.has(id)) return;
    const result = this.lock.ifFree(id, work);
    this.#note(id, result);
    await result;
  }

  #note(id: string, result: Promise<unknown>): void {
    const ended: Promise<void> = result
      .then(
        () => undefined,
        () => undefined,
      )
      .then(() => {
        if (this.#last.get(id) === ended) this.#last.delete(id);
      });
    this.#last.set(id, ended);
  }
}
