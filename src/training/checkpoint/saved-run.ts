import type { ByteSource } from '../../formats/bytes/byte-source';
import type { FileStore } from '../../formats/bytes/file-store';
import { StudioError } from '../../core/studio-error';
import { verifyFileChecksums } from '../../formats/tensors/array-checksum';
import { openTensorFile } from '../../formats/tensors/open-tensor-file';
import type { TensorFile } from '../../formats/tensors/tensor-file';
import { checkpointHeader, type CheckpointHeader } from './checkpoint';
import { PREVIOUS_CHECKPOINT_FILE, CHECKPOINT_FILE } from './checkpoint-writer';

/** A checkpoint of a store, opened. */
export interface SavedRun {
  /** The whole file, to copy it. */
  readonly source: ByteSource;
  /** Its arrays, which are read on request. */
  readonly file: TensorFile;
  readonly header: CheckpointHeader;
  /** A sentence that says why this is the last but one checkpoint; null if it is the last. */
  readonly warning: string | null;
}

/** Files up to this size are read through whenever they are opened. */
const MAX_QUICK_BYTES = 2 ** 26;

/**
 * Opens the last checkpoint in a store: reads its header alone, and checks that the file isn't cut
 * short. If it is damaged, or was lost while it was written, opens the one before. null if there is
 * neither.
 * @param isThorough whether to check the arrays of a large file as well, which takes as long as
 * reading it
 * @throws StudioError `bad-checkpoint` if all that exist are damaged; from the store if one can't
 * be read
 */
export async function readSavedRun(
  store: Pick<FileStore, 'open'>,
  isThorough = false,
): Promise<SavedRun | null> {
  const found = await openedOrError(store, CHECKPOINT_FILE, isThorough);
  if (found && !(found instanceof StudioError)) return { ...found, warning: null };
  const before = await openedOrError(store, PREVIOUS_CHECKPOINT_FILE, isThorough);
  if (before instanceof StudioError) throw damagedError([found, before]);
  if (!before) {
    if (found) throw damagedError([found]);
    return null;
  }
  const reason = found?.message ?? `${CHECKPOINT_FILE} is not there: its writing was cut off.`;
  const whole = `The checkpoint before it, at step ${before.header.cursor.step}, is whole.`;
  return { ...before, warning: `${reason} ${whole}` };
}

/**
 * Removes a damaged last checkpoint after its run has resumed from the one before. Otherwise the
 * damaged file would replace the good one at the next save.
 */
export async function dropDamaged(store: FileStore, { warning }: SavedRun): Promise<void> {
  if (warning !== null) await store.remove(CHECKPOINT_FILE);
}

/** A checkpoint, or the error that says why it can't be used; null if there is none. */
async function openedOrError(
  store: Pick<FileStore, 'open'>,
  name: string,
  isThorough: boolean,
): Promise<Omit<SavedRun, 'warning'> | StudioError | null> {
  const source = await store.open(name);
  if (!source) return null;
  try {
    const file = await openTensorFile(source);
    const header = checkpointHeader(file);
    if (isThorough || file.size <= MAX_QUICK_BYTES) await verifyFileChecksums(file);
    return { source, file, header };
  } catch (thrown) {
    if (thrown instanceof StudioError && thrown.code === 'bad-checkpoint') return thrown;
    throw thrown;
  }
}

/** The error if all checkpoints are damaged, with what is wrong with each. */
function damagedError(found: readonly (StudioError | null)[]): StudioError {
  const errors = found.filter((each) => each !== null);
  const nextStep = 'Put a copy of it back there, or start a new run.';
  const sentences = errors.map(({ message }) => message).join(' ');
  return new StudioError('bad-checkpoint', sentences, nextStep, { cause: errors[0] });
}
