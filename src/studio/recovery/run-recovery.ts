import { RetryBudget } from '../../core/retry-budget';
import { StudioError } from '../../core/studio-error';
import type { TensorFile } from '../../formats/tensors/tensor-file';
import { checkpointHeader } from '../../training/checkpoint/checkpoint';
import { isDeviceFault } from '../../training/session/failed-readback';
import type { SessionEvent } from '../../training/session/run-events';
import type { TrainingSession } from '../../training/session/training-session';
import { lessMemoryWords, reduceMemory, type MemoryUse } from './reduce-memory';

/** Puts a new session into the state of a checkpoint. */
export type Restore = (session: TrainingSession) => Promise<void>;

/** One attempt at a run: on one device, with one choice of memory. */
export interface Attempt extends MemoryUse {
  /** null if the run begins at step 0. */
  readonly restore: Restore | null;
  /** The step that it restores, where a recovery before this one has read it. */
  readonly restoredStep?: number;
  /** A new run: its settings are fitted to the size of its source. A resumed run has its own. */
  readonly isNew: boolean;
  /** Whether to make a fresh device first. */
  readonly onFreshDevice?: boolean;
}

/**
 * Decides whether and how one run continues by itself after a fault of the device:
 * - `device-lost` and `gpu-error`: from its last checkpoint on a fresh device, as often as the
 *   {@link RetryBudget} allows;
 * - `out-of-gpu-memory`: the same with half the memory ({@link reduceMemory}), until nothing can be
 *   halved.
 */
export class RunRecovery {
  readonly #retries = new RetryBudget();

  constructor(readonly post: (event: SessionEvent) => void) {}

  /**
   * Plans the next attempt and posts a notice of it.
   * @param attempt the one that failed
   * @param thrown what ended it
   * @param session of the run's attempts so far; null if none was made
   * @returns null if the run ends
   */
  async planRecovery(
    attempt: Attempt,
    thrown: unknown,
    session: TrainingSession | null,
  ): Promise<Attempt | null> {
    if (!isRecoverable(thrown)) return null;
    const isMemory = thrown.code === 'out-of-gpu-memory';
    const use = isMemory ? session && reduceMemory(attempt, session) : attempt;
    if (!use) return null;
    let checkpoint: TensorFile | null;
    let step: number;
    try {
      checkpoint = (await session?.lastCheckpoint()) ?? null;
      // A session that was restored has no checkpoint of its own before its first.
      step = checkpoint ? checkpointHeader(checkpoint).cursor.step : (attempt.restoredStep ?? 0);
    } catch (unread) {
      // Starting again at step 0 would overwrite the checkpoint that can't be read now.
      this.post({
        type: 'error',
        scope: 'run',
        error: StudioError.record(unread, 'storage-denied', 'Resume the run once it can be read.'),
      });
      return null;
    }
    // Halving ends by itself; other faults need a budget.
    if (!isMemory && !this.#retries.take(step, performance.now())) return null;
    const restoredStep = checkpoint ? step : attempt.restoredStep;
    this.post({
      type: 'notice',
      text:
        `${thrown.message} The run goes on by itself on a fresh device, ` +
        `${fromWhere(attempt, restoredStep)}.${lessMemoryWords(attempt, use)}`,
    });
    return {
      config: use.config,
      isNew: attempt.isNew,
      backboneBatch: use.backboneBatch,
      onFreshDevice: true,
      ...(restoredStep !== undefined && { restoredStep }),
      restore: checkpoint ? async (session) => session.restore(checkpoint) : attempt.restore,
    };
  }
}

function fromWhere({ restore }: Attempt, step: number | undefined): string {
  if (step !== undefined) return `from its checkpoint at step ${step}`;
  return restore ? 'from where it was resumed' : 'from its beginning';
}

/** Whether a run may go on by itself after a fault: it was the device's, and not the run's own. */
export const isRecoverable = (thrown: unknown): thrown is StudioError =>
  thrown instanceof StudioError && isDeviceFault(thrown);
