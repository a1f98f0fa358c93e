import type { FileStore } from '../../formats/bytes/file-store';
import { bytesAllocated } from '../../engine/backend';
import { DecodePool } from '../../faces/decode/decode-pool';
import { BlobByteSource } from '../../formats/bytes/byte-source';
import { openTensorFile } from '../../formats/tensors/open-tensor-file';
import { StudioError } from '../../core/studio-error';
import { runOf } from '../../training/checkpoint/checkpoint';
import { adaptedWords, adaptToSize } from '../../training/config/adapt-to-size';
import type { RunConfig } from '../../training/config/run-config';
import type { HeadReading, SessionEvent } from '../../training/session/run-events';
import { BACKBONE_BATCH } from '../../models/backbones/backbone';
import { dropDamaged } from '../../training/checkpoint/saved-run';
import { TrainingSession } from '../../training/session/training-session';
import { SavedRunOffer } from './saved-run-offer';
import { RunRecovery, type Attempt, type Restore } from '../recovery/run-recovery';
import { exportRun, runFile, type ExportedFile } from '../runtime/export-run';
import { openRun, type OpenedRun, type RunOpening } from '../runtime/open-run';
import { sessionHead, type HeldHead } from '../runtime/trained-head';
import type { TabLock } from '../storage/tab-lock';
import type { ExportKind, ResumableRun, RunAccess, WorkerEvent } from '../protocol';

/** What a run needs of the rest of the studio. */
export interface RunControllerOptions extends RunOpening {
  readonly post: (event: WorkerEvent) => void;
  readonly store: FileStore;
  readonly features: FileStore;
  readonly tabLock: TabLock;
  /** Settles when nothing else uses the backbone. */
  readonly othersIdle: () => Promise<void>;
  /** Called at once when the run's head has been dropped, or replaced by another run's. */
  readonly onHeadGone: () => void;
  /** Called when the head has been validated: it has new weights, and new readings. */
  readonly onBetterHead: () => void;
}

/**
 * Carries out at most one run: starts it, resumes it, or replaces it with the next. Its head stays
 * available after it has ended.
 */
export class RunController {
  #session: TrainingSession | null = null;
  /** Settles when the run has ended in any way. */
  #running: Promise<void> = Promise.resolve();
  #isOn = false;
  /** Counts the runs asked for: a newer one supersedes one that still waits. */
  #turn = 0;
  #decoder: DecodePool | null = null;
  /**
   * What the session's head gave for its validation pictures; empty before the first validation.
   */
  #readings: readonly HeadReading[] = [];
  /** Aborts opening a run's source. */
  #opening = new AbortController();
  /** The session of this run, even if {@link forget} has disposed it; null until there is one. */
  #latest: TrainingSession | null = null;
  /** A person has stopped the run, or started another. */
  #isUnwanted = false;
  #recovery: RunRecovery;
  readonly #saved: SavedRunOffer;

  constructor(readonly options: RunControllerOptions) {
    this.#recovery = new RunRecovery(options.post);
    this.#saved = new SavedRunOffer(options.store, options.post);
  }

  /** The last run's session; null if there was none, or its head was dropped. */
  get session(): TrainingSession | null {
    return this.#session;
  }

  /** The run's head; null until it has been validated. */
  get head(): HeldHead | null {
    return sessionHead(this.#session, this.#readings);
  }

  /** Whether a run is being prepared, is running or is paused. */
  get isOn(): boolean {
    return this.#isOn;
  }

  /** Describes the saved run: see {@link SavedRunOffer.find}. */
  resumable(): Promise<ResumableRun | null> {
    return this.#saved.find();
  }

  /** Runs from step 0 to the end. @throws StudioError if a fault ends the run */
  start(config: RunConfig, access: RunAccess): Promise<void> {
    return this.#run(config, access, null);
  }

  /**
   * Resumes the saved run.
   * @throws StudioError `bad-checkpoint` if there is none, or other pictures are picked
   */
  async resumeSaved(access: RunAccess): Promise<void> {
    const saved = await this.#saved.readToResume();
    return this.#run(saved.header.config, access, async (session) => {
      await session.restore(saved.bytes);
      await session.requireSameData();
      await dropDamaged(this.options.store, saved);
    });
  }

  /**
   * Resumes a run from a file.
   * @param config for a file that has no settings
   * @throws StudioError `bad-checkpoint` if the file is no run, or other pictures are picked; the
   * current run then stays as it is
   */
  async resumeFile(file: File, config: RunConfig, access: RunAccess): Promise<void> {
    const opened = await openTensorFile(new BlobByteSource(file.name, file));
    return this.#run(runOf(opened)?.config ?? config, access, async (session) => {
      await session.restore(opened);
      await session.requireSameData();
    });
  }

  discardSaved(): Promise<void> {
    return this.#saved.discard();
  }

  /**
   * Stops the run, or the opening of its source.
   * @param reason the fault that ends it, if it wasn't a person; it may then continue by itself
   */
  stop(reason?: StudioError): void {
    if (!reason) this.#isUnwanted = true;
    this.#opening.abort(reason);
    this.#session?.control.stop(reason);
  }

  /**
   * Makes a file of the current run, or of the saved one.
   * @throws StudioError `bad-checkpoint` if there is none
   */
  async export(what: ExportKind): Promise<ExportedFile> {
    if (what === 'saved') {
      const { header, bytes } = await this.#saved.read();
      return runFile(header.config, bytes);
    }
    if (!this.#session)
      throw new StudioError(
        'bad-checkpoint',
        'There is no run to make a file of.',
        'Train one first, or resume a saved one.',
      );
    return exportRun(what, this.#session);
  }

  /** Disposes the run's head. */
  forget(): void {
    this.#replaceSession(null);
  }

  #replaceSession(session: TrainingSession | null): void {
    if (session === this.#session) return;
    this.#session?.dispose();
    this.#session = session;
    this.#readings = [];
    this.options.onHeadGone();
  }

  /** Stops the run before and waits for its end, then carries out the new one. */
  async #run(config: RunConfig, access: RunAccess, restore: Restore | null): Promise<void> {
    const turn = ++this.#turn;
    this.stop();
    await this.#running;
    // A newer run was asked for while this one waited.
    if (turn !== this.#turn) return;
    this.#isUnwanted = false;
    this.#latest = null;
    this.#recovery = new RunRecovery(this.options.post);
    const attempt = { config, restore, isNew: restore === null, backboneBatch: BACKBONE_BATCH };
    const run = this.#runWithRecovery(attempt, access);
    this.#running = run.catch(() => undefined);
    await run;
  }

  /**
   * Carries a run to its end, in a new attempt after each fault of the device that it can recover
   * from. However it ends, what it saved is offered.
   * @throws StudioError for the fault that ends it
   */
  async #runWithRecovery(attempt: Attempt, access: RunAccess): Promise<void> {
    await this.options.othersIdle();
    for (;;) {
      try {
        return await this.#attempt(attempt, access);
      } catch (thrown) {
        const next = this.#isUnwanted
          ? null
          : await this.#recovery.planRecovery(attempt, thrown, this.#latest);
        if (next && !this.#isUnwanted) {
          attempt = next;
          continue;
        }
        this.#publish({
          type: 'run-state',
          state: this.#isUnwanted ? 'stopped' : 'failed',
          config: attempt.config,
        });
        await this.#offerSaved();
        throw thrown;
      }
    }
  }

  async #attempt(attempt: Attempt, access: RunAccess): Promise<void> {
    this.#opening = new AbortController();
    const { signal } = this.#opening;
    const opened = await this.#open(attempt, access, signal);
    if (!opened) {
      // The page has dropped the run before, so it needs the offer again.
      await this.#offerSaved();
      return;
    }
    const session = await this.#createSession(attempt, opened);
    this.#replaceSession(session);
    this.#latest = session;
    // It was stopped while it was being restored.
    if (signal.aborted) session.control.stop(signal.reason);
    this.options.post({ type: 'resumable', run: null });
    const end = await session.run();
    // A finished run has nothing to resume, unless its last readings are missing.
    if (end === 'stopped' || session.readings.every(({ policy }) => policy !== 'full'))
      await this.#offerSaved();
  }

  async #offerSaved(): Promise<void> {
    this.options.post({ type: 'resumable', run: await this.resumable() });
  }

  /** Makes and restores a session. If that fails, the session before stays. */
  async #createSession(
    { config: asked, restore, isNew, backboneBatch }: Attempt,
    { source, centres }: OpenedRun,
  ): Promise<TrainingSession> {
    const info = await source.info();
    const config = isNew ? adaptToSize(asked, info) : asked;
    const fitted = isNew && !restore ? adaptedWords(config, info) : '';
    if (fitted !== '') this.options.post({ type: 'notice', text: fitted });
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

  /** Holds back `failed`: whether the run has failed is known once recovery has been tried. */
  #onSessionEvent(event: SessionEvent): void {
    if (event.type !== 'run-state' || event.state !== 'failed') this.#publish(event);
  }

  #publish(event: SessionEvent): void {
    if (event.type === 'run-state')
      this.#isOn = ['preparing', 'running', 'paused'].includes(event.state);
    this.options.post(event);
    this.options.tabLock.announce(event);
    if (event.type !== 'head-readings') return;
    this.#readings = event.readings;
    this.options.onBetterHead();
  }

  /** Opens the run's backbone and source. Null if a person stopped it. */
  async #open(
    { config, onFreshDevice = false }: Attempt,
    access: RunAccess,
    signal: AbortSignal,
  ): Promise<OpenedRun | null> {
    const { post } = this.options;
    this.#publish({ type: 'run-state', state: 'preparing', config });
    try {
      return await openRun(config, access, this.options, {
        onFreshDevice,
        previousConfig: () => this.#session?.config,
        freePrevious: () => this.forget(),
        onProgress: (progress) => post({ type: 'progress', progress }),
        signal,
      });
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
