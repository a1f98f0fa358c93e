import { StudioError } from '../../core/studio-error';
import { requireMicroBatch, type HeadTrainer } from '../../training/step/head-trainer';
import type { RunConfig } from '../../training/config/run-config';
import type { TrainingSession } from '../../training/session/training-session';

/** What decides how much of the GPU's memory a run takes. */
export interface MemoryUse {
  readonly config: RunConfig;
  /** Pictures that go through the backbone at once. */
  readonly backboneBatch: number;
}

/**
 * Half of what took the memory: of the pictures that go through the backbone at once, where the run
 * still needs it, and of the slices in which a batch is differentiated, where it trained. null
 * where nothing can be halved, so that halving comes to an end.
 */
export function reduceMemory(
  { config, backboneBatch }: MemoryUse,
  { isPrepared, trainer }: Pick<TrainingSession, 'isPrepared' | 'trainer'>,
): MemoryUse | null {
  const usesBackbone = !isPrepared || config.features === 'stream';
  const fewer = usesBackbone ? Math.max(1, backboneBatch >> 1) : backboneBatch;
  const microBatch = (isPrepared && halfSlice(config, trainer)) || config.microBatch;
  return fewer === backboneBatch && microBatch === config.microBatch
    ? null
    : { backboneBatch: fewer, config: { ...config, microBatch } };
}

/** What became less, in sentences that begin with a space. */
export function lessMemoryWords(
  before: MemoryUse,
  { config: { batchSize, microBatch }, backboneBatch }: MemoryUse,
): string {
  const pictures =
    backboneBatch === before.backboneBatch
      ? ''
      : ` From now on ${backboneBatch === 1 ? 'one picture goes' : `${backboneBatch} pictures go`} through the backbone at once.`;
  const slices =
    microBatch === before.config.microBatch
      ? ''
      : ` Its batches of ${batchSize} are from now on differentiated in slices of ` +
        `${microBatch}, and the gradients added up: the same steps, more slowly.`;
  return pictures + slices;
}

/** Pictures of a slice of half the size; null where a batch can't be cut. */
function halfSlice(
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
