import type { BrowserContext } from 'playwright';
import type { SessionEvent } from '../src/training/session/run-events';

/** An event that a run told other tabs, and when it was heard: milliseconds of the page's clock. */
export interface ToldEvent {
  readonly at: number;
  readonly event: SessionEvent;
}

/** Hears what the runs of a context's pages tell, from the pages that it opens from now on. */
export async function hearRuns(
  context: BrowserContext,
  hear: (told: ToldEvent) => void,
): Promise<void> {
  await context.exposeBinding('toldByRun', (_, told: ToldEvent) => hear(told));
  await context.addInitScript(() => {
    const told = (window as unknown as { toldByRun: (event: unknown) => void }).toldByRun;
    new BroadcastChannel('scf-studio-run').onmessage = ({ data }) => {
      if (data !== 'ask') told({ at: performance.now(), event: data });
    };
  });
}
