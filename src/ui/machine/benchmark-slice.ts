import type { MachineFigures } from '../../training/session/measure-machine';

/** What the page knows of this machine's speed. */
export interface BenchmarkState {
  readonly benchmarks: MachineFigures | null;
}

export const initialBenchmarkState: BenchmarkState = { benchmarks: null };
