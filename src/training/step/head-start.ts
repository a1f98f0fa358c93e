import { optimalKappa } from '../../confidence/vmf';
import type { ConfidenceHead } from '../../models/heads/confidence-head';
import { joinedStatistics, type InputStatistics } from '../../models/heads/input-standardisation';
import { assignValues } from '../../models/heads/variables';
import type { HeadBatch } from './head-batch';
import type { RunConfig } from '../config/run-config';
import type { KeptPictures } from '../data/run-data';

/** Most pictures in the statistics of a head's input: more change a mean or a σ by hardly 1 %. */
const MAX_STATISTICS_PICTURES = 4096;
/** Rows that are read at a time. */
const ROWS_PER_READ = 256;
/**
 * The mean cos θ that a start is computed from is clamped to these: beyond them, κ would be nearly
 * zero or unbounded.
 */
const [MIN_COSINE, MAX_COSINE] = [0.05, 0.999];

/** Settings that decide where a head starts. */
type StartSettings = Pick<RunConfig, 'method' | 'zDim' | 'objective'>;

/**
 * Fits a fresh head to kept training pictures: standardises its input by all of them, or by
 * {@link MAX_STATISTICS_PICTURES} evenly spaced ones, and starts it at their mean cos θ.
 */
export function fitToKept(
  head: ConfidenceHead,
  { rows, cosThetaOf }: KeptPictures,
  settings: StartSettings,
): void {
  const { standardisation } = head;
  const count = Math.min(rows.count, MAX_STATISTICS_PICTURES);
  const chosen = Array.from({ length: count }, (_, at) => Math.floor((at * rows.count) / count));
  let statistics: InputStatistics | null = null;
  for (let start = 0; start < count; start += ROWS_PER_READ) {
    const indices = chosen.slice(start, start + ROWS_PER_READ);
    const inputs = rows.gatherInputs(indices, indices.length);
    statistics = joinedStatistics(statistics, inputs, standardisation.layout);
  }
  if (statistics) standardisation.set(statistics);
  startAtMean(head, chosen.map(cosThetaOf), settings);
}

/**
 * Fits a head to the pictures of a stream as they come: standardises its input by the batches so
 * far, up to {@link MAX_STATISTICS_PICTURES} pictures, and starts it at the first batch's mean
 * cos θ. The statistics so far are kept in the head, and so in its checkpoints. A head that took
 * its first step without statistics, as older versions did, never gets any.
 * @param batch raw inputs; the mask keeps the first `count` rows
 * @param steps number of steps taken before this batch
 * @returns whether the next batch is needed, too
 */
export async function fitToStream(
  head: ConfidenceHead,
  { input, cosTheta, count }: Pick<HeadBatch, 'input' | 'cosTheta' | 'count'>,
  steps: number,
  settings: StartSettings,
): Promise<boolean> {
  const { standardisation, inputSize } = head;
  const wanted = MAX_STATISTICS_PICTURES * standardisation.layout.places;
  if ((steps > 0 && standardisation.count === 0) || standardisation.count >= wanted) return false;
  const inputs = ((await input.data()) as Float32Array).subarray(0, count * inputSize);
  const before = await standardisation.statistics();
  const statistics = joinedStatistics(before, inputs, standardisation.layout);
  if (statistics) standardisation.set(statistics);
  if (steps === 0) startAtMean(head, (await cosTheta.data()).subarray(0, count), settings);
  return true;
}

/**
 * Starts a head at the best single number for all pictures: log A⁻¹(mean cos θ), or log d/(2(1 −
 * mean cos θ)) for the methods with a variance. The exact loss has almost no slope at a κ far below
 * that.
 */
function startAtMean(
  head: ConfidenceHead,
  cosines: ArrayLike<number>,
  settings: StartSettings,
): void {
  if (cosines.length === 0) return;
  let sum = 0;
  for (let i = 0; i < cosines.length; i++) sum += cosines[i]!;
  const log = startingLog(sum / cosines.length, settings);
  assignValues(head.lastBias, new Float32Array(head.lastBias.size).fill(log));
}

/** A head's first log κ or log 1/σ². @param cosTheta the mean over training pictures */
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
