import { describe, expect, it, vi } from 'vitest';
import { StudioError } from '../../core/studio-error';
import type { Controllers } from '../controllers/controllers';
import type { ModelRuntime } from '../runtime/model-runtime';
import { StudioContext, type StudioStores } from '../studio-context';
import type { WorkerEvent } from '../protocol';
import { noopTabLock } from '../storage/tab-lock';
import { DeviceRecovery } from './device-recovery';

const lost = new StudioError('device-lost', 'The GPU was lost.', '');

function recoveryOf(isRunOn: boolean, prepare: () => Promise<void> = async () => undefined) {
  const events: WorkerEvent[] = [];
  const calls: string[] = [];
  const context = new StudioContext((event) => events.push(event), {
    tabLock: noopTabLock,
  } as StudioStores);
  const runtime = {
    hasFault: true,
    prepare: () => {
      calls.push('prepare');
      return prepare();
    },
  };
  context.initialise('', runtime as unknown as ModelRuntime);
  const stopRun = vi.fn();
  const stopLesson = vi.fn();
  const controllers = {
    runs: { isOn: isRunOn, stop: stopRun },
    lesson: { stop: stopLesson },
    backboneChanged: async () => void calls.push('backboneChanged'),
  };
  const recovery = new DeviceRecovery(context, controllers as unknown as Controllers);
  return { recovery, context, runtime, events, calls, stopRun, stopLesson };
}

describe('a lost device', () => {
  it('stops the run with the fault, and leaves the rest to the run', () => {
    const { recovery, calls, stopRun, stopLesson } = recoveryOf(true);
    recovery.onFault(lost);
    expect(stopRun).toHaveBeenCalledWith(lost);
    expect(stopLesson).not.toHaveBeenCalled();
    expect(calls).toEqual([]);
  });

  it('otherwise ends a lesson, makes a fresh device and reads everything again', async () => {
    const { recovery, events, calls, stopRun, stopLesson } = recoveryOf(false);
    recovery.onFault(lost);
    await expect.poll(() => events.length).toBe(1);
    expect(stopRun).not.toHaveBeenCalled();
    expect(stopLesson).toHaveBeenCalledWith(lost);
    expect(calls).toEqual(['prepare', 'backboneChanged']);
    expect(events[0]).toMatchObject({
      type: 'notice',
      text: expect.stringMatching(
        /^The GPU was lost\. The studio is ready again on a fresh device/,
      ),
    });
  });

  it('waits for whatever has the backend, and leaves alone what a run made meanwhile', async () => {
    const { recovery, context, runtime, calls, events } = recoveryOf(false);
    const run = context.lease.hold({ use: 'run', what: 'a run' }, async () => {
      recovery.onFault(lost);
      await new Promise((resolve) => setTimeout(resolve, 0));
      expect(calls).toEqual([]);
      runtime.hasFault = false;
    });
    await run;
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect([calls, events]).toEqual([[], []]);
  });

  it('is an error of the studio if no fresh device can be made', async () => {
    const failure = new StudioError('no-webgpu', 'There is no GPU.', 'Use wasm.');
    const { recovery, events } = recoveryOf(false, () => Promise.reject(failure));
    recovery.onFault(lost);
    await expect.poll(() => events.length).toBe(1);
    expect(events[0]).toEqual({ type: 'error', scope: 'studio', error: failure.toRecord() });
  });
});
