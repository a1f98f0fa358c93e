import type { RunConfig } from '../config/run-config';
import type { RunState, SessionEvent } from './run-events';

/**
 * Where a run can go from each state. Preparing again from an end is the next run; `recovering`
 * means that its device has failed, and that it may go on by itself on a fresh one.
 * ARCHITECTURE.md draws this table.
 */
export const RUN_TRANSITIONS = {
  idle: ['preparing'],
  preparing: ['running', 'stopped', 'failed', 'recovering'],
  running: ['paused', 'finished', 'stopped', 'failed', 'recovering'],
  paused: ['running', 'finished', 'stopped', 'failed', 'recovering'],
  recovering: ['preparing', 'stopped', 'failed'],
  finished: ['preparing'],
  stopped: ['preparing'],
  failed: ['preparing'],
} as const satisfies Readonly<Record<RunState, readonly RunState[]>>;

/** How a run can be after a fault. */
export type AfterFault = 'failed' | 'stopped' | 'recovering';

/** Whether a run has begun and not ended: it occupies the backend. */
export const isActive = (state: RunState): boolean =>
  state === 'preparing' || state === 'running' || state === 'paused' || state === 'recovering';

/**
 * The state of a run. All `run-state` events come from here, so a page or a file never hears of a
 * run that goes where no run can go. One machine may see several runs, one after the other.
 */
export class RunMachine {
  #state: RunState = 'idle';
  #config: RunConfig | null = null;

  /**
   * @param post called at each change
   * @param afterFault what becomes of a run after what it threw; by default it has failed
   */
  constructor(
    readonly post: (event: Extract<SessionEvent, { type: 'run-state' }>) => void,
    readonly afterFault: (thrown: unknown) => AfterFault = () => 'failed',
  ) {}

  get state(): RunState {
    return this.#state;
  }

  get isActive(): boolean {
    return isActive(this.#state);
  }

  /**
   * Begins to prepare a run. Called again while it is being prepared, it posts the settings anew,
   * as they were fitted to its source.
   * @throws Error while a run is on
   */
  prepare(config: RunConfig): void {
    this.#config = config;
    if (this.#state === 'preparing') this.#post();
    else this.#enter('preparing');
  }

  /**
   * The next step may be taken. Does nothing if it could be already. @throws Error without a run
   */
  run(): void {
    if (this.#state !== 'running') this.#enter('running');
  }

  /** Does nothing if the run is paused already: single steps leave it so. @throws Error */
  pause(): void {
    if (this.#state !== 'paused') this.#enter('paused');
  }

  /** Ends the run. @throws Error if none is on; `finished` also before its first step */
  end(state: 'finished' | 'stopped' | 'failed'): void {
    this.#enter(state);
  }

  /** Notes that an attempt at the run has ended with a fault. @throws Error if no run is on */
  fault(thrown: unknown): void {
    this.#enter(this.afterFault(thrown));
  }

  #enter(state: RunState): void {
    const allowed: readonly RunState[] = RUN_TRANSITIONS[this.#state];
    if (!allowed.includes(state))
      throw new Error(`A run that is ${this.#state} can't become ${state}.`);
    this.#state = state;
    this.#post();
  }

  #post(): void {
    this.post({ type: 'run-state', state: this.#state, config: this.#config });
  }
}
