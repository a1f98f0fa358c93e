import { messageOf, StudioError } from '../../core/studio-error';
import { encodeCheckpoint, type CheckpointHeader } from './checkpoint';
import { isFailedReadback } from '../session/failed-readback';
import type { HeadTrainer } from '../step/head-trainer';
import type { SessionEvent } from '../session/run-events';
import type { RunStore } from './run-store';

/** The run's file in a {@link RunStore}. */
export const CHECKPOINT_FILE = 'run.safetensors';
/** The checkpoint before it, which is gone on from where the last is damaged. */
export const CHECKPOINT_BEFORE = 'run.before.safetensors';

/**
 * Milliseconds after which a checkpoint is written between the steps that the run's settings name:
 * what a crash may cost.
 */
const SAVE_INTERVAL = 10_000;

/**
 * Keeps one run in its store, where that takes it: its checkpoints, and the files that they can't
 * be gone on from without.
 */
export class CheckpointWriter {
  /** Settles when no checkpoint is being written. */
  #saving: Promise<unknown> = Promise.resolve();
  #lastSave = performance.now();
  /** Whether the store has a checkpoint of this run. */
  #isSaved = false;
  /** The checkpoint that the store refused last; null once it has taken another. */
  #refused: Uint8Array | null = null;

  /**
   * @param hasFault says whether the device has failed: after that what was read back is not to be
   * believed
   */
  constructor(
    readonly store: RunStore,
    readonly post: (event: SessionEvent) => void,
    readonly hasFault: () => boolean,
  ) {}

  /** Whether so much time has passed since the last checkpoint that a crash would cost too much. */
  get isDue(): boolean {
    return performance.now() - this.#lastSave >= SAVE_INTERVAL;
  }

  /**
   * Reads head and optimiser, and has them written while training goes on: only the writing before
   * is waited for.
   */
  async save(trainer: HeadTrainer, header: CheckpointHeader): Promise<void> {
    await this.#saving;
    const encoded = encodeCheckpoint(trainer, header);
    this.#lastSave = performance.now();
    this.#saving = encoded.then(
      async (bytes) => {
        if (this.hasFault()) return;
        const isKept = await this.#keepBy(() =>
          this.store.replace(CHECKPOINT_FILE, bytes, CHECKPOINT_BEFORE),
        );
        this.#isSaved ||= isKept;
        this.#refused = isKept ? null : bytes;
        if (isKept)
          this.post({
            type: 'checkpoint-saved',
            step: header.cursor.step,
            epoch: header.cursor.epoch,
            savedAt: header.savedAt,
          });
      },
      (thrown: unknown) => {
        // The device is gone: what the next step reads says so.
        if (this.hasFault() || isFailedReadback(thrown)) return;
        this.#notify(unmade(header.cursor.step, thrown));
      },
    );
  }

  /** Settles when the checkpoint that was saved last has been written, or refused. */
  async written(): Promise<void> {
    await this.#saving;
  }

  /**
   * The checkpoint that this run left last: from its store or, where that refused it, from memory.
   * null before the first. @throws StudioError from the store
   */
  async lastCheckpoint(): Promise<Uint8Array | null> {
    await this.#saving;
    return this.#refused ?? (this.#isSaved ? this.store.read(CHECKPOINT_FILE) : null);
  }

  /**
   * Writes a file; a store that is full or denied is said aloud, and the run goes on with what was
   * saved before. @returns whether it was written
   */
  keep(name: string, bytes: Uint8Array): Promise<boolean> {
    return this.#keepBy(() => this.store.write(name, bytes));
  }

  async #keepBy(write: () => Promise<void>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (thrown) {
      this.#notify(thrown);
      return false;
    }
  }

  #notify(thrown: unknown): void {
    const { code, message, nextStep } = StudioError.record(
      thrown,
      'storage-denied',
      'Look at where the run is saved.',
    );
    const error = { code, message, nextStep: `Training goes on. ${nextStep}` };
    this.post({ type: 'error', scope: 'run', error });
  }
}

/** A checkpoint that could not be put together: there is no memory for its arrays, for one. */
function unmade(step: number, cause: unknown): StudioError {
  const reason = messageOf(cause);
  return new StudioError(
    'storage-denied',
    `The checkpoint at step ${step} could not be made (${reason}).`,
    'The one before stays; close what else takes memory, so that the next can be made.',
    { cause },
  );
}
