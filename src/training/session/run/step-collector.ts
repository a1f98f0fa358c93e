import { StudioError } from '../../../core/studio-error';
import { yieldToMessages } from '../../../core/yield-to-messages';
import type { HeadTrainer } from '../../step/head-trainer';
import { stepMetrics, type TakenStep } from '../../step/step-metrics';
import type { RunControl } from '../run-control';
import type { SessionDependencies } from './session-dependencies';

/** Milliseconds between two readbacks of step figures, each of which is posted. */
const COLLECT_INTERVAL = 100;
/** Steps that share one readback, at most. */
const MAX_STEPS_PER_READBACK = 256;

/** Steps whose figures are still on the device: reads them back together, and posts them. */
export class StepCollector {
  #taken: TakenStep[] = [];
  /** When figures were last read back; 0 while no clock runs. */
  #lastCollect = 0;

  constructor(
    readonly trainer: HeadTrainer,
    readonly control: RunControl,
    readonly deps: Pick<SessionDependencies, 'post' | 'bytesAllocated'>,
  ) {}

  /** Starts the clock of the rate, unless it runs already. Called before each step. */
  startClock(): void {
    this.#lastCollect ||= performance.now();
  }

  /** Keeps a pause out of the rate. */
  stopClock(): void {
    this.#lastCollect = 0;
  }

  /** Adds a step that the trainer has taken. Collects if the run is paused or it is time to. */
  async add(step: TakenStep): Promise<void> {
    this.#taken.push(step);
    const isDue =
      this.control.paused ||
      this.#taken.length >= MAX_STEPS_PER_READBACK ||
      performance.now() - this.#lastCollect >= COLLECT_INTERVAL;
    if (isDue) await this.readMetrics();
  }

  /**
   * Reads the figures of all steps since the last call with one readback, posts them, and yields to
   * messages.
   * @throws StudioError `diverged`; the reason of a stop that is a fault of the device
   */
  async readMetrics(): Promise<void> {
    if (this.#taken.length === 0) return;
    const taken = this.#taken;
    this.#taken = [];
    const { figures, diverged } = await this.trainer.readMetrics();
    // After a device fault the values read back are not to be trusted. Any other stop waits for the
    // next gate, since the weights have already moved.
    const { aborted, reason } = this.control.signal;
    if (aborted && reason instanceof StudioError) throw reason;
    const now = performance.now();
    const pictures = taken.reduce((sum, step) => sum + step.pictures, 0);
    const imagesPerSecond = pictures / Math.max(1e-3, (now - this.#lastCollect) / 1000);
    this.#lastCollect = this.control.paused ? 0 : now;
    const bytesAllocated = this.deps.bytesAllocated();
    const metrics = figures.map((each, at) =>
      stepMetrics(taken[at]!, each, { imagesPerSecond, bytesAllocated }),
    );
    this.deps.post({ type: 'steps', metrics });
    // Thrown only now, so that charts and logs show the step at which the run diverged.
    if (diverged) throw diverged;
    await yieldToMessages();
  }
}
