import { bytesAllocated } from '../../engine/backend';
import { measureMachine, MEASUREMENT_ROUNDS } from '../../training/session/measure-machine';
import { progressMeter } from '../../core/progress-meter';
import type { ModelRuntime } from '../runtime/model-runtime';
import type { WorkerEvent } from '../protocol';

/** Carries out the benchmarks of this machine. */
export class BenchController {
  #controller = new AbortController();

  constructor(
    readonly post: (event: WorkerEvent) => void,
    readonly runtime: () => ModelRuntime,
  ) {}

  /** Measures, and posts the figures unless it is stopped. @throws whatever the backend throws */
  async run(): Promise<void> {
    const { backbone, maxBlockBytes } = this.runtime();
    this.#controller = new AbortController();
    const { signal } = this.#controller;
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
      if (!signal.aborted) throw thrown;
    } finally {
      this.post({ type: 'benchmark-progress', progress: null });
    }
  }

  stop(): void {
    this.#controller.abort();
  }
}
