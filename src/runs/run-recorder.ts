import { StudioError } from '../core/studio-error';
import type { FileContent, FileStore } from '../formats/bytes/file-store';
import { PREVIOUS_CHECKPOINT_FILE } from '../training/checkpoint/checkpoint-writer';
import { nullIfDamaged } from '../formats/tensors/array-checksum';
import { readSavedRun } from '../training/checkpoint/saved-run';
import type { SessionEvent, StepMetrics, ValidationResult } from '../training/session/run-events';
import { rowsUpTo } from './curves/curve-file';
import { CurveLog } from './curves/curve-log';
import { ValidationLog } from './curves/validation-log';
import { FlushedFolder } from './keeping/flushed-folder';
import { RunHold } from './keeping/run-hold';
import { HEAD_FILE, type KeptRun } from './kept-run';
import type { RunLibrary } from './run-library';
import type { KeptRunState, RunManifest } from './run-manifest';
import { LOSS_STEPS, recentLoss } from './recent-loss';

/** Milliseconds between two writings of rows, at most, besides those at checkpoints. */
const WRITE_INTERVAL = 1000;
/** Steps that are held while the store can't be written: 8 MB. */
const MAX_WAITING = 2 ** 16;

/** How a run goes on being recorded. */
export interface RunRecorderOptions {
  /** The step that it goes on from; what was recorded after it is dropped. 0 for a new run. */
  readonly fromStep: number;
  /** Called once when the store can't be written, and again only after it could. */
  readonly onError: (error: StudioError) => void;
}

/**
 * Records a run in its folder while it is trained: steps and validations as they come, and what the
 * list shows of it. Nothing here is awaited by training; what is to be written is gathered and
 * written at most once in a second, and before each checkpoint.
 */
export class RunRecorder {
  /** The run's folder for its session. What a checkpoint is of is on disk before the checkpoint. */
  readonly folder: FileStore;
  #steps: StepMetrics[] = [];
  #validations: ValidationResult[] = [];
  /** Drops what was recorded after this step before anything is added. */
  #cutAfter = Infinity;
  #lastStep: number;
  #losses: number[];
  /** What of the manifest has changed since it was written. */
  #changes: Partial<RunManifest> = {};
  #writing: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #hasFailed = false;
  #hasBegun = false;
  #data: RunManifest['data'];
  /** What the list shows of the run at the step that it goes on from, if it went further before. */
  #place: Partial<RunManifest> = {};

  private constructor(
    readonly library: RunLibrary,
    readonly run: KeptRun,
    readonly options: RunRecorderOptions,
    readonly curves: CurveLog,
    readonly validations: ValidationLog,
    losses: readonly number[],
    /** Ends the hold on the run, and takes back that it is being trained. */
    readonly hold: RunHold,
  ) {
    this.#lastStep = options.fromStep;
    this.#data = run.manifest.data;
    this.#losses = [...losses];
    this.folder = new FlushedFolder(run.folder, () => this.flush(true));
  }

  /**
   * Begins to record a run, or to go on. From now on its manifest says that it runs, so that no
   * other program removes it while it is being prepared.
   * @throws StudioError from the store
   */
  static async open(
    library: RunLibrary,
    run: KeptRun,
    options: RunRecorderOptions,
  ): Promise<RunRecorder> {
    const { fromStep } = options;
    const hold = await RunHold.take(library, run.id);
    try {
      const curves = await CurveLog.open(run.folder, Infinity, run.onProblem);
      const validations = await ValidationLog.open(run.folder, Infinity, run.onProblem);
      const kept = await run.curves();
      const rows = rowsUpTo(kept, fromStep);
      const losses = [...kept.loss.slice(0, rows).slice(-LOSS_STEPS)];
      const recorder = new RunRecorder(library, run, options, curves, validations, losses, hold);
      const next = kept.epoch[rows];
      if (next !== undefined) recorder.#place = await placeBefore(next, run, fromStep, losses);
      return recorder;
    } catch (thrown) {
      await hold.putBack().finally(() => hold.release());
      throw thrown;
    }
  }

  /**
   * Takes an event of the run's session. Until the run is under way, nothing of what was recorded
   * before is changed: it may yet be refused.
   */
  take(event: SessionEvent): void {
    switch (event.type) {
      case 'steps':
        this.#begin();
        this.#takeSteps(event.metrics);
        break;
      case 'validation':
        this.#takeValidation(event.result);
        break;
      case 'source': {
        const { trainingImages, validationImages } = event;
        this.#changeData({ trainingImages, validationImages });
        break;
      }
      case 'checkpoint-saved':
        this.#change({ checkpointStep: event.step, step: event.step, epoch: event.epoch });
        void this.flush(false);
        break;
      case 'run-state':
        if (event.state === 'running') this.#begin();
        if (event.state === 'finished') this.#change({ hasEnded: true });
        if (event.config) this.#change({ config: event.config });
        break;
      default:
    }
  }

  /**
   * Keeps the head as it is now, in place of the one before.
   * @throws StudioError from the store; errors of the content itself
   */
  async keepHead(content: FileContent): Promise<void> {
    await this.run.folder.write(HEAD_FILE, content);
  }

  /** Settles when all that was taken so far is written, or could not be, which is told. */
  flush(isDurable: boolean): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#writing = this.#writing.then(() => this.#write(isDurable));
    return this.#writing;
  }

  /**
   * Ends the recording.
   * @param failure why the run failed; null otherwise
   */
  async end(state: Exclude<KeptRunState, 'running'>, failure: string | null): Promise<void> {
    if (this.#hasBegun || this.options.fromStep === 0) {
      this.#change({ state, failure });
      await this.#try(() => this.#noteFingerprint());
      await this.flush(true);
    } else {
      await this.#try(() => this.hold.putBack());
    }
    if (state === 'finished') await this.#try(() => this.#dropSpare());
    this.hold.release();
    await this.#try(() => this.library.measure(this.run.id));
  }

  /** Removes the checkpoint before the last, unless it is the only one that is whole. */
  async #dropSpare(): Promise<void> {
    const { folder } = this.run;
    if (!(await folder.open(PREVIOUS_CHECKPOINT_FILE))) return;
    const saved = await readSavedRun(folder, true).catch(nullIfDamaged);
    if (saved?.warning === null) await folder.remove(PREVIOUS_CHECKPOINT_FILE);
  }

  /** The checkpoint says which pictures it is of. */
  async #noteFingerprint(): Promise<void> {
    const saved = await readSavedRun(this.run.folder).catch(nullIfDamaged);
    const fingerprint = saved?.header.dataFingerprint;
    if (fingerprint) this.#changeData({ fingerprint });
  }

  #begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#cutAfter = Math.min(this.#cutAfter, this.options.fromStep);
    // What is cut off is no longer shown, even if the run ends before its first step.
    const place = { ...this.#place, step: this.options.fromStep };
    this.#change({ ...place, state: 'running', failure: null, hasEnded: false, files: undefined });
  }

  #takeSteps(metrics: readonly StepMetrics[]): void {
    const [first] = metrics;
    if (!first) return;
    if (first.step <= this.#lastStep) this.#backTo(first.step - 1);
    this.#steps.push(...metrics);
    this.#lastStep = metrics.at(-1)!.step;
    this.#losses = [...this.#losses, ...metrics.map(({ loss }) => loss)].slice(-LOSS_STEPS);
    // Without room on the disk a run of days would fill the memory.
    if (this.#steps.length > MAX_WAITING) this.#steps = this.#steps.slice(-MAX_WAITING / 2);
    const loss = recentLoss(this.#losses);
    const { step, epoch } = metrics.at(-1)!;
    this.#change({ step, epoch: epoch - 1, loss: Number.isFinite(loss) ? loss : null });
    this.#writeSoon();
  }

  #takeValidation(result: ValidationResult): void {
    this.#validations.push(result);
    this.#change({ spearman: result.spearman });
    this.#writeSoon();
  }

  /** The run goes on from an earlier checkpoint, after a fault of the device. */
  #backTo(step: number): void {
    this.#cutAfter = Math.min(this.#cutAfter, step);
    this.#steps = this.#steps.filter((each) => each.step <= step);
    this.#validations = this.#validations.filter((each) => each.step <= step);
  }

  #change(changes: Partial<RunManifest>): void {
    this.#changes = { ...this.#changes, ...changes };
  }

  #changeData(changes: Partial<RunManifest['data']>): void {
    this.#data = { ...this.#data, ...changes };
    this.#change({ data: this.#data });
  }

  #writeSoon(): void {
    this.#timer ??= setTimeout(() => void this.flush(false), WRITE_INTERVAL);
  }

  async #write(isDurable: boolean): Promise<void> {
    if (!this.#hasBegun && this.options.fromStep > 0) return;
    await this.#try(async () => {
      await this.#cut();
      await this.#append(isDurable);
      const changes = this.#changes;
      if (Object.keys(changes).length === 0) return;
      this.#changes = {};
      try {
        const changedAt = this.library.now();
        await this.library.update(this.run.id, (manifest) => ({
          ...manifest,
          ...changes,
          changedAt,
        }));
      } catch (thrown) {
        this.#changes = { ...changes, ...this.#changes };
        throw thrown;
      }
    });
  }

  async #cut(): Promise<void> {
    // Once more if the run went back meanwhile.
    while (this.#cutAfter < Infinity) {
      const step = this.#cutAfter;
      await this.curves.cutAfter(step);
      await this.validations.cutAfter(step);
      if (this.#cutAfter === step) this.#cutAfter = Infinity;
    }
  }

  async #append(isDurable: boolean): Promise<void> {
    // A copy: steps that come while these are written are not written yet.
    const steps = [...this.#steps];
    if (steps.length > 0) {
      await this.curves.append(steps, isDurable);
      const written = new Set(steps);
      this.#steps = this.#steps.filter((step) => !written.has(step));
    }
    for (const result of [...this.#validations]) {
      // A run that is resumed at its end is validated once more, at the same step.
      await this.validations.cutAfter(result.step - 1);
      await this.validations.append(result, isDurable);
      this.#validations = this.#validations.filter((each) => each !== result);
    }
    if (!isDurable) return;
    // What was written without waiting for the disk, too.
    await this.curves.file.flush();
    await this.validations.file.flush();
  }

  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#hasFailed = false;
    } catch (thrown) {
      if (this.#hasFailed) return;
      this.#hasFailed = true;
      const { code, message, nextStep } = StudioError.record(
        thrown,
        'storage-denied',
        'Look at where the run is saved.',
      );
      const error = new StudioError(code, message, `Training goes on. ${nextStep}`);
      this.options.onError(error);
    }
  }
}

/**
 * What the list shows of a run before the steps that it takes again.
 * @param nextEpoch of the first of them, from 1
 * @param losses of the last steps before them
 */
async function placeBefore(
  nextEpoch: number,
  run: KeptRun,
  fromStep: number,
  losses: readonly number[],
): Promise<Partial<RunManifest>> {
  const loss = recentLoss(losses);
  const validations = (await run.validations()).filter(({ step }) => step <= fromStep);
  return {
    epoch: nextEpoch - 1,
    loss: Number.isFinite(loss) ? loss : null,
    spearman: validations.at(-1)?.spearman ?? null,
  };
}
