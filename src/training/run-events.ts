import type { ObjectiveMode } from './run-config';

/** Where a run stands. */
export type RunState = 'idle' | 'preparing' | 'running' | 'paused' | 'stopped' | 'finished' | 'failed';

/** Figures of one optimiser step. */
export interface StepMetrics {
  readonly step: number;
  readonly epoch: number;
  /** Batch mean of the whole loss. */
  readonly loss: number;
  /** −κ cos θ, the normaliser −v log κ + log I_v(κ), and the constant; they add up to `loss`. */
  readonly lossAlignment: number;
  readonly lossNormalizer: number;
  readonly lossConstant: number;
  readonly kappaMean: number;
  /** 5 % and 95 % quantiles of κ in the batch. */
  readonly kappaLow: number;
  readonly kappaHigh: number;
  readonly cosThetaMean: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
  /** Bytes that the backend holds: allocated on the GPU (webgpu) or in tensors (wasm). */
  readonly bytesAllocated: number;
}

/** A validation pass over pictures of held-out identities. Arrays run in parallel, one entry a picture. */
export interface ValidationResult {
  readonly step: number;
  readonly epoch: number;
  readonly objective: ObjectiveMode;
  readonly loss: number;
  /** Spearman's ρ between κ and cos θ; null where it is undefined. */
  readonly spearman: number | null;
  readonly images: number;
  readonly identities: number;
  readonly kappa: Float32Array;
  readonly cosTheta: Float32Array;
  /** True severity 0..1 of the picture's degradation; NaN where it isn't known. */
  readonly severity: Float32Array;
}

/** A phase with a beginning and an end, for a progress bar with a rate. */
export interface Progress {
  readonly phase: 'fetching-models' | 'warming-up' | 'reading-features' | 'embedding' | 'writing-checkpoint';
  readonly label: string;
  readonly done: number;
  /** Unknown totals are null; the bar is then indeterminate and says so. */
  readonly total: number | null;
  /** What is counted: "pictures", "bytes". */
  readonly unit: string;
  readonly perSecond: number;
}
