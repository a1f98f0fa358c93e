import { StudioError } from '../../core/studio-error';
import {
  PREVIOUS_CHECKPOINT_FILE,
  CHECKPOINT_FILE,
} from '../../training/checkpoint/checkpoint-writer';
import { readSavedRun, type SavedRun } from '../../training/checkpoint/saved-run';
import { hasEnded } from '../../training/config/schedule';
import type { ResumableRun, WorkerEvent } from '../protocol';
import type { KeptRun } from '../../runs/kept-run';
import type { RunLibrary } from '../../runs/run-library';
import { setAside } from '../../formats/bytes/set-aside';

/** The run that was saved last, which the page offers to resume. */
export class SavedRunOffer {
  /** The last notice of a damaged checkpoint, so that it isn't repeated. */
  #noticed: string | null = null;

  constructor(
    readonly library: RunLibrary,
    readonly post: (event: WorkerEvent) => void,
  ) {}

  /**
   * Describes the run that was saved last; null if there is none. If it can't be read, posts an
   * error, and if its checkpoints are damaged, sets them aside.
   */
  async find(): Promise<ResumableRun | null> {
    let run: KeptRun | null = null;
    try {
      run = await this.#last();
      const saved = run && (await readSavedRun(run.folder));
      if (!run || !saved) return null;
      this.#noticeDamage(saved);
      const { config, cursor, schedule, savedAt } = saved.header;
      return {
        runId: run.id,
        name: run.manifest.name,
        config,
        step: cursor.step,
        epoch: cursor.epoch,
        isFinished: hasEnded(config, cursor.epoch, schedule),
        savedAt,
      };
    } catch (thrown) {
      await this.#reportUnreadable(thrown, run);
      return null;
    }
  }

  /**
   * Reads a run to resume it, with a notice if its last checkpoint is damaged.
   * @throws StudioError `bad-checkpoint` if there is no such run, or no checkpoint of it is whole
   */
  async readToResume(runId: string): Promise<SavedRun> {
    const { folder } = await this.library.open(runId);
    // All of it is read: what is large may be damaged where an offer doesn't look.
    const saved = await readSavedRun(folder, true);
    if (!saved)
      throw new StudioError('bad-checkpoint', 'There is no saved run.', 'Start a new one.');
    this.#noticeDamage(saved);
    return saved;
  }

  async #last(): Promise<KeptRun | null> {
    const { runs } = await this.library.list();
    const saved = runs.filter(({ checkpointStep }) => checkpointStep !== null);
    const [last] = saved.sort((a, b) => b.changedAt - a.changedAt);
    return last ? this.library.open(last.id) : null;
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

  async #reportUnreadable(thrown: unknown, run: KeptRun | null): Promise<void> {
    let error = StudioError.record(thrown, 'bad-checkpoint', 'Start a new run.');
    if (error.code === 'bad-checkpoint')
      error = {
        ...error,
        message:
          `The saved run is damaged and ${await this.#setAside(run)} ` +
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
  async #setAside(run: KeptRun | null): Promise<string> {
    if (!run) return 'is gone';
    try {
      for (const name of [PREVIOUS_CHECKPOINT_FILE, CHECKPOINT_FILE])
        await setAside(run.folder, name);
      await this.library.update(run.id, (manifest) => ({ ...manifest, checkpointStep: null }));
      return 'was set aside';
    } catch (thrown) {
      if (!(thrown instanceof StudioError)) throw thrown;
      return `stays where it is: ${withoutFullStop(thrown.message)}`;
    }
  }
}

const withoutFullStop = (sentence: string): string => sentence.replace(/\.$/, '');
