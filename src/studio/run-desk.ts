import { bytesAllocated } from '../engine/backend';
import { DecodePool } from '../faces/decode-pool';
import type { FaceSource } from '../faces/face-source';
import { BlobByteSource } from '../formats/byte-source';
import { openTensorFile } from '../formats/open-tensor-file';
import { StudioError } from '../formats/studio-error';
import type { ClassCentres } from '../models/class-centres';
import { readCheckpointHeader, runOf } from '../training/checkpoint';
import { indexingProgress } from '../training/progress-meter';
import type { RunConfig } from '../training/run-config';
import type { SessionEvent } from '../training/run-events';
import type { RecordShelf } from '../training/features/record-shelf';
import type { RunStore } from '../training/run-store';
import { CHECKPOINT_FILE, TrainingSession } from '../training/training-session';
import type { OpenSource } from './data-desk';
import { exportRun, type ExportedFile } from './export-run';
import type { ModelRoom } from './model-room';
import type { ExportKind, ResumableRun, RunAccess, WorkerEvent } from './protocol';

/** What runs are made with, and who hears of them. */
export interface RunDeskOptions {
  readonly post: (event: WorkerEvent) => void;
  readonly store: RunStore;
  readonly features: RecordShelf;
  readonly room: () => ModelRoom;
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

/** At most one run: begun, resumed, replaced by the next. Its head stays at hand when it has ended. */
export class RunDesk {
  #session: TrainingSession | null = null;
  /** Settles when the session's run has ended, whatever ended it. */
  #running: Promise<void> = Promise.resolve();
  #isOn = false;
  /** Counts the runs asked for. */
  #turn = 0;
  #decoder: DecodePool | null = null;
  /** Ends the opening of a run's source. */
  #opening = new AbortController();

  constructor(readonly options: RunDeskOptions) {}

  get session(): TrainingSession | null {
    return this.#session;
  }

  /** Whether a run is being prepared, is running or is paused. */
  get isOn(): boolean {
    return this.#isOn;
  }

  /** The run that lies saved. One that can't be read is said aloud and left where it is. */
  async resumable(): Promise<ResumableRun | null> {
    const { store, post } = this.options;
    try {
      const saved = await store.read(CHECKPOINT_FILE);
      if (!saved) return null;
      const { config, cursor, savedAt } = readCheckpointHeader(saved);
      return { config, step: cursor.step, epoch: cursor.epoch, savedAt, needsFiles: config.shards.startsWith('files:') };
    } catch (thrown) {
      post({ type: 'error', scope: 'run', error: StudioError.record(thrown, 'bad-checkpoint', 'Discard it, or start a new run.') });
      return null;
    }
  }

  /** Begins a run and carries it to its end. @throws StudioError for what ends it */
  start(config: RunConfig, access: RunAccess): Promise<void> {
    return this.#run(config, access, null);
  }

  /** Goes on with the run that lies saved. @throws StudioError `bad-checkpoint` where there is none */
  async resumeSaved(access: RunAccess): Promise<void> {
    const saved = await this.options.store.read(CHECKPOINT_FILE);
    if (!saved) throw new StudioError('bad-checkpoint', 'There is no saved run to resume.', 'Start a new one.');
    return this.#run(readCheckpointHeader(saved).config, access, async (session) => session.restore(saved));
  }

  /** Goes on with a run from a file. @param config for a file that has no settings @throws StudioError `bad-checkpoint`; the run at hand is then as it was */
  async resumeFile(file: File, config: RunConfig, access: RunAccess): Promise<void> {
    const opened = await openTensorFile(new BlobByteSource(file.name, file));
    return this.#run(runOf(opened)?.config ?? config, access, (session) => session.restoreFrom(opened));
  }

  async discardSaved(): Promise<void> {
    await this.options.store.remove(CHECKPOINT_FILE);
    this.options.post({ type: 'resumable', run: null });
  }

  /** Ends the run, or the opening of its source. @param reason what ended it, where that is a fault */
  stop(reason?: StudioError): void {
    this.#opening.abort();
    this.#session?.control.stop(reason);
  }

  /** A file of the run at hand. @throws StudioError `bad-checkpoint` where there is none */
  export(what: ExportKind): Promise<ExportedFile> {
    if (!this.#session) throw new StudioError('bad-checkpoint', 'There is no run at hand to make a file of.', 'Train one first, or resume a saved one.');
    return exportRun(what, this.#session);
  }

  /** Lets go of the run's head. */
  forget(): void {
    this.#session?.dispose();
    this.#session = null;
  }

  /** Ends the run before, and begins or takes up another. Whatever ends this one, what it saved is offered again. */
  async #run(config: RunConfig, access: RunAccess, restore: Restore | null): Promise<void> {
    const { post, othersIdle, onSession } = this.options;
    const turn = ++this.#turn;
    this.stop();
    const { signal } = (this.#opening = new AbortController());
    await this.#running;
    await othersIdle();
    const opened = await this.#open(config, access, signal);
    // Asked for once more in the meantime: the later asking is carried out.
    if (turn !== this.#turn || !opened) return;
    const session = await this.#sessionOf(config, opened, restore);
    this.#session?.dispose();
    this.#session = session;
    onSession();
    post({ type: 'resumable', run: null });
    const run = session.run();
    this.#running = run.then(
      () => undefined,
      () => undefined,
    );
    try {
      await run;
    } finally {
      // A run that was replaced has a successor at work; one that came to its end needs no offer.
      if (this.#session === session && session.cursor.epoch < config.epochs) post({ type: 'resumable', run: await this.resumable() });
    }
  }

  /** A session, restored where it goes on. The one before stays at hand where that fails. */
  async #sessionOf(config: RunConfig, { source, centres }: { source: FaceSource; centres: ClassCentres | undefined }, restore: Restore | null): Promise<TrainingSession> {
    const { backbone, maxBlockBytes } = this.options.room();
    this.#decoder?.dispose();
    this.#decoder = new DecodePool(config.numWorkers);
    let session: TrainingSession | null = null;
    try {
      session = new TrainingSession({ config, backbone, source, decoder: this.#decoder, centres, store: this.options.store, features: this.options.features, post: (event) => this.#relay(event), maxBlockBytes, bytesAllocated });
      await restore?.(session);
      return session;
    } catch (thrown) {
      session?.dispose();
      this.#relay({ type: 'run-state', state: 'failed', config });
      throw thrown;
    }
  }

  #relay(event: SessionEvent): void {
    if (event.type === 'run-state') this.#isOn = ['preparing', 'running', 'paused'].includes(event.state);
    this.options.post(event);
    if (event.type === 'distributions') this.options.onBetterHead();
  }

  /** The backbone made ready, the source, and class centres of files; null where it was stopped before there were. */
  async #open(config: RunConfig, { files, allowedOrigins }: RunAccess, signal: AbortSignal): Promise<{ source: FaceSource; centres: ClassCentres | undefined } | null> {
    const { post, openSource, centresFor, onBackbone } = this.options;
    const say = (state: 'preparing' | 'stopped' | 'failed') => this.#relay({ type: 'run-state', state, config });
    const room = this.options.room();
    say('preparing');
    try {
      if (room.hasFault) await room.prepare();
      if (await room.use(config, undefined, (progress) => post({ type: 'progress', progress }), signal)) await onBackbone();
      const centres = centresFor(config);
      await room.refuseWhatCannotFit(config, this.#session?.config, () => this.forget());
      const source = await openSource(config.shards, files, { signal, ...indexingProgress((progress) => post({ type: 'progress', progress })) });
      const { foreignOrigins = [] } = await source.info();
      const unseen = foreignOrigins.filter((origin) => !allowedOrigins.includes(origin));
      if (unseen.length > 0) {
        throw new StudioError('bad-source', `The manifest ${config.shards} would have this machine ask ${unseen.join(', ')}.`, 'Open Data, look at what it is, and allow it there; then start again.');
      }
      return { source, centres };
    } catch (thrown) {
      say(signal.aborted ? 'stopped' : 'failed');
      if (signal.aborted) return null;
      throw thrown;
    } finally {
      post({ type: 'progress', progress: null });
    }
  }
}
