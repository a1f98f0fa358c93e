import type { FileStore } from '../../formats/bytes/file-store';
import { StudioError } from '../../core/studio-error';
import { readCheckpointHeader, type CheckpointHeader } from './checkpoint';
import { PREVIOUS_CHECKPOINT_FILE, CHECKPOINT_FILE } from './checkpoint-writer';

/** An undamaged checkpoint from a store. */
export interface SavedRun {
  readonly bytes: Uint8Array;
  readonly header: CheckpointHeader;
  /** A sentence that says why this is the last but one checkpoint; null if it is the last. */
  readonly warning: string | null;
}

/**
 * Reads the last checkpoint in a store. If that is damaged, or was lost while it was written, reads
 * the one before. null if there is neither.
 * @throws StudioError `bad-checkpoint` if all that exist are damaged; from the store if one can't
 * be read
 */
export async function readSavedRun(store: FileStore): Promise<SavedRun | null> {
  const last = await store.read(CHECKPOINT_FILE);
  const found = last && headerOrError(last, CHECKPOINT_FILE);
  if (last && found && !(found instanceof StudioError)) {
    return { bytes: last, header: found, warning: null };
  }
  const before = await store.read(PREVIOUS_CHECKPOINT_FILE);
  if (!before) {
    if (found instanceof StudioError) throw damagedError([found]);
    return null;
  }
  const header = headerOrError(before, PREVIOUS_CHECKPOINT_FILE);
  if (header instanceof StudioError) throw damagedError([found, header]);
  const lost = `${CHECKPOINT_FILE} is not there: its writing was cut off.`;
  const reason = found instanceof StudioError ? found.message : lost;
  const whole = `The checkpoint before it, at step ${header.cursor.step}, is whole.`;
  return { bytes: before, header, warning: `${reason} ${whole}` };
}

/**
 * Removes a damaged last checkpoint after its run has resumed from the one before. Otherwise the
 * damaged file would replace the good one at the next save.
 */
export async function dropDamaged(store: FileStore, { warning }: SavedRun): Promise<void> {
  if (warning !== null) await store.remove(CHECKPOINT_FILE);
}

/** Removes a run's checkpoints. */
export async function discardRun(store: FileStore): Promise<void> {
  await store.remove(CHECKPOINT_FILE);
  await store.remove(PREVIOUS_CHECKPOINT_FILE);
}

/** A checkpoint's header, or the error that says why it can't be used. */
function headerOrError(bytes: Uint8Array, name: string): CheckpointHeader | StudioError {
  try {
    return readCheckpointHeader(bytes, name);
  } catch (thrown) {
    if (thrown instanceof StudioError && thrown.code === 'bad-checkpoint') return thrown;
    throw thrown;
  }
}

/** The error if all checkpoints are damaged, with what is wrong with each. */
function damagedError(found: readonly (CheckpointHeader | StudioError | null)[]): StudioError {
  const errors = found.filter((each) => each instanceof StudioError);
  const nextStep = 'Put a copy of it back there, or start a new run.';
  const sentences = errors.map(({ message }) => message).join(' ');
  return new StudioError('bad-checkpoint', sentences, nextStep, { cause: errors[0] });
}
