import { bytesAllocated } from '../../engine/backend';
import { DecodePool } from '../../faces/decode/decode-pool';
import type { FaceSource } from '../../faces/face-source';
import { BlobByteSource } from '../../formats/bytes/byte-source';
import { openTensorFile } from '../../formats/tensors/open-tensor-file';
import { StudioError } from '../../core/studio-error';
import type { ClassCentres } from '../../models/centres/class-centres';
import { readCheckpointHeader, runOf } from '../../training/checkpoint/checkpoint';
import { indexingProgress } from '../../faces/sources/open-context';
import type { RunConfig } from '../../training/config/run-config';
import type { SessionEvent } from '../../training/session/run-events';
import { BACKBONE_BATCH } from '../../models/backbones/backbone';
import type { RecordStore } from '../../training/data/features/record-store';
import { RetryBudget } from '../../core/retry-budget';
import type { RunStore } from '../../training/checkpoint/run-store';
import { CHECKPOINT_BEFORE, CHECKPOINT_FILE } from '../../training/checkpoint/checkpoint-writer';
import {
  discardRun,
  dropDamaged,
  readSavedRun,
  type SavedRun,
} from '../../training/checkpoint/saved-run';
import { TrainingSession } from '../../training/session/training-session';
import type { OpenSource } from './data-controller';
import { exportRun, runFile, type ExportedFile } from '../runtime/export-run';
import { setAside } from '../storage/set-aside';
import { reduceMemory, lessMemoryWords, type MemoryUse } from '../runtime/reduce-memory';
import type { ModelRuntime } from '../runtime/model-runtime';
import type { TabLock } from '../storage/tab-lock';
import type { ExportKind, ResumableRun, RunAccess, WorkerEvent } from '../protocol';

/** What runs are made with, and who hears of them. */
export interface RunControllerOptions {
  readonly post: (event: WorkerEvent) => void;
  readonly store: RunStore;
  readonly features: RecordStore;
  readonly tabLock: TabLock;
  readonly runtime: () => ModelRuntime;
  readonly openSource: OpenSource;
  /** Class centres of files, where a run asks for them. @throws StudioError `bad-config` */
  readonly centresFor: (config: RunConfig) => ClassCentres | undefined;
  /** Settles when nothing else holds the backbone. */
  readonly othersIdle: () => Promise<void>;
  /** A run has had another backbone put in use. */
  readonly onBackbone: () => Promise<void>;
  /** A run's head has taken the place of whichever was at hand. */
  readonly onSession: () => void;
  /** The head has been validated: it reads faces better than before. */
  readonly onBetterHead: () => void;
}

type Restore = (session: TrainingSession) => Promise<void>;

/** A run, and where it goes on; `restore` is null where it begins. */
interface Attempt extends MemoryUse {
  readonly restore: Restore | null;
  /** On a fresh device. */
  readonly afresh?: boolean;
}

/**
 * At most one run: begun, resumed, replaced by the next. Its head stays at hand when it has ended.
 */
export class RunController {
  #session: TrainingSession | null = null;
  /** Settles when the run has ended, whatever ended it. */
  #running: Promise<void> = Promise.resolve();
  #isOn = false;
  /** Counts the runs asked for. */
  #turn = 0;
  #decoder: DecodePool | null = null;
  /** Ends the opening of a run's source. */
  #opening = new AbortController();
  /** The run's own, whether or not it is still at hand; null until it has one. */
  #latest: TrainingSession | null = null;
  /** A person has ended the run, or begun another. */
  #isUnwanted = false;
  #retries = new RetryBudget();
  /** What was said last of a damaged checkpoint. */
  #toldTrouble: string | null = null;

  constructor(readonly options: RunControllerOptions) {}

  get session(): TrainingSession | null {
    return this.#session;
  }

  /** Whether a run is being prepared, is running or is paused. */
  get isOn(): boolean {
    return this.#isOn;
  }

  /**
   * The run that lies saved. One that can't be read is said aloud, and set aside where it is
   * damaged.
   */
  async resumable(): Promise<ResumableRun | null> {
    const { store, post } = this.options;
    try {
      const saved = await readSavedRun(store);
      if (!saved) return null;
      const { config, cursor, savedAt } = saved.header;
      if (saved.trouble !== null) this.#tellOnce(`${saved.trouble} A run goes on from that one.`);
      return {
        config,
        step: cursor.step,
        epoch: cursor.epoch,
        savedAt,
        needsFiles: config.shards.startsWith('files:'),
      };
    } catch (thrown) {
      const found = StudioError.record(thrown, 'bad-checkpoint', 'Start a new run.');
      const fate = found.code === 'bad-checkpoint' ? await this.#setDamagedAside() : null;
      const aside = fate !== null && {
        message: `The saved run is damaged and ${fate} (${found.message.replace(/\.$/, '')}).`,
        // The checkpoint before it has been looked at already.
        nextStep: 'Start a new run, or go on with a file of this one under Models.',
      };
      post({ type: 'error', scope: 'run', error: { ...found, ...aside } });
      return null;
    }
  }

  /**
   * Says why a checkpoint is offered that isn't the last: once, and not again when the run is
   * resumed from it.
   */
  #tellOnce(trouble: string): void {
    if (this.#toldTrouble === trouble) return;
    this.#toldTrouble = trouble;
    this.options.post({ type: 'notice', text: trouble });
  }

  /** Begins a run and carries it to its end. @throws StudioError for what ends it */
  start(config: RunConfig, access: RunAccess): Promise<void> {
    return this.#run(config, access, null);
  }

  /**
   * Goes on with the run that lies saved. @throws StudioError `bad-checkpoint` where there is none,
   * or other pictures are picked
   */
  async resumeSaved(access: RunAccess): Promise<void> {
    const { store } = this.options;
    const saved = await this.#savedRun();
    if (saved.trouble !== null) this.#tellOnce(`${saved.trouble} A run goes on from that one.`);
    return this.#run(saved.header.config, access, async (session) => {
      await session.restore(saved.bytes);
      await session.requireSameData();
      await dropDamaged(store, saved);
    });
  }

  /**
   * Goes on with a run from a file. @param config for a file that has no settings @throws
   * StudioError `bad-checkpoint`, for other pictures too; the run at hand is then as it was
   */
  async resumeFile(file: File, config: RunConfig, access: RunAccess): Promise<void> {
    const opened = await openTensorFile(new BlobByteSource(file.name, file));
    return this.#run(runOf(opened)?.config ?? config, access, async (session) => {
      await session.restore(opened);
      await session.requireSameData();
    });
  }

  async discardSaved(): Promise<void> {
    await discardRun(this.options.store);
    this.options.post({ type: 'resumable', run: null });
  }

  /**
   * Ends the run, or the opening of its source. @param reason what ended it, where that is a fault:
   * it may go on by itself then
   */
  stop(reason?: StudioError): void {
    if (!reason) this.#isUnwanted = true;
    this.#opening.abort(reason);
    this.#session?.control.stop(reason);
  }

  /**
   * A file of the run at hand, or of the saved one. @throws StudioError `bad-checkpoint` where
   * there is none
   */
  async export(what: ExportKind): Promise<ExportedFile> {
    if (what === 'saved') {
      const { header, bytes } = await this.#savedRun();
      return runFile(header.config, bytes);
    }
    if (!this.#session)
      throw new StudioError(
        'bad-checkpoint',
        'There is no run at hand to make a file of.',
        'Train one first, or resume a saved one.',
      );
    return exportRun(what, this.#session);
  }

  /** Lets go of the run's head. */
  forget(): void {
    this.#session?.dispose();
    this.#session = null;
  }

  /**
   * The run that lies saved. @throws StudioError `bad-checkpoint` where there is none that is whole
   */
  async #savedRun(): Promise<SavedRun> {
    const saved = await readSavedRun(this.options.store);
    if (saved) return saved;
    throw new StudioError('bad-checkpoint', 'There is no saved run.', 'Start a new one.');
  }

  /**
   * Moves what can't be gone on from out of the way, so that it is met once.
   * @returns what became of it, to follow on its name
   */
  async #setDamagedAside(): Promise<string> {
    const { store } = this.options;
    try {
      let fate = 'is gone';
      for (const name of [CHECKPOINT_BEFORE, CHECKPOINT_FILE]) {
        const bytes = await store.read(name);
        if (bytes) fate = `was ${await setAside(store, name, bytes)}`;
      }
      return fate;
    } catch (thrown) {
      if (!(thrown instanceof StudioError)) throw thrown;
      return `stays where it is: ${thrown.message.replace(/\.$/, '')}`;
    }
  }

  /**
   * Ends the run before, and begins or takes up another. Whatever ends this one, what it saved is
   * offered again.
   */
  async #run(config: RunConfig, access: RunAccess, restore: Restore | null): Promise<void> {
    const turn = ++this.#turn;
    this.stop();
    await this.#running;
    // Asked for once more in the meantime: the later asking is carried out.
    if (turn !== this.#turn) return;
    this.#isUnwanted = false;
    this.#latest = null;
    this.#retries = new RetryBudget();
    const run = this.#runWithRecovery({ config, restore, backboneBatch: BACKBONE_BATCH }, access);
    this.#running = run.catch(() => undefined);
    await run;
  }

  /** Carries a run to its end, over faults of the device. @throws StudioError for what ends it */
  async #runWithRecovery(attempt: Attempt, access: RunAccess): Promise<void> {
    await this.options.othersIdle();
    for (;;) {
      try {
        return await this.#attempt(attempt, access);
      } catch (thrown) {
        const next = this.#isUnwanted ? null : await this.#planRecovery(attempt, thrown);
        if (next && !this.#isUnwanted) {
          attempt = next;
          continue;
        }
        this.#publish({
          type: 'run-state',
          state: this.#isUnwanted ? 'stopped' : 'failed',
          config: attempt.config,
        });
        this.options.post({ type: 'resumable', run: await this.resumable() });
        throw thrown;
      }
    }
  }

  async #attempt(attempt: Attempt, access: RunAccess): Promise<void> {
    const { config, afresh } = attempt;
    const { signal } = (this.#opening = new AbortController());
    const opened = await this.#open(config, access, signal, afresh);
    if (!opened) {
      // The run before is at hand no more on the page, which is told again of what lies saved.
      this.options.post({ type: 'resumable', run: await this.resumable() });
      return;
    }
    const session = await this.#sessionOf(attempt, opened);
    this.#session?.dispose();
    this.#session = this.#latest = session;
    // Ended while it was being restored.
    if (signal.aborted) session.control.stop(signal.reason);
    this.options.onSession();
    this.options.post({ type: 'resumable', run: null });
    // A run that came to its end needs no offer.
    if ((await session.run()) === 'stopped')
      this.options.post({ type: 'resumable', run: await this.resumable() });
  }

  /** How a run goes on by itself after a fault of the device, said aloud; null where it doesn't. */
  async #planRecovery(attempt: Attempt, thrown: unknown): Promise<Attempt | null> {
    if (!(thrown instanceof StudioError)) return null;
    const session = this.#latest;
    const isMemory = thrown.code === 'out-of-gpu-memory';
    if (!isMemory && thrown.code !== 'device-lost' && thrown.code !== 'gpu-error') return null;
    const use: MemoryUse | null = isMemory ? session && reduceMemory(attempt, session) : attempt;
    if (!use) return null;
    let saved: Uint8Array | null;
    let step: number;
    try {
      saved = (await session?.lastCheckpoint()) ?? null;
      step = saved ? readCheckpointHeader(saved).cursor.step : 0;
    } catch (unread) {
      // From its beginning it would write over what can't be read now.
      this.options.post({
        type: 'error',
        scope: 'run',
        error: StudioError.record(unread, 'storage-denied', 'Resume the run once it can be read.'),
      });
      return null;
    }
    // Slices get smaller each time, so that they come to an end by themselves.
    if (!isMemory && !this.#retries.take(step, performance.now())) return null;
    this.options.post({
      type: 'notice',
      text: `${thrown.message} The run goes on by itself on a fresh device, ${saved ? `from its checkpoint at step ${step}` : 'from its beginning'}.${lessMemoryWords(attempt, use)}`,
    });
    return {
      config: use.config,
      backboneBatch: use.backboneBatch,
      afresh: true,
      restore: saved ? async (fresh) => fresh.restore(saved) : attempt.restore,
    };
  }

  /** A session, restored where it goes on. The one before stays at hand where that fails. */
  async #sessionOf(
    { config, restore, backboneBatch }: Attempt,
    { source, centres }: { source: FaceSource; centres: ClassCentres | undefined },
  ): Promise<TrainingSession> {
    const { backbone, maxBlockBytes } = this.options.runtime();
    this.#decoder?.dispose();
    this.#decoder = new DecodePool(config.numWorkers);
    let session: TrainingSession | null = null;
    try {
      session = new TrainingSession({
        config,
        backbone,
        source,
        decoder: this.#decoder,
        centres,
        store: this.options.store,
        features: this.options.features,
        backboneBatch,
        post: (event) => this.#onSessionEvent(event),
        maxBlockBytes,
        bytesAllocated,
      });
      await restore?.(session);
      return session;
    } catch (thrown) {
      session?.dispose();
      throw thrown;
    }
  }

  /** Whether a session's failure is the run's is seen when it has been tried to go on. */
  #onSessionEvent(event: SessionEvent): void {
    if (event.type !== 'run-state' || event.state !== 'failed') this.#publish(event);
  }

  #publish(event: SessionEvent): void {
    if (event.type === 'run-state')
      this.#isOn = ['preparing', 'running', 'paused'].includes(event.state);
    this.options.post(event);
    this.options.tabLock.announce(event);
    if (event.type === 'distributions') this.options.onBetterHead();
  }

  /**
   * The backbone made ready, the source, and class centres of files; null where it was stopped
   * before there were.
   */
  async #open(
    config: RunConfig,
    { files, allowedOrigins }: RunAccess,
    signal: AbortSignal,
    afresh = false,
  ): Promise<{ source: FaceSource; centres: ClassCentres | undefined } | null> {
    const { post, openSource, centresFor, onBackbone } = this.options;
    const runtime = this.options.runtime();
    this.#publish({ type: 'run-state', state: 'preparing', config });
    try {
      if (runtime.hasFault || afresh) {
        await runtime.prepare();
        await onBackbone();
      }
      if (
        await runtime.use(
          config,
          undefined,
          (progress) => post({ type: 'progress', progress }),
          signal,
        )
      )
        await onBackbone();
      const centres = centresFor(config);
      await runtime.refuseWhatCannotFit(config, this.#session?.config, () => this.forget());
      const source = await openSource(config.shards, files, {
        signal,
        ...indexingProgress((progress) => post({ type: 'progress', progress })),
      });
      const { foreignOrigins = [] } = await source.info();
      const unseen = foreignOrigins.filter((origin) => !allowedOrigins.includes(origin));
      if (unseen.length > 0) {
        throw new StudioError(
          'bad-source',
          `The manifest ${config.shards} would have this machine ask ${unseen.join(', ')}.`,
          'Open Data, look at what it is, and allow it there; then start again.',
        );
      }
      return { source, centres };
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
      if (signal.reason instanceof StudioError) throw signal.reason;
      this.#publish({ type: 'run-state', state: 'stopped', config });
      return null;
    } finally {
      post({ type: 'progress', progress: null });
    }
  }
}
