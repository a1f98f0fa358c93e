import type { FileStore } from '../../formats/bytes/file-store';
import { messageOf, StudioError } from '../../core/studio-error';
import { BlobByteSource } from '../../formats/bytes/byte-source';
import { openTensorFile } from '../../formats/tensors/open-tensor-file';
import { columnsUpTo, stepsOf } from '../../runs/curves/curve-file';
import { mergedColumns } from '../../runs/curve-columns';
import type { RunLibrary } from '../../runs/run-library';
import { runOf } from '../../training/checkpoint/checkpoint';
import { dropDamaged } from '../../training/checkpoint/saved-run';
import type { RunConfig } from '../../training/config/run-config';
import type { HeadReading, SessionEvent } from '../../training/session/run-events';
import { RunMachine } from '../../training/session/run-machine';
import type { TrainingSession } from '../../training/session/training-session';
import type { BackendLease } from '../backend-lease';
import type { ExportedFile, ExportKind, ResumableRun, RunAccess, WorkerEvent } from '../protocol';
import { exportRun } from '../runtime/export-run';
import type { RunOpening } from '../runtime/open-run';
import { machineWords, RunRecording, type RecordedRun } from '../runtime/run-recording';
import { sessionHead, type HeldHead } from '../runtime/trained-head';
import type { TabLock } from '../storage/tab-lock';
import type { Task } from '../task';
import { SavedRunOffer } from './saved-run-offer';
import { StudioRun, type AskedRun } from './studio-run';

/** Rows of a resumed run's past that the page gets, at most, and in one message. */
const [MAX_PAST_ROWS, PAST_CHUNK] = [2 ** 15, 2000];

/** What a run needs of the rest of the studio. */
export interface RunControllerOptions extends RunOpening {
  readonly post: (event: WorkerEvent) => void;
  readonly library: RunLibrary;
  /** Keeps what all runs can use. */
  readonly shared: FileStore;
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
  #recording: RunRecording | null = null;
  /** The run that has the backend, or had it last. */
  #current: StudioRun | null = null;
  #session: TrainingSession | null = null;
  /** The request that the current run was asked for with; null before the first. */
  #task: Task | null = null;
  /**
   * What the session's head gave for its validation pictures; empty before the first validation.
   */
  #readings: readonly HeadReading[] = [];
  /** The kept run that has finished last, if none was carried out since; null otherwise. */
  #finishedId: string | null = null;
  readonly #machine: RunMachine;
  readonly #saved: SavedRunOffer;

  constructor(readonly options: RunControllerOptions) {
    this.#machine = new RunMachine(
      (event) => this.#publish(event),
      (thrown) => this.#current?.afterFault(thrown) ?? 'failed',
    );
    this.#saved = new SavedRunOffer(options.library, options.post);
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

  /** Describes the run that was saved last: see {@link SavedRunOffer.find}. */
  resumable(): Promise<ResumableRun | null> {
    return this.#saved.find();
  }

  /**
   * Runs from step 0 to the end.
   * @throws StudioError if a fault ends the run; `bad-config` if it may not have the backend
   */
  start(config: RunConfig, access: RunAccess, task: Task): Promise<void> {
    return this.#replaceRun({ config, access, restore: null }, { kind: 'new' }, task);
  }

  /**
   * Resumes a kept run from its checkpoint. The page gets its past first: all steps and validations
   * up to there.
   * @throws StudioError `bad-checkpoint` if there is none, or other pictures are picked
   */
  async resumeKept(runId: string, access: RunAccess, task: Task): Promise<void> {
    const saved = await this.#saved.readToResume(runId);
    const { folder } = await this.options.library.open(runId);
    const { step } = saved.header.cursor;
    const restore = async (session: TrainingSession) => {
      await session.restore(saved.file);
      await session.requireSameData();
      await dropDamaged(folder, saved);
    };
    const asked = { config: saved.header.config, access, restore };
    return this.#replaceRun(asked, { kind: 'kept', id: runId, step }, task);
  }

  /**
   * Resumes a run from a file.
   * @param config for a file that has no settings
   * @throws StudioError `bad-checkpoint` if the file is no run, or other pictures are picked; the
   * current run then stays as it is
   */
  async resumeFile(file: File, config: RunConfig, access: RunAccess, task: Task): Promise<void> {
    const opened = await openTensorFile(new BlobByteSource(file.name, file));
    const restore = async (session: TrainingSession) => {
      await session.restore(opened);
      await session.requireSameData();
    };
    const asked = { config: runOf(opened)?.config ?? config, access, restore };
    return this.#replaceRun(asked, { kind: 'new' }, task);
  }

  /**
   * Offers the run that was saved last. Nothing is offered while a run is on, and not the run that
   * has just finished: it is on show.
   */
  async offer(): Promise<void> {
    if (this.isOn) return;
    const run = await this.resumable();
    if (this.isOn) return;
    const isOnShow = this.#session !== null && run?.runId === this.#finishedId;
    this.options.post({ type: 'resumable', run: isOnShow ? null : run });
  }

  /**
   * Stops the run, or the opening of its source.
   * @param reason the fault that ends it, if it wasn't a person; it may then continue by itself
   */
  stop(reason?: StudioError): void {
    this.#run?.stop(reason);
  }

  /**
   * Makes a file of the current run.
   * @throws StudioError `bad-checkpoint` if there is none
   */
  async export(what: ExportKind): Promise<ExportedFile> {
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
  async #replaceRun(asked: AskedRun, recorded: RecordedRun, task: Task): Promise<void> {
    const { lease, library, post, runtime } = this.options;
    const recording = new RunRecording(recorded, {
      library,
      machine: () => machineWords(runtime().backend),
      post: (event) => this.#publish(event),
      onKept: ({ run: { id, manifest } }) => post({ type: 'kept-run', id, name: manifest.name }),
    });
    let isPastDue = true;
    const run = new StudioRun(asked, {
      ...this.options,
      recording,
      machine: this.#machine,
      onWarning: task.warn,
      post: (event) => this.#publish(event),
      previous: () => this.#session,
      freePrevious: () => this.forget(),
      onSession: async (session) => {
        this.#replaceSession(session);
        post({ type: 'resumable', run: null });
        if (isPastDue) await this.#postPast(recorded);
        isPastDue = false;
      },
    });
    this.stop();
    this.#run = run;
    await lease.hold({ use: 'run', what: 'a run' }, async () => {
      // It was stopped while it waited, or a newer one was asked for.
      if (run.isUnwanted) return;
      this.#recording = recording;
      this.#task = task;
      this.#current = run;
      let isUnfinished = true;
      let failure: string | null = null;
      try {
        isUnfinished = await run.carryOut();
      } catch (thrown) {
        failure = messageOf(thrown);
        throw thrown;
      } finally {
        await recording.end(this.#machine.state, failure, run.session).catch(this.#report);
        this.#finishedId = isUnfinished ? null : recording.id;
        if (isUnfinished) await this.offer();
      }
    });
  }

  /** Posts what a run recorded up to the checkpoint that it goes on from. */
  async #postPast(recorded: RecordedRun): Promise<void> {
    if (recorded.kind === 'new') return;
    const { id, step } = recorded;
    const { post } = this.#task!;
    const run = await this.options.library.open(id);
    const columns = mergedColumns(columnsUpTo(await run.curves(), step), MAX_PAST_ROWS);
    const metrics = stepsOf(columns);
    for (let at = 0; at < metrics.length; at += PAST_CHUNK)
      post({ type: 'steps', metrics: metrics.slice(at, at + PAST_CHUNK) }, id);
    for (const result of await run.validations())
      if (result.step <= step) post({ type: 'validation', result }, id);
  }

  readonly #report = (thrown: unknown): void => {
    const nextStep = 'Look at where runs are kept.';
    const error = StudioError.record(thrown, 'storage-denied', nextStep);
    this.options.post({ type: 'error', scope: 'run', error });
  };

  /** Tells the page and the other tabs what happens in the run that has the backend. */
  #publish(event: SessionEvent): void {
    const { report, post } = this.#task!;
    if (event.type === 'progress') report(event.progress);
    else post(event, this.#recording!.id);
    this.options.tabLock.announce(event);
    this.#recording?.take(event);
    if (event.type !== 'head-readings') return;
    this.#readings = event.readings;
    this.options.onBetterHead();
  }
}
