import type { RunState } from '../training/session/run-events';
import { isActive } from '../training/session/run-machine';
import type { StudioContext } from './studio-context';
import type { ResumableRun } from './protocol';

/**
 * Posts the events of another tab's run to this tab's page. When that run has ended, or its tab has
 * closed or crashed, offers what it saved.
 */
export function followOtherTabs(
  { post, stores }: StudioContext,
  findResumable: () => Promise<ResumableRun | null>,
): void {
  let state: RunState = 'idle';
  stores.tabLock.watch(
    () => post({ type: 'elsewhere', isOn: true }),
    (event) => {
      if (event.type === 'run-state') state = event.state;
      post(event);
    },
    () => {
      // A tab that has died didn't say that its run has stopped.
      if (isActive(state)) post({ type: 'run-state', state: 'stopped', config: null });
      state = 'idle';
      post({ type: 'progress', progress: null });
      post({ type: 'elsewhere', isOn: false });
      void findResumable().then((run) => post({ type: 'resumable', run }));
    },
  );
}
