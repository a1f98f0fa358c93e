import { bytesAllocated } from '../../engine/backend';
import { measureMachine, ROUNDS } from '../../training/session/measure-machine';
import { progressMeter } from '../../core/progress-meter';
import type { ModelRoom } from '../runtime/model-runtime';
import type { WorkerEvent } from '../protocol';

/** The benchmarks of the machine that the studio is used on, one at a time. */
export class BenchDesk {
  #asked = new AbortController();

  constructor(
    readonly post: (event: WorkerEvent) => void,
    readonly room: () => ModelRoom,
  ) {}

  /** Measures, and posts what came of it unless it was stopped. @throws whatever the backend throws */
  async run(): Promise<void> {
    const { backbone, maxBlockBytes } = this.room();
    const { signal } = (this.#asked = new AbortController());
    const onRound = progressMeter('measuring', 'Measuring the backbone and the head', ROUNDS, 'rounds', (progress) => this.post({ type: 'benchmark-progress', progress }));
    try {
      onRound(0);
      this.post({ type: 'benchmarks', figures: await measureMachine({ backbone, maxBlockBytes, bytesAllocated, signal, onRound }) });
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
