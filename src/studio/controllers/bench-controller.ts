import { bytesAllocated } from '../../engine/backend';
import {
  measureMachine,
  MEASUREMENT_ROUNDS,
  type MachineFigures,
} from '../../training/session/measure-machine';
import { progressMeter } from '../../core/progress-meter';
import type { BackendLease } from '../backend-lease';
import type { ModelRuntime } from '../runtime/model-runtime';
import type { Task } from '../task';

/** Carries out the benchmarks of this machine. */
export class BenchController {
  #controller = new AbortController();

  constructor(
    readonly runtime: () => ModelRuntime,
    readonly lease: BackendLease,
  ) {}

  /**
   * Measures.
   * @returns null if it is stopped
   * @throws StudioError `bad-config` if a run or a lesson is on, or begins; what the backend throws
   */
  run(task: Task): Promise<MachineFigures | null> {
    return this.lease.hold({ use: 'benchmark', what: 'a measurement' }, (ended) =>
      this.#measure(ended, task),
    );
  }

  async #measure(ended: AbortSignal, { report }: Task): Promise<MachineFigures | null> {
    const { backbone, maxBlockBytes } = this.runtime();
    this.#controller = new AbortController();
    const signal = AbortSignal.any([this.#controller.signal, ended]);
    const onRound = progressMeter(
      'measuring',
      'Measuring the backbone and the head',
      MEASUREMENT_ROUNDS,
      'rounds',
      report,
    );
    try {
      onRound(0);
      return await measureMachine({ backbone, maxBlockBytes, bytesAllocated, signal, onRound });
    } catch (thrown) {
      if (ended.aborted || !signal.aborted) throw thrown;
      return null;
    }
  }

  stop(): void {
    this.#controller.abort();
  }
}
