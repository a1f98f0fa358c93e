import type { FileStore } from '../../formats/bytes/file-store';
import { StudioError } from '../../core/studio-error';
import {
  PREVIOUS_CHECKPOINT_FILE,
  CHECKPOINT_FILE,
} from '../../training/checkpoint/checkpoint-writer';
import { discardRun, readSavedRun, type SavedRun } from '../../training/checkpoint/saved-run';
import { hasEnded } from '../../training/config/schedule';
import type { ResumableRun, WorkerEvent } from '../protocol';
import { setAside } from '../storage/set-aside';

/** The saved run that the page offers to resume. */
export class SavedRunOffer {
  /** The last notice of a damaged checkpoint, so that it isn't repeated. */
  #noticed: string | null = null;

  constructor(
    readonly store: FileStore,
    readonly post: (event: WorkerEvent) => void,
  ) {}

  /**
   * Describes the saved run; null if there is none. If it can't be read, posts an error, and if it
   * is damaged, sets it aside.
   */
  async find(): Promise<ResumableRun | null> {
    try {
      const saved = await readSavedRun(this.store);
      if (!saved) return null;
      this.#noticeDamage(saved);
      const { config, cursor, schedule, savedAt } = saved.header;
      return {
        config,
        step: cursor.step,
        epoch: cursor.epoch,
        isFinished: hasEnded(config, cursor.epoch, schedule),
        savedAt,
        needsFiles: config.shards.startsWith('files:'),
      };
    } catch (thrown) {
      await this.#reportUnreadable(thrown);
      return null;
    }
  }

  /**
   * Reads the saved run.
   * @throws StudioError `bad-checkpoint` if there is none, or no checkpoint of it is whole
   */
  async read(): Promise<SavedRun> {
    const saved = await readSavedRun(this.store);
    if (!saved)
      throw new StudioError('bad-checkpoint', 'There is no saved run.', 'Start a new one.');
    return saved;
  }

  /** Reads the saved run to resume it, with a notice if its last checkpoint is damaged. */
  async readToResume(): Promise<SavedRun> {
    const saved = await this.read();
    this.#noticeDamage(saved);
    return saved;
  }

  async discard(): Promise<void> {
    await discardRun(this.store);
    this.post({ type: 'resumable', run: null });
  }

  /**
   * Says why the checkpoint before the last is used: once when it is offered, and not again when it
   * is resumed.
   */
  #noticeDamage({ warning }: SavedRun): void {
    if (warning === null) return;
    const text = `${warning} A run goes on from that one.`;
    if (this.#noticed === text) return;
    this.#noticed = text;
    this.post({ type: 'notice', text });
  }

  async #reportUnreadable(thrown: unknown): Promise<void> {
    let error = StudioError.record(thrown, 'bad-checkpoint', 'Start a new run.');
    if (error.code === 'bad-checkpoint')
      error = {
        ...error,
        message:
          `The saved run is damaged and ${await this.#setAside()} ` +
          `(${withoutFullStop(error.message)}).`,
        // Resuming from the checkpoint before has failed as well.
        nextStep: 'Start a new run, or go on with a file of this one under Models.',
      };
    this.post({ type: 'error', scope: 'run', error });
  }

  /**
   * Sets both checkpoints aside, so that the damage is reported once.
   * @returns what became of them, to follow on "The saved run is damaged and"
   */
  async #setAside(): Promise<string> {
    try {
      let outcome = 'is gone';
      for (const name of [PREVIOUS_CHECKPOINT_FILE, CHECKPOINT_FILE]) {
        const bytes = await this.store.read(name);
        if (bytes) outcome = `was ${await setAside(this.store, name, bytes)}`;
      }
      return outcome;
    } catch (thrown) {
      if (!(thrown instanceof StudioError)) throw thrown;
      return `stays where it is: ${withoutFullStop(thrown.message)}`;
    }
  }
}

const withoutFullStop = (sentence: string): string => sentence.replace(/\.$/, '');
