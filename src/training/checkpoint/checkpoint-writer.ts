import type { FileStore } from '../../formats/bytes/file-store';
import { messageOf, StudioError } from '../../core/studio-error';
import { Throttle } from '../../core/throttle';
import { encodeCheckpoint, type CheckpointHeader } from './checkpoint';
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

/** Writes the files of one run to its store: the checkpoints, and the files that they depend on. */
export class CheckpointWriter {
  /** Settles when the checkpoint in progress is written. */
  #saving: Promise<unknown> = Promise.resolve();
  readonly #throttle = new Throttle(SAVE_INTERVAL);
  /** Whether the store has a checkpoint of this run. */
  #isSaved = false;
  /** The last checkpoint, if the store could not write it. */
  #unwritten: Uint8Array | null = null;

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
    const encoded = encodeCheckpoint(trainer, header);
    this.#throttle.restart();
    this.#saving = encoded.then(
      async (bytes) => {
        if (this.hasFault()) return;
        const isWritten = await this.#tryWrite(() =>
          this.store.replace(CHECKPOINT_FILE, bytes, PREVIOUS_CHECKPOINT_FILE),
        );
        this.#isSaved ||= isWritten;
        this.#unwritten = isWritten ? null : bytes;
        if (isWritten)
          this.post({
            type: 'checkpoint-saved',
            step: header.cursor.step,
            epoch: header.cursor.epoch,
            savedAt: header.savedAt,
          });
      },
      (thrown: unknown) => {
        // The device is lost: the next step will report that.
        if (this.hasFault() || isFailedReadback(thrown)) return;
        this.#reportError(encodingError(header.cursor.step, thrown));
      },
    );
  }

  /** Settles when the last checkpoint has been written, or could not be. */
  async written(): Promise<void> {
    await this.#saving;
  }

  /**
   * The last checkpoint of this run: from the store, or from memory if the store could not write
   * it. null before the first one.
   * @throws StudioError from the store
   */
  async lastCheckpoint(): Promise<Uint8Array | null> {
    await this.#saving;
    if (this.#unwritten) return this.#unwritten;
    return this.#isSaved ? this.store.read(CHECKPOINT_FILE) : null;
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

  #reportError(thrown: unknown): void {
    const { code, message, nextStep } = StudioError.record(
      thrown,
      'storage-denied',
      'Look at where the run is saved.',
    );
    const error = { code, message, nextStep: `Training goes on. ${nextStep}` };
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
