import type { FileStore } from '../../formats/bytes/file-store';
import { StudioError } from '../../core/studio-error';
import { BlobByteSource } from '../../formats/bytes/byte-source';
import { openTensorFile } from '../../formats/tensors/open-tensor-file';
import { runOf } from '../../training/checkpoint/checkpoint';
import { dropDamaged } from '../../training/checkpoint/saved-run';
import type { RunConfig } from '../../training/config/run-config';
import type { HeadReading, SessionEvent } from '../../training/session/run-events';
import { RunMachine } from '../../training/session/run-machine';
import type { TrainingSession } from '../../training/session/training-session';
import type { BackendLease } from '../backend-lease';
import type { ExportedFile, ExportKind, ResumableRun, RunAccess, WorkerEvent } from '../protocol';
import { exportRun, runFile } from '../runtime/export-run';
import type { RunOpening } from '../runtime/open-run';
import { sessionHead, type HeldHead } from '../runtime/trained-head';
import type { TabLock } from '../storage/tab-lock';
import { SavedRunOffer } from './saved-run-offer';
import { StudioRun, type AskedRun } from './studio-run';

/** What a run needs of the rest of the studio. */
export interface RunControllerOptions extends RunOpening {
  readonly post: (event: WorkerEvent) => void;
  readonly store: FileStore;
  readonly features: FileStore;
  readonly lease: BackendLease;
  /** Tells other tabs of the run. */
  readonly tabLock: TabLock;
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
  /** The run that was asked for last: it may still wait for its turn, or have ended. */
  #run: StudioRun | null = null;
  /** The run that has the backend, or had it last. */
  #current: StudioRun | null = null;
  #session: TrainingSession | null = null;
  /**
   * What the session's head gave for its validation pictures; empty before the first validation.
   */
  #readings: readonly HeadReading[] = [];
  readonly #machine: RunMachine;
  readonly #saved: SavedRunOffer;

  constructor(readonly options: RunControllerOptions) {
    this.#machine = new RunMachine(
      (event) => this.#publish(event),
      (thrown) => this.#current?.afterFault(thrown) ?? 'failed',
    );
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

  /** Whether a run is on: from its preparation to its end, through recoveries of its device. */
  get isOn(): boolean {
    return this.#machine.isActive;
  }

  /** Describes the saved run: see {@link SavedRunOffer.find}. */
  resumable(): Promise<ResumableRun | null> {
    return this.#saved.find();
  }

  /**
   * Runs from step 0 to the end.
   * @throws StudioError if a fault ends the run; `bad-config` if it may not have the backend
   */
  start(config: RunConfig, access: RunAccess): Promise<void> {
    return this.#replaceRun({ config, access, restore: null });
  }

  /**
   * Resumes the saved run.
   * @throws StudioError `bad-checkpoint` if there is none, or other pictures are picked
   */
  async resumeSaved(access: RunAccess): Promise<void> {
    const saved = await this.#saved.readToResume();
    const restore = async (session: TrainingSession) => {
      await session.restore(saved.bytes);
      await session.requireSameData();
      await dropDamaged(this.options.store, saved);
    };
    return this.#replaceRun({ config: saved.header.config, access, restore });
  }

  /**
   * Resumes a run from a file.
   * @param config for a file that has no settings
   * @throws StudioError `bad-checkpoint` if the file is no run, or other pictures are picked; the
   * current run then stays as it is
   */
  async resumeFile(file: File, config: RunConfig, access: RunAccess): Promise<void> {
    const opened = await openTensorFile(new BlobByteSource(file.name, file));
    const restore = async (session: TrainingSession) => {
      await session.restore(opened);
      await session.requireSameData();
    };
    return this.#replaceRun({ config: runOf(opened)?.config ?? config, access, restore });
  }

  discardSaved(): Promise<void> {
    return this.#saved.discard();
  }

  /**
   * Stops the run, or the opening of its source.
   * @param reason the fault that ends it, if it wasn't a person; it may then continue by itself
   */
  stop(reason?: StudioError): void {
    this.#run?.stop(reason);
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

  /**
   * Stops the run before, and carries out the new one once that has ended and the backend is free.
   * However it ends, what it saved is offered.
   */
  async #replaceRun(asked: AskedRun): Promise<void> {
    const { lease, post } = this.options;
    const run = new StudioRun(asked, {
      ...this.options,
      machine: this.#machine,
      post: (event) => this.#publish(event),
      previous: () => this.#session,
      freePrevious: () => this.forget(),
      onSession: (session) => {
        this.#replaceSession(session);
        post({ type: 'resumable', run: null });
      },
    });
    this.stop();
    this.#run = run;
    await lease.hold({ use: 'run', what: 'a run' }, async () => {
      // It was stopped while it waited, or a newer one was asked for.
      if (run.isUnwanted) return;
      this.#current = run;
      let isUnfinished = true;
      try {
        isUnfinished = await run.carryOut();
      } finally {
        if (isUnfinished) post({ type: 'resumable', run: await this.resumable() });
      }
    });
  }

  #publish(event: SessionEvent): void {
    this.options.post(event);
    this.options.tabLock.announce(event);
    if (event.type !== 'head-readings') return;
    this.#readings = event.readings;
    this.options.onBetterHead();
  }
}
