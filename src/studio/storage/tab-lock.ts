import type { SessionEvent } from '../../training/session/run-events';

/**
 * One run or lesson at a time in all tabs of this browser: they share its storage, and two would
 * write over each other's checkpoints.
 */
export interface TabLock {
  /**
   * Lets go of the lock. A worker that has it already has it once more. null: another tab has it.
   */
  acquire(): Promise<(() => void) | null>;
  /** Tells the other tabs of the run. */
  announce(event: SessionEvent): void;
  /**
   * Hears of another tab's run from now on.
   * @param onClaimed it has one
   * @param onEvent what it tells, from the moment of listening
   * @param onFree it has none any more, whatever became of it
   */
  watch(onClaimed: () => void, onEvent: (event: SessionEvent) => void, onFree: () => void): void;
}

/** Milliseconds that a lock waits: a tab that looks whether it is free holds it for a moment. */
const PATIENCE = 500;

/** What another tab may see of a run: not what only makes sense beside its head. */
const isTold = ({ type }: SessionEvent): boolean =>
  type !== 'distributions' && type !== 'skipped' && type !== 'notice' && type !== 'error';

/**
 * A lock among the tabs of a browser: a Web Lock, which its holder's death sets free, and a channel
 * beside it.
 */
export class BrowserTabLock implements TabLock {
  readonly #name: string;
  readonly #channel: BroadcastChannel;
  /** Lets go of the lock; null where this worker hasn't got it. */
  #release: (() => void) | null = null;
  #holders = 0;
  /** The last of each kind, for whoever comes later. */
  readonly #told = new Map<SessionEvent['type'], SessionEvent>();

  /** @param name of the lock and of the channel */
  constructor(name: string) {
    this.#name = name;
    this.#channel = new BroadcastChannel(name);
  }

  async acquire(): Promise<(() => void) | null> {
    if (!this.#release && !(await this.#request())) return null;
    this.#holders++;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      if (--this.#holders > 0) return;
      this.#release!();
      this.#release = null;
      this.#told.clear();
    };
  }

  announce(event: SessionEvent): void {
    if (!isTold(event)) return;
    this.#told.set(event.type, event);
    this.#channel.postMessage(event);
  }

  watch(onClaimed: () => void, onEvent: (event: SessionEvent) => void, onFree: () => void): void {
    let isElsewhere = false;
    const meet = async () => {
      if (isElsewhere) return;
      isElsewhere = true;
      onClaimed();
      // Granted when the other tab lets go, or dies.
      await navigator.locks.request(this.#name, () => undefined);
      isElsewhere = false;
      onFree();
    };
    this.#channel.onmessage = ({ data }: MessageEvent<SessionEvent | typeof ASK>) => {
      if (data === ASK) {
        if (this.#release)
          for (const event of this.#told.values()) this.#channel.postMessage(event);
        return;
      }
      if (this.#release) return;
      void meet();
      onEvent(data);
    };
    this.#channel.postMessage(ASK);
    void navigator.locks.request(
      this.#name,
      { ifAvailable: true },
      (lock) => void (lock || this.#release || meet()),
    );
  }

  /** Whether the lock was had. */
  #request(): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const hold = () =>
        new Promise<void>((release) => {
          this.#release = release;
          resolve(true);
        });
      navigator.locks
        .request(this.#name, { signal: AbortSignal.timeout(PATIENCE) }, hold)
        .catch((thrown: unknown) => {
          if (
            thrown instanceof DOMException &&
            (thrown.name === 'TimeoutError' || thrown.name === 'AbortError')
          )
            resolve(false);
          else reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
        });
    });
  }
}

/**
 * Of a page without locks, which isn't from a secure origin: it is denied the storage that tabs
 * share as well.
 */
export const noopTabLock: TabLock = {
  acquire: async () => () => undefined,
  announce: () => undefined,
  watch: () => undefined,
};

/** Asks whoever has a run to tell of it once more. */
const ASK = 'ask';
