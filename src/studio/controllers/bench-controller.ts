import { bytesAllocated } from '../../engine/backend';
import { measureMachine, MEASUREMENT_ROUNDS } from '../../training/session/measure-machine';
import { progressMeter } from '../../core/progress-meter';
import type { BackendLease } from '../backend-lease';
import type { ModelRuntime } from '../runtime/model-runtime';
import type { WorkerEvent } from '../protocol';

/** Carries out the benchmarks of this machine. */
export class BenchController {
  #controller = new AbortController();

  constructor(
    readonly post: (event: WorkerEvent) => void,
    readonly runtime: () => ModelRuntime,
    readonly lease: BackendLease,
  ) {}

  /**
   * Measures, and posts the figures unless it is stopped.
   * @throws StudioError `bad-config` if a run or a lesson is on, or begins; what the backend throws
   */
  run(): Promise<void> {
    return this.lease.hold({ use: 'benchmark', what: 'a measurement' }, (ended) =>
      this.#measure(ended),
    );
  }

  async #measure(ended: AbortSignal): Promise<void> {
    const { backbone, maxBlockBytes } = this.runtime();
    this.#controller = new AbortController();
    const signal = AbortSignal.any([this.#controller.signal, ended]);
    const onRound = progressMeter(
      'measuring',
      'Measuring the backbone and the head',
      MEASUREMENT_ROUNDS,
      'rounds',
      (progress) => this.post({ type: 'benchmark-progress', progress }),
    );
    try {
      onRound(0);
      this.post({
        type: 'benchmarks',
        figures: await measureMachine({ backbone, maxBlockBytes, bytesAllocated, signal, onRound }),
      });
    } catch (thrown) {
      if (ended.aborted || !signal.aborted) throw thrown;
    } finally {
      this.post({ type: 'benchmark-progress', progress: null });
    }
  }

  stop(): void {
    this.#controller.abort();
  }
}
