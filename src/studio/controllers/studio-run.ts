import type { FileStore } from '../../formats/bytes/file-store';
import type { RunRecording } from '../runtime/run-recording';
import { bytesAllocated } from '../../engine/backend';
import { StudioError } from '../../core/studio-error';
import { DecodePool } from '../../faces/decode/decode-pool';
import { BACKBONE_BATCH } from '../../models/backbones/backbone';
import { adaptedWords, adaptToSize } from '../../training/config/adapt-to-size';
import type { RunConfig } from '../../training/config/run-config';
import type { SessionEvent } from '../../training/session/run-events';
import type { AfterFault, RunMachine } from '../../training/session/run-machine';
import { TrainingSession } from '../../training/session/training-session';
import type { RunAccess } from '../protocol';
import { isRecoverable, RunRecovery, type Attempt, type Restore } from '../recovery/run-recovery';
import { openRun, type OpenedRun, type RunOpening } from '../runtime/open-run';

/** A run as it was asked for. */
export interface AskedRun {
  readonly config: RunConfig;
  readonly access: RunAccess;
  /** Puts a session into the state that the run goes on from; null for a new run. */
  readonly restore: Restore | null;
}

/** What a run needs of the studio to be carried out. */
export interface StudioRunOptions extends RunOpening {
  readonly recording: RunRecording;
  /** Keeps what all runs can use. */
  readonly shared: FileStore;
  readonly features: FileStore;
  /** Carries the state from one run to the next. */
  readonly machine: RunMachine;
  readonly post: (event: SessionEvent) => void;
  /** Told of what goes wrong with its source and doesn't end it. */
  readonly onWarning: (error: StudioError) => void;
  /** The session before, whose head may still hold memory; null if there is none. */
  readonly previous: () => TrainingSession | null;
  readonly freePrevious: () => void;
  /** Called with each attempt's session before its first step, in place of the one before. */
  readonly onSession: (session: TrainingSession) => Promise<void>;
}

/**
 * One run, from the opening of its source to its end, in as many attempts as its device needs: a
 * new one after each fault that it can recover from.
 */
export class StudioRun {
  #attempt: Attempt;
  /** Of the last attempt that came so far, even if the page has dropped it; null before. */
  #session: TrainingSession | null = null;
  /** Aborts opening a source. */
  #opening = new AbortController();
  #isUnwanted = false;
  readonly #recovery: RunRecovery;

  constructor(
    readonly asked: AskedRun,
    readonly options: StudioRunOptions,
  ) {
    const { config, restore } = asked;
    this.#attempt = { config, restore, isNew: restore === null, backboneBatch: BACKBONE_BATCH };
    this.#recovery = new RunRecovery(options.post);
  }

  /** Of the last attempt; null before the first. */
  get session(): TrainingSession | null {
    return this.#session;
  }

  /** Whether a person has stopped it, or asked for another run. */
  get isUnwanted(): boolean {
    return this.#isUnwanted;
  }

  /** Stops it, also before it begins. @param fault what ends it, if it wasn't a person */
  stop(fault?: StudioError): void {
    if (!fault) this.#isUnwanted = true;
    this.#opening.abort(fault);
    this.#session?.control.stop(fault);
  }

  /** What becomes of it after a fault. */
  afterFault(thrown: unknown): AfterFault {
    if (this.#isUnwanted) return 'stopped';
    return isRecoverable(thrown) ? 'recovering' : 'failed';
  }

  /**
   * Carries it to its end.
   * @returns whether there is something left to go on with: it was stopped, or misses its last
   * readings
   * @throws StudioError for the fault that ends it
   */
  async carryOut(): Promise<boolean> {
    const { machine } = this.options;
    for (;;) {
      try {
        return await this.#carryOutAttempt();
      } catch (thrown) {
        // A session has noted its fault already; what failed before there was one has not.
        if (machine.isActive && machine.state !== 'recovering') machine.fault(thrown);
        if (machine.state !== 'recovering') throw thrown;
        const next = await this.#planRecovery(thrown);
        if (!next) throw thrown;
        this.#attempt = next;
      }
    }
  }

  /** The next attempt after a fault. Without one the run has ended, also if planning it fails. */
  async #planRecovery(thrown: unknown): Promise<Attempt | null> {
    const { machine } = this.options;
    let next: Attempt | null = null;
    try {
      next = await this.#recovery.planRecovery(this.#attempt, thrown, this.#session);
      if (this.#isUnwanted) next = null;
    } finally {
      if (!next) machine.end(this.#isUnwanted ? 'stopped' : 'failed');
    }
    return next;
  }

  async #carryOutAttempt(): Promise<boolean> {
    const { machine, onSession } = this.options;
    this.#opening = new AbortController();
    const { signal } = this.#opening;
    machine.prepare(this.#attempt.config);
    const opened = await this.#open(signal);
    if (!opened) {
      machine.end('stopped');
      return true;
    }
    const config = await this.#fittedConfig(opened);
    const decoder = new DecodePool(config.numWorkers);
    try {
      const session = await this.#createSession(config, opened, decoder);
      await onSession(session);
      this.#session = session;
      // It was stopped while it was being restored.
      if (signal.aborted) session.control.stop(signal.reason);
      const end = await session.run();
      return end === 'stopped' || session.readings.every(({ policy }) => policy !== 'full');
    } finally {
      decoder.dispose();
    }
  }

  /** Opens the run's backbone and source. Null if a person stopped it. */
  async #open(signal: AbortSignal): Promise<OpenedRun | null> {
    const { options } = this;
    const { config, onFreshDevice = false } = this.#attempt;
    try {
      return await openRun(config, this.asked.access, options, {
        onFreshDevice,
        previousConfig: () => options.previous()?.config,
        freePrevious: () => options.freePrevious(),
        onProgress: (progress) => options.post({ type: 'progress', progress }),
        onWarning: options.onWarning,
        signal,
      });
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
      if (signal.reason instanceof StudioError) throw signal.reason;
      return null;
    } finally {
      options.post({ type: 'progress', progress: null });
    }
  }

  /** The settings, fitted to the size of the source if the run is new, with a notice. */
  async #fittedConfig({ source }: OpenedRun): Promise<RunConfig> {
    const { config: asked, isNew, restore } = this.#attempt;
    if (!isNew) return asked;
    const info = await source.info();
    const config = adaptToSize(asked, info);
    const words = restore ? '' : adaptedWords(config, info);
    if (words !== '') this.options.post({ type: 'notice', text: words });
    return config;
  }

  /** Makes and restores a session. If that fails, the session before stays. */
  async #createSession(
    config: RunConfig,
    { source, centres }: OpenedRun,
    decoder: DecodePool,
  ): Promise<TrainingSession> {
    const { recording, shared, features, machine, post, runtime } = this.options;
    const { backboneBatch, restore } = this.#attempt;
    const { backbone, maxBlockBytes } = runtime();
    const store = await recording.storeFor(config, backbone);
    const session = new TrainingSession({
      config,
      backbone,
      source,
      decoder,
      centres,
      store,
      shared,
      features,
      backboneBatch,
      machine,
      post,
      isMapped: true,
      maxBlockBytes,
      bytesAllocated,
    });
    try {
      await restore?.(session);
      return session;
    } catch (thrown) {
      session.dispose();
      throw thrown;
    }
  }
}
