import type { WorkerEvent } from '../../studio/protocol';
import type { MachineFigures } from '../../training/session/measure-machine';
import type { Progress } from '../../core/progress-meter';

/** What the page knows of this machine's speed. */
export interface BenchmarkState {
  readonly benchmarks: MachineFigures | null;
  readonly benchmarkProgress: Progress | null;
}

export const initialBenchmarkState: BenchmarkState = { benchmarks: null, benchmarkProgress: null };

/** The worker's events about benchmarks. */
export type BenchmarkEvent = Extract<WorkerEvent, { type: 'benchmark-progress' | 'benchmarks' }>;

/** What an event changes in the slice. */
export function benchmarkReducer(event: BenchmarkEvent): Partial<BenchmarkState> {
  switch (event.type) {
    case 'benchmark-progress':
      return { benchmarkProgress: event.progress };
    case 'benchmarks':
      return { benchmarks: event.figures };
    default:
      return event satisfies never;
  }
}
