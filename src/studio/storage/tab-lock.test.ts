import { afterEach, describe, expect, it, vi } from 'vitest';
import type { SessionEvent } from '../../training/session/run-events';
import { BrowserTabLock, runLockInAllTabs } from './tab-lock';

describe('a tab that watches', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('asks for the settings of each run, and takes no run for one that has ended', async () => {
    const steps: SessionEvent = { type: 'steps', metrics: [] };
    const preparing: SessionEvent = { type: 'run-state', state: 'preparing', config: null };
    const told: string[] = [];
    /** Given to whoever waits for the other tab's lock. */
    let grant = (): void => undefined;
    let receive: (event: SessionEvent) => void = () => undefined;
    class Channel {
      set onmessage(listener: (event: { data: SessionEvent }) => void) {
        receive = (data) => listener({ data });
      }
      postMessage(message: string): void {
        told.push(message);
      }
    }
    const request = (_: string, ...[options, look]: unknown[]) => {
      if (look) return Promise.resolve((look as (lock: object) => void)({}));
      grant = options as () => void;
      return Promise.resolve();
    };
    vi.stubGlobal('BroadcastChannel', Channel);
    vi.stubGlobal('navigator', { locks: { request } });
    new BrowserTabLock('run').watch(
      () => told.push('taken'),
      ({ type }) => told.push(type),
      () => told.push('free'),
    );
    receive(steps);
    expect(told.splice(0)).toEqual(['taken', 'ask', 'steps']);
    grant();
    // The next run of that tab, before this one has done anything else.
    receive(preparing);
    await Promise.resolve();
    expect(told).toEqual(['free', 'taken', 'ask', 'run-state']);
  });
});

describe('a tab that asks for the lock', () => {
  afterEach(() => vi.unstubAllGlobals());

  /** Locks that a busy worker gets too late the first times. */
  function locks(late: number, held: { name: string }[]) {
    let asked = 0;
    const request = (_: string, __: object, granted: (lock: object) => unknown) =>
      ++asked > late
        ? granted({})
        : Promise.reject(new DOMException('The wait is over.', 'TimeoutError'));
    return { request, query: () => Promise.resolve({ held }) };
  }

  it('gets it if it is free, however late its answer comes', async () => {
    vi.stubGlobal('navigator', { locks: locks(2, []) });
    expect(await new BrowserTabLock('run').acquire()).toBeTypeOf('function');
  });

  it('does not get it while another tab holds it', async () => {
    vi.stubGlobal('navigator', { locks: locks(2, [{ name: 'run' }]) });
    expect(await new BrowserTabLock('run').acquire()).toBeNull();
  });
});

describe('where site data is blocked', () => {
  afterEach(() => vi.unstubAllGlobals());

  it.each([true, false])(
    'the lock is free for each tab (channels are blocked: %s)',
    async (all) => {
      const denied = () => Promise.reject(new DOMException('It is blocked.', 'SecurityError'));
      vi.stubGlobal('navigator', { locks: { request: denied, query: denied } });
      class Blocked {
        constructor() {
          throw new DOMException('It is blocked.', 'SecurityError');
        }
      }
      class Channel {
        readonly postMessage = () => undefined;
      }
      vi.stubGlobal('BroadcastChannel', all ? Blocked : Channel);
      const lock = new BrowserTabLock('run');
      const told = vi.fn();
      lock.watch(told, told, told);
      expect(await lock.isElsewhere()).toBe(false);
      const release = (await lock.acquire())!;
      lock.announce({ type: 'run-state', state: 'running', config: null });
      release();
      release();
      (await lock.acquire())!();
      expect(told).not.toHaveBeenCalled();
      expect(await runLockInAllTabs.exclusively('run', async () => 7)).toBe(7);
    },
  );

  it('what is carried out under a lock is carried out once, whatever it throws', async () => {
    const request = (_: string, __: object, granted: (lock: object) => unknown) => granted({});
    vi.stubGlobal('navigator', { locks: { request } });
    const work = vi.fn(() => Promise.reject(new DOMException('No storage.', 'SecurityError')));
    await expect(runLockInAllTabs.exclusively('run', work)).rejects.toThrow('No storage.');
    expect(work).toHaveBeenCalledOnce();
  });
});
