import type { FileStore } from '../../formats/bytes/file-store';
import { BlobByteSource, type ByteSource } from '../../formats/bytes/byte-source';
import { blobOf, joinedChunks } from '../../formats/bytes/joined-bytes';
import { openTensorFile } from '../../formats/tensors/open-tensor-file';
import type { TensorFile } from '../../formats/tensors/tensor-file';
import { messageOf, StudioError } from '../../core/studio-error';
import { Throttle } from '../../core/throttle';
import { encodeCheckpoint, type CheckpointHeader } from './checkpoint';
import type { VariableFile } from './checkpoint-stream';
import { isFailedReadback } from '../session/failed-readback';
import type { HeadTrainer } from '../step/head-trainer';
import type { SessionEvent } from '../session/run-events';

/** Name of the run's last checkpoint in a {@link FileStore}. */
export const CHECKPOINT_FILE = 'run.safetensors';
/** Name of the checkpoint before it, from which a run resumes if the last one is damaged. */
export const PREVIOUS_CHECKPOINT_FILE = 'run.before.safetensors';

/**
 * Milliseconds between two checkpoints, besides those after every `checkpointEvery` steps: bounds
 * the work that a crash costs.
 */
const SAVE_INTERVAL = 10_000;

/**
 * The largest checkpoint that is held in memory when the store can't write it, so that the run can
 * go on by itself after a fault of the device.
 */
const MAX_HELD_BYTES = 2 ** 26;
const TOO_LARGE =
  'It is too large for memory: after a fault of the device the run goes on from the one before. ';

/** A checkpoint's contents could not be made; the cause says why. */
class UnmadeError extends Error {
  constructor(cause: unknown) {
    super('The checkpoint could not be made', { cause });
  }
}

/** Writes the files of one run to its store: the checkpoints, and the files that they depend on. */
export class CheckpointWriter {
  /** Settles when the checkpoint in progress is written. */
  #saving: Promise<unknown> = Promise.resolve();
  readonly #throttle = new Throttle(SAVE_INTERVAL);
  /** Whether the store has a checkpoint of this run. */
  #isSaved = false;
  /** The last checkpoint, if the store could not write it and it is small. */
  #unwritten: ByteSource | null = null;

  /** @param hasFault whether the device has failed: values read from it are wrong from then on */
  constructor(
    readonly store: FileStore,
    readonly post: (event: SessionEvent) => void,
    readonly hasFault: () => boolean,
  ) {
    this.#throttle.restart();
  }

  /** Whether the last checkpoint is old enough that another one should be written. */
  get isDue(): boolean {
    return this.#throttle.isDue;
  }

  /**
   * Begins to save head and optimiser. Resolves before they are written, so that training continues
   * meanwhile; waits only until the previous checkpoint is written.
   */
  async save(trainer: HeadTrainer, header: CheckpointHeader): Promise<void> {
    await this.#saving;
    this.#throttle.restart();
    let file: VariableFile;
    try {
      file = encodeCheckpoint(trainer, header);
    } catch (thrown) {
      this.#reportUnmade(header, thrown);
      return;
    }
    this.#saving = this.#write(file, header).finally(() => file.dispose());
  }

  /** Settles when the last checkpoint has been written, or could not be. */
  async written(): Promise<void> {
    await this.#saving;
  }

  /**
   * The last checkpoint of this run: from the store, or from memory if the store could not write
   * it. null before the first one, and for one that is too large for memory.
   * @throws StudioError from the store
   */
  async lastCheckpoint(): Promise<TensorFile | null> {
    await this.#saving;
    if (this.#unwritten) return openTensorFile(this.#unwritten);
    const source = this.#isSaved ? await this.store.open(CHECKPOINT_FILE) : null;
    return source && openTensorFile(source);
  }

  /** Writes a checkpoint as it is read from the device. Never rejects. */
  async #write(file: VariableFile, header: CheckpointHeader): Promise<void> {
    const isSmall = file.bytes <= MAX_HELD_BYTES;
    const chunks = this.#checked(file.chunks);
    let held: Uint8Array | null = null;
    try {
      if (isSmall) held = await joinedChunks(chunks);
      await this.store.replace(CHECKPOINT_FILE, held ?? chunks, PREVIOUS_CHECKPOINT_FILE);
    } catch (thrown) {
      const cause = thrown instanceof UnmadeError ? thrown.cause : null;
      if (thrown instanceof UnmadeError) {
        this.#reportUnmade(header, cause);
        return;
      }
      this.#unwritten = held && new BlobByteSource(CHECKPOINT_FILE, blobOf(held));
      this.#reportError(thrown, held ? '' : TOO_LARGE);
      return;
    }
    this.#isSaved = true;
    this.#unwritten = null;
    const { cursor, savedAt } = header;
    this.post({ type: 'checkpoint-saved', step: cursor.step, epoch: cursor.epoch, savedAt });
  }

  /**
   * The chunks of a checkpoint. What is read from a device that has failed by the end is wrong, and
   * must not take the place of the checkpoint before.
   * @throws UnmadeError
   */
  async *#checked(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks;
    } catch (cause) {
      throw new UnmadeError(cause);
    }
    if (this.hasFault()) throw new UnmadeError(null);
  }

  /**
   * Writes a file. If the store is full or denied, that is posted and the run continues with the
   * file as it was before.
   * @returns whether it was written
   */
  write(store: FileStore, name: string, bytes: Uint8Array): Promise<boolean> {
    return this.#tryWrite(() => store.write(name, bytes));
  }

  async #tryWrite(write: () => Promise<void>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (thrown) {
      this.#reportError(thrown);
      return false;
    }
  }

  #reportUnmade({ cursor }: CheckpointHeader, cause: unknown): void {
    // The device is lost: the next step will report that.
    if (this.hasFault() || isFailedReadback(cause)) return;
    this.#reportError(encodingError(cursor.step, cause));
  }

  /** @param remark a sentence on what that means for the run, if anything */
  #reportError(thrown: unknown, remark = ''): void {
    const { code, message, nextStep } = StudioError.record(
      thrown,
      'storage-denied',
      'Look at where the run is saved.',
    );
    const error = { code, message, nextStep: `Training goes on. ${remark}${nextStep}` };
    this.post({ type: 'error', scope: 'run', error });
  }
}

/** The error for a checkpoint that could not be encoded, for instance for lack of memory. */
function encodingError(step: number, cause: unknown): StudioError {
  const reason = messageOf(cause);
  return new StudioError(
    'storage-denied',
    `The checkpoint at step ${step} could not be made (${reason}).`,
    'The one before stays; close what else takes memory, so that the next can be made.',
    { cause },
  );
}
