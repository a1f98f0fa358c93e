import { describe, expect, it } from 'vitest';
import { BackendAccess } from './backend-access';
import type { Controllers } from './controllers/controllers';
import { noopTabLock, type TabLock } from './storage/tab-lock';

function accessOf(on: { run?: boolean; lesson?: boolean } = {}, tabLock: TabLock = noopTabLock) {
  const order: string[] = [];
  const controllers = {
    runs: { isOn: on.run ?? false },
    lesson: { isOn: on.lesson ?? false },
    evaluation: {
      idle: Promise.resolve().then(() => void order.push('idle')),
      preemptFor: (work: () => Promise<unknown>) => {
        order.push('preempt');
        return work();
      },
    },
  };
  const access = new BackendAccess(controllers as unknown as Controllers, tabLock);
  const work = async () => void order.push('work');
  return { access, order, work };
}

describe('access to the backend', () => {
  it('is exclusive once the evaluation has ended', async () => {
    const { access, order, work } = accessOf();
    await access.exclusively('A measurement', work);
    expect(order).toEqual(['preempt', 'idle', 'work']);
  });

  it.each([
    [{ run: true }, 'A measurement has to wait while a run is on.'],
    [{ lesson: true }, 'A measurement has to wait while a lesson is on.'],
  ])('is refused for an exclusive task: %o', async (on, message) => {
    const { access, order, work } = accessOf(on);
    await expect(access.exclusively('A measurement', work)).rejects.toMatchObject({
      code: 'bad-config',
      message,
    });
    expect(order).not.toContain('work');
  });

  it('is refused for a run during a lesson', () => {
    const { access, work } = accessOf({ lesson: true });
    expect(() => access.asRun(work)).toThrow(expect.objectContaining({ code: 'bad-config' }));
  });

  it('is refused for a run while another tab has the lock', async () => {
    const { access, order, work } = accessOf({}, { ...noopTabLock, acquire: async () => null });
    await expect(access.asRun(work)).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining('Another tab of this browser has a run or a lesson'),
    });
    expect(order).not.toContain('work');
  });

  it('releases the tab lock after a failure', async () => {
    let isHeld = true;
    const { access } = accessOf(
      {},
      { ...noopTabLock, acquire: async () => () => void (isHeld = false) },
    );
    await expect(access.asRun(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(isHeld).toBe(false);
  });
});
