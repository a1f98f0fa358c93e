import { StudioError } from '../../core/studio-error';
import { requireMicroBatch, type HeadTrainer } from '../../training/step/head-trainer';
import type { RunConfig } from '../../training/config/run-config';
import type { TrainingSession } from '../../training/session/training-session';

/** What decides how much GPU memory a run takes. */
export interface MemoryUse {
  readonly config: RunConfig;
  /** Pictures that go through the backbone in one batch. */
  readonly backboneBatch: number;
}

/**
 * Halves what took the memory: the backbone's batch, if the run still uses the backbone, and the
 * micro-batch, if training has begun.
 * @returns null if nothing can be halved, so that repeated halving ends
 */
export function reduceMemory(
  { config, backboneBatch }: MemoryUse,
  { isPrepared, trainer }: Pick<TrainingSession, 'isPrepared' | 'trainer'>,
): MemoryUse | null {
  const usesBackbone = !isPrepared || config.features === 'stream';
  const smallerBatch = usesBackbone ? Math.max(1, backboneBatch >> 1) : backboneBatch;
  const microBatch = (isPrepared && halfMicroBatch(config, trainer)) || config.microBatch;
  if (smallerBatch === backboneBatch && microBatch === config.microBatch) return null;
  return { backboneBatch: smallerBatch, config: { ...config, microBatch } };
}

/** What was reduced, in sentences that begin with a space. */
export function lessMemoryWords(
  before: MemoryUse,
  { config: { batchSize, microBatch }, backboneBatch }: MemoryUse,
): string {
  let words = '';
  if (backboneBatch !== before.backboneBatch) {
    const pictures = backboneBatch === 1 ? 'one picture goes' : `${backboneBatch} pictures go`;
    words += ` From now on ${pictures} through the backbone at once.`;
  }
  if (microBatch !== before.config.microBatch)
    words +=
      ` Its batches of ${batchSize} are from now on differentiated in slices of ` +
      `${microBatch}, and the gradients added up: the same steps, more slowly.`;
  return words;
}

/** Half the micro-batch, in pictures; null if the batch can't be cut. */
function halfMicroBatch(
  { microBatch, batchSize }: RunConfig,
  { head, settings }: Pick<HeadTrainer, 'head' | 'settings'>,
): number | null {
  const half = Math.floor((microBatch || batchSize) / 2);
  if (half < 1) return null;
  try {
    requireMicroBatch(head, settings.method, batchSize, half);
  } catch (thrown) {
    if (thrown instanceof StudioError && thrown.code === 'bad-config') return null;
    throw thrown;
  }
  return half;
}
