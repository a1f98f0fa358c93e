import { bytesAllocated } from '../../engine/backend';
import { measureMachine, ROUNDS } from '../../training/session/measure-machine';
import { progressMeter } from '../../core/progress-meter';
import type { ModelRuntime } from '../runtime/model-runtime';
import type { WorkerEvent } from '../protocol';

/** The benchmarks of the machine that the studio is used on, one at a time. */
export class BenchController {
  #asked = new AbortController();

  constructor(
    readonly post: (event: WorkerEvent) => void,
    readonly runtime: () => ModelRuntime,
  ) {}

  /**
   * Measures, and posts what came of it unless it was stopped. @throws whatever the backend throws
   */
  async run(): Promise<void> {
    const { backbone, maxBlockBytes } = this.runtime();
    const { signal } = (this.#asked = new AbortController());
    const onRound = progressMeter(
      'measuring',
      'Measuring the backbone and the head',
      ROUNDS,
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
    this.#asked.abort();
  }
}
