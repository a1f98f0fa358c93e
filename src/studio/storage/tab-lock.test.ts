import { afterEach, describe, expect, it, vi } from 'vitest';
import { BrowserTabLock, exclusivelyInAllTabs } from './tab-lock';

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
      expect(await exclusivelyInAllTabs('run', async () => 7)).toBe(7);
    },
  );

  it('what is carried out under a lock is carried out once, whatever it throws', async () => {
    const request = (_: string, granted: () => unknown) => granted();
    vi.stubGlobal('navigator', { locks: { request } });
    const work = vi.fn(() => Promise.reject(new DOMException('No storage.', 'SecurityError')));
    await expect(exclusivelyInAllTabs('run', work)).rejects.toThrow('No storage.');
    expect(work).toHaveBeenCalledOnce();
  });
});
