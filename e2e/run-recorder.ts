import { expect, type BrowserContext } from '@playwright/test';

/** The part of a run's broadcast to other tabs that matters here. */
interface RunEvent {
  readonly type: string;
  readonly step?: number;
  readonly state?: string;
  readonly metrics?: readonly { readonly step: number; readonly loss: number }[];
}

/** Records the broadcasts of runs, across tabs and browsers. */
export class RunRecorder {
  /** By step: the losses of every broadcast of that step. */
  readonly losses = new Map<number, number[]>();
  /** The last step that is known to be saved. */
  savedStep = 0;
  /** The next step is the first after a start, and must come after the saved one. */
  #isStarting = true;

  /** Records the pages that the context opens from now on. */
  async join(context: BrowserContext): Promise<void> {
    await context.exposeBinding('recordRun', (_, event: RunEvent) => this.#record(event));
    await context.addInitScript(() => {
      new BroadcastChannel('scf-studio-run').onmessage = ({ data }) => {
        const { recordRun } = window as unknown as { recordRun: (event: unknown) => void };
        const { type, step, state, metrics } = data;
        if (type === 'steps') {
          const losses = metrics.map(({ step, loss }: { step: number; loss: number }) => ({
            step,
            loss,
          }));
          recordRun({ type, metrics: losses });
        } else if (type === 'checkpoint-saved' || type === 'run-state')
          recordRun({ type, step, state });
      };
    });
  }

  /** Notes that a run is about to be started or resumed. */
  begin(): void {
    this.#isStarting = true;
  }

  #record({ type, step, metrics }: RunEvent): void {
    if (type === 'checkpoint-saved') this.savedStep = Math.max(this.savedStep, step!);
    for (const { step, loss } of metrics ?? []) {
      if (this.#isStarting)
        expect
          .soft(step, 'the first step after a kill must come after the saved step')
          .toBeGreaterThan(this.savedStep);
      this.#isStarting = false;
      this.losses.set(step, [...(this.losses.get(step) ?? []), loss]);
    }
  }

  /** Expects that all recorded losses equal another run's, to the bit. */
  expectSameAs(other: RunRecorder): void {
    const different = [...this.losses].filter(([step, losses]) =>
      losses.some((loss) => loss !== other.losses.get(step)![0]),
    );
    expect(
      different.map(
        ([step, losses]) => `${step}: ${losses.join(', ')} for ${other.losses.get(step)![0]}`,
      ),
    ).toEqual([]);
  }
}
