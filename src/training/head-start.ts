import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { optimalKappa } from '../confidence/vmf';
import type { ConfidenceHead } from '../models/heads/confidence-head';
import { joinedStatistics, type InputStatistics } from '../models/heads/input-standardisation';
import { assignValues } from '../models/heads/variables';
import type { FeatureRows } from './features/feature-rows';
import type { RunConfig } from './run-config';

/** Pictures that a head's input is standardised by, at most: more change a mean or a σ by hardly 1 %. */
export const MAX_STATISTICS_PICTURES = 4096;
/** Rows that are read at once. */
const ROWS = 256;
/** Means of cos θ outside of these are of no use as a start: κ would be nearly nothing, or without bound. */
const [MIN_COSINE, MAX_COSINE] = [0.05, 0.999];

/** What decides where a head starts. */
type StartSettings = Pick<RunConfig, 'method' | 'zDim' | 'objective'>;

/**
 * Standardises a fresh head's input by kept training pictures: all of them, or as many evenly spaced ones
 * as {@link MAX_STATISTICS_PICTURES}.
 */
export function standardiseByRows({ standardisation }: ConfidenceHead, training: FeatureRows): void {
  const stride = Math.max(1, training.count / MAX_STATISTICS_PICTURES);
  const count = Math.min(training.count, MAX_STATISTICS_PICTURES);
  const chosen = Array.from({ length: count }, (_, at) => Math.floor(at * stride));
  let statistics: InputStatistics | null = null;
  for (let start = 0; start < count; start += ROWS) {
    const indices = chosen.slice(start, start + ROWS);
    const rows = training.gatherInputs(indices, indices.length);
    statistics = joinedStatistics(statistics, rows, standardisation.layout);
  }
  if (statistics) standardisation.set(statistics);
}

/**
 * Standardises a head's input by the pictures of a stream as they come, until there have been
 * {@link MAX_STATISTICS_PICTURES}. What it goes on from lies in the head, and so in its checkpoints.
 * @param batch raw inputs, of which the mask keeps the first `count` rows
 */
export async function standardiseByBatch(
  { standardisation, inputSize }: ConfidenceHead,
  { input, count }: { readonly input: Tensor2D; readonly count: number },
): Promise<void> {
  const before = await standardisation.statistics();
  if (before && before.count >= MAX_STATISTICS_PICTURES * standardisation.layout.places) return;
  const rows = ((await input.data()) as Float32Array).subarray(0, count * inputSize);
  const statistics = joinedStatistics(before, rows, standardisation.layout);
  if (statistics) standardisation.set(statistics);
}

/**
 * Starts a fresh head where one number for all pictures is best: log A⁻¹(mean cos θ), or for the methods
 * with a variance log d/(2(1 − mean cos θ)). The exact loss has almost no slope at a κ far below that.
 */
export function startAtMean(head: ConfidenceHead, cosines: ArrayLike<number>, settings: StartSettings): void {
  let sum = 0;
  for (let i = 0; i < cosines.length; i++) sum += cosines[i]!;
  const log = startingLog(sum / cosines.length, settings);
  assignValues(head.lastBias, new Float32Array(head.lastBias.size).fill(log));
}

/** Where {@link startAtMean} starts. @param cosTheta the mean over training pictures */
export function startingLog(cosTheta: number, { method, zDim, objective }: StartSettings): number {
  const mean = Math.min(MAX_COSINE, Math.max(MIN_COSINE, cosTheta));
  switch (method) {
    case 'scf':
      return Math.log(optimalKappa(mean, zDim, objective));
    case 'pfe-v':
      return Math.log(optimalKappa(mean, zDim, 'exact'));
    case 'scf-g':
    case 'pfe-g':
      return Math.log(zDim / (2 * (1 - mean)));
    default:
      return method satisfies never;
  }
}

/** cos θ of a batch's pictures, read back. */
export async function cosinesOf({ cosTheta, mask }: { readonly cosTheta: Tensor1D; readonly mask: Tensor1D }): Promise<number[]> {
  const [cosines, kept] = await Promise.all([cosTheta.data(), mask.data()]);
  return [...cosines].filter((_, row) => kept[row] === 1);
}
