import { expect, type BrowserContext } from '@playwright/test';

/** What a run tells its browser's other tabs, as far as it matters here. */
interface RunEvent {
  readonly type: string;
  readonly step?: number;
  readonly state?: string;
  readonly metrics?: readonly { readonly step: number; readonly loss: number }[];
}

/** Hears what runs tell, over the ends of tabs and browsers. */
export class RunRecorder {
  /** By step: the loss that each telling gave. */
  readonly losses = new Map<number, number[]>();
  /** The last step that is known to be saved. */
  savedStep = 0;
  /** Steps that were told first after a beginning: each must follow on what was saved. */
  #isBeginning = true;

  /** Hears the pages that the context opens from now on. */
  async join(context: BrowserContext): Promise<void> {
    await context.exposeBinding('witness', (_, told: RunEvent) => this.#onSessionEvent(told));
    await context.addInitScript(() => {
      new BroadcastChannel('scf-studio-run').onmessage = ({ data }) => {
        if (data.type === 'steps')
          void (window as unknown as { witness: (told: unknown) => void }).witness({
            type: 'steps',
            metrics: data.metrics.map(({ step, loss }: { step: number; loss: number }) => ({
              step,
              loss,
            })),
          });
        else if (data.type === 'checkpoint-saved' || data.type === 'run-state')
          void (window as unknown as { witness: (told: unknown) => void }).witness({
            type: data.type,
            step: data.step,
            state: data.state,
          });
      };
    });
  }

  /** A run is about to be begun or gone on with. */
  begin(): void {
    this.#isBeginning = true;
  }

  #onSessionEvent({ type, step, metrics }: RunEvent): void {
    if (type === 'checkpoint-saved') this.savedStep = Math.max(this.savedStep, step!);
    for (const { step, loss } of metrics ?? []) {
      if (this.#isBeginning)
        expect
          .soft(step, 'the first step after a kill follows on what was saved, or on later')
          .toBeGreaterThan(this.savedStep);
      this.#isBeginning = false;
      this.losses.set(step, [...(this.losses.get(step) ?? []), loss]);
    }
  }

  /** Whether all that was told is what another run told, to the bit. */
  expectSameAs(other: RunRecorder): void {
    const apart = [...this.losses].filter(([step, losses]) =>
      losses.some((loss) => loss !== other.losses.get(step)![0]),
    );
    expect(
      apart.map(
        ([step, losses]) => `${step}: ${losses.join(', ')} for ${other.losses.get(step)![0]}`,
      ),
    ).toEqual([]);
  }
}
