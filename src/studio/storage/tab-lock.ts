import { StudioError } from '../../core/studio-error';
import type { RunLock } from '../../runs/keeping/run-work';
import type { SessionEvent } from '../../training/session/run-events';
import { channelOfTabs, isSiteDataBlocked } from './site-data';

/**
 * One run or lesson at a time in all tabs of this browser: they share its storage, and two would
 * overwrite each other's checkpoints.
 */
export interface TabLock {
  /**
   * Takes the lock. A worker that already holds it may take it again.
   * @returns a function that releases it, or null if another tab holds it
   */
  acquire(): Promise<(() => void) | null>;
  /** Whether another tab holds the lock. */
  isElsewhere(): Promise<boolean>;
  /** Sends an event of this tab's run to the other tabs. */
  announce(event: SessionEvent): void;
  /**
   * Follows the runs of other tabs from now on.
   * @param onTaken another tab has a run
   * @param onEvent an event of that run; first the last one of each kind so far
   * @param onFree the other tab's run has ended, or its tab has closed or crashed
   */
  watch(onTaken: () => void, onEvent: (event: SessionEvent) => void, onFree: () => void): void;
}

/**
 * Carries out work that writes to the storage of runs and lessons, which all tabs share.
 * @throws StudioError `bad-config` while another tab has a run or a lesson; whatever `work` throws
 */
export async function underTabLock<T>(lock: TabLock, work: () => Promise<T>): Promise<T> {
  const release = await lock.acquire();
  if (!release)
    throw new StudioError(
      'bad-config',
      'Another tab of this browser has a run or a lesson, and a browser can have only one.',
      'Watch it here, or stop it there first.',
    );
  try {
    return await work();
  } finally {
    release();
  }
}

/**
 * Milliseconds to wait for the lock. A tab that only looks whether the lock is free holds it for a
 * moment.
 */
const MAX_WAIT_MS = 500;
/** Times that the lock is asked for while no other tab holds it. */
const MAX_ATTEMPTS = 10;

/** Whether other tabs see an event: not those that only make sense with the run's head. */
const isShared = ({ type }: SessionEvent): boolean =>
  type !== 'head-readings' && type !== 'skipped' && type !== 'notice' && type !== 'error';

/**
 * A lock between the tabs of a browser: a Web Lock, which the browser releases when its holder
 * dies, and a BroadcastChannel for the events. Where site data is blocked there are neither, and no
 * storage that tabs share: the lock is then free for each of them.
 */
export class BrowserTabLock implements TabLock {
  readonly #name: string;
  readonly #channel: BroadcastChannel | null;
  /** Releases the Web Lock; null while this worker doesn't hold it. */
  #release: (() => void) | null = null;
  #holders = 0;
  /** The browser has refused the lock: other tabs couldn't tell when a run of this one ends. */
  #isBlocked = false;
  /** This worker's own look whether the lock is free. */
  #look: Promise<void> = Promise.resolve();
  /** The last event of each kind, for a tab that opens later. */
  readonly #announced = new Map<SessionEvent['type'], SessionEvent>();

  /** @param name of the lock and of the channel */
  constructor(name: string) {
    this.#name = name;
    this.#channel = channelOfTabs(name);
  }

  async acquire(): Promise<(() => void) | null> {
    // A worker that is busy gets the lock too late, though it is free.
    for (let attempt = 1; !this.#release && !(await this.#request()); attempt++)
      if (attempt === MAX_ATTEMPTS || (await this.isElsewhere())) return null;
    this.#holders++;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      if (--this.#holders > 0) return;
      this.#release!();
      this.#release = null;
      this.#announced.clear();
    };
  }

  async isElsewhere(): Promise<boolean> {
    // To look whether the lock is free, this worker holds it for a moment itself.
    await this.#look;
    if (this.#release) return false;
    try {
      const { held = [] } = await navigator.locks.query();
      return held.some(({ name }) => name === this.#name);
    } catch (thrown) {
      if (isSiteDataBlocked(thrown)) return false;
      throw thrown;
    }
  }

  announce(event: SessionEvent): void {
    if (!isShared(event) || this.#isBlocked) return;
    this.#announced.set(event.type, event);
    this.#channel?.postMessage(event);
  }

  watch(onTaken: () => void, onEvent: (event: SessionEvent) => void, onFree: () => void): void {
    let isTaken = false;
    const channel = this.#channel;
    if (!channel) return;
    const followOther = () => {
      if (isTaken) return;
      isTaken = true;
      onTaken();
      // Whatever came first of that run, its settings are among what is sent again.
      channel.postMessage(REPLAY);
      // Granted when the other tab releases the lock, or dies. Held while that is told: a next run
      // that began meanwhile would seem to have ended.
      const tellFree = () => {
        isTaken = false;
        onFree();
      };
      navigator.locks.request(this.#name, tellFree).catch(unlessBlocked);
    };
    channel.onmessage = ({ data }: MessageEvent<SessionEvent | typeof REPLAY>) => {
      if (data === REPLAY) {
        if (this.#release) for (const event of this.#announced.values()) channel.postMessage(event);
        return;
      }
      if (this.#release) return;
      followOther();
      onEvent(data);
    };
    this.#look = navigator.locks
      .request(this.#name, { ifAvailable: true }, (lock) => {
        if (!lock && !this.#release) followOther();
      })
      .catch(unlessBlocked);
  }

  /** Takes the Web Lock. @returns whether this worker now holds it */
  #request(): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const hold = () =>
        new Promise<void>((release) => {
          this.#release = release;
          resolve(true);
        });
      navigator.locks
        .request(this.#name, { signal: AbortSignal.timeout(MAX_WAIT_MS) }, hold)
        .catch((thrown: unknown) => {
          if (
            thrown instanceof DOMException &&
            (thrown.name === 'TimeoutError' || thrown.name === 'AbortError')
          )
            resolve(false);
          else if (isSiteDataBlocked(thrown)) {
            this.#isBlocked = true;
            this.#release = () => undefined;
            resolve(true);
          } else reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
        });
    });
  }
}

/**
 * Used if the page has no Web Locks, because its origin isn't secure. The browser denies it the
 * storage that tabs share as well, so there is nothing to protect.
 */
export const noopTabLock: TabLock = {
  acquire: async () => () => undefined,
  isElsewhere: async () => false,
  announce: () => undefined,
  watch: () => undefined,
};

/** Keeps other tabs from a run, by a Web Lock of its id, where the browser has and allows locks. */
export const runLockInAllTabs: RunLock = {
  exclusively: (id, work) => locked(id, {}, () => work()),
  ifFree: (id, work) =>
    locked(id, { ifAvailable: true }, async (isGranted) => {
      if (isGranted) await work();
      return isGranted;
    }),
};

async function locked<T>(
  id: string,
  options: LockOptions,
  work: (isGranted: boolean) => Promise<T>,
): Promise<T> {
  if (!('locks' in navigator)) return work(true);
  let isBegun = false;
  try {
    return await navigator.locks.request(`scf-studio-${id}`, options, (lock) => {
      isBegun = true;
      return work(lock !== null);
    });
  } catch (thrown) {
    if (isBegun || !isSiteDataBlocked(thrown)) throw thrown;
    return work(true);
  }
}

function unlessBlocked(thrown: unknown): void {
  if (!isSiteDataBlocked(thrown)) throw thrown;
}

/** Asks the tab that has a run to send the last event of each kind again. */
const REPLAY = 'ask';
