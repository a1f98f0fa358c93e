import type { WorkerEvent } from '../../studio/protocol';
import type { MachineFigures } from '../../training/session/measure-machine';
import type { Progress } from '../../core/progress-meter';

/** What the page knows of this machine's speed. */
export interface BenchmarkState {
  readonly benchmarks: MachineFigures | null;
  readonly benchmarkProgress: Progress | null;
}

/** Nothing measured. */
export const noBenchmarks: BenchmarkState = { benchmarks: null, benchmarkProgress: null };

/** What an event changes of the slice. */
export function afterBenchmarkEvent(
  event: Extract<WorkerEvent, { type: 'benchmark-progress' | 'benchmarks' }>,
): Partial<BenchmarkState> {
  switch (event.type) {
    case 'benchmark-progress':
      return { benchmarkProgress: event.progress };
    case 'benchmarks':
      return { benchmarks: event.figures };
    default:
      return event satisfies never;
  }
}
