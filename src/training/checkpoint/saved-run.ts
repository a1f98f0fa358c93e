import { StudioError } from '../../core/studio-error';
import { readCheckpointHeader, type CheckpointHeader } from './checkpoint';
import { CHECKPOINT_BEFORE, CHECKPOINT_FILE } from './checkpoint-writer';
import type { RunStore } from './run-store';

/** A run that lies in a store, found whole. */
export interface SavedRun {
  readonly bytes: Uint8Array;
  readonly header: CheckpointHeader;
  /** Why it is the checkpoint before the last, as a sentence; null where it is the last. */
  readonly trouble: string | null;
}

/**
 * The run that a store holds: its last checkpoint or, where that one is damaged or was lost while
 * it was being put in place, the one before. null where there is neither.
 * @throws StudioError `bad-checkpoint` where none that is there is whole; from the store for one
 * that can't be read
 */
export async function readSavedRun(store: RunStore): Promise<SavedRun | null> {
  const last = await store.read(CHECKPOINT_FILE);
  const found = last && opened(last, CHECKPOINT_FILE);
  if (last && found && !(found instanceof StudioError)) {
    return { bytes: last, header: found, trouble: null };
  }
  const before = await store.read(CHECKPOINT_BEFORE);
  if (!before) {
    if (found instanceof StudioError) throw noneWhole([found]);
    return null;
  }
  const header = opened(before, CHECKPOINT_BEFORE);
  if (header instanceof StudioError) throw noneWhole([found, header]);
  const lost = `${CHECKPOINT_FILE} is not there: its writing was cut off.`;
  const reason = found instanceof StudioError ? found.message : lost;
  const whole = `The checkpoint before it, at step ${header.cursor.step}, is whole.`;
  return { bytes: before, header, trouble: `${reason} ${whole}` };
}

/**
 * Removes a damaged last checkpoint, once its run goes on from the one before, so that it never
 * takes that one's place.
 */
export async function dropDamaged(store: RunStore, { trouble }: SavedRun): Promise<void> {
  if (trouble !== null) await store.remove(CHECKPOINT_FILE);
}

/** Removes a run's checkpoints. */
export async function discardRun(store: RunStore): Promise<void> {
  await store.remove(CHECKPOINT_FILE);
  await store.remove(CHECKPOINT_BEFORE);
}

/** What a checkpoint says of itself, or why it can't be used. */
function opened(bytes: Uint8Array, name: string): CheckpointHeader | StudioError {
  try {
    return readCheckpointHeader(bytes, name);
  } catch (thrown) {
    if (thrown instanceof StudioError && thrown.code === 'bad-checkpoint') return thrown;
    throw thrown;
  }
}

/**
 * All that lie there are damaged: what is wrong with each, and what a person can do about a run.
 */
function noneWhole(found: readonly (CheckpointHeader | StudioError | null)[]): StudioError {
  const faults = found.filter((each) => each instanceof StudioError);
  const nextStep = 'Put a copy of it back there, or start a new run.';
  const sentences = faults.map(({ message }) => message).join(' ');
  return new StudioError('bad-checkpoint', sentences, nextStep, { cause: faults[0] });
}
