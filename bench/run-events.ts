import type { BrowserContext } from 'playwright';
import type { SessionEvent } from '../src/training/session/run-events';

/** An event that a run broadcast to other tabs, and when: milliseconds of the page's clock. */
export interface TimedEvent {
  readonly at: number;
  readonly event: SessionEvent;
}

/** Listens to the events that runs broadcast, in every page that the context opens from now on. */
export async function listenToRuns(
  context: BrowserContext,
  onEvent: (event: TimedEvent) => void,
): Promise<void> {
  await context.exposeBinding('onRunEvent', (_, event: TimedEvent) => onEvent(event));
  await context.addInitScript(() => {
    const { onRunEvent } = window as unknown as { onRunEvent: (event: unknown) => void };
    new BroadcastChannel('scf-studio-run').onmessage = ({ data }) => {
      if (data !== 'ask') onRunEvent({ at: performance.now(), event: data });
    };
  });
}
