import { StudioError } from '../../core/studio-error';
import type { BackendReport } from '../../engine/backend';
import { MemoryFileStore } from '../../formats/bytes/memory-file-store';
import type { FileStore } from '../../formats/bytes/file-store';
import type { RunLibrary } from '../../runs/run-library';
import { RunRecorder } from '../../runs/run-recorder';
import type { Backbone } from '../../models/backbones/backbone';
import type { RunConfig } from '../../training/config/run-config';
import type { RunState, SessionEvent } from '../../training/session/run-events';
import type { TrainingSession } from '../../training/session/training-session';

/** Which run of the library is recorded: a new one, or one that goes on from a step. */
export type RecordedRun =
  { readonly kind: 'new' } | { readonly kind: 'kept'; readonly id: string; readonly step: number };

/** What recording needs of the studio. */
export interface RunRecordingOptions {
  readonly library: RunLibrary;
  readonly machine: () => string;
  readonly post: (event: SessionEvent) => void;
  /** Called once the run has its folder. */
  readonly onKept: (recorder: RunRecorder) => void;
}

/** The recording of one run, through all attempts that its device needs. */
export class RunRecording {
  #recorder: RunRecorder | null = null;
  /** Used if the library can't keep the run: it is trained all the same. */
  #unkept: FileStore | null = null;
  /** Whether the head was validated since it was kept. */
  #isHeadNew = false;

  constructor(
    readonly run: RecordedRun,
    readonly options: RunRecordingOptions,
  ) {}

  /** The run's place in the library; null as long as it has none. */
  get id(): string | null {
    const { run } = this;
    return this.#recorder?.run.id ?? (run.kind === 'kept' ? run.id : null);
  }

  /** Takes an event of the run. */
  take(event: SessionEvent): void {
    this.#recorder?.take(event);
    if (event.type === 'head-readings') this.#isHeadNew = true;
  }

  /**
   * The store for a session of the run, which has a folder in the library from the first call on.
   * If it can't be kept, that is told, and what it saves is lost with the page.
   */
  async storeFor(config: RunConfig, backbone: Backbone): Promise<FileStore> {
    if (this.#unkept) return this.#unkept;
    try {
      this.#recorder ??= await this.#open(config, backbone);
      return this.#recorder.folder;
    } catch (thrown) {
      const { code, message } = StudioError.record(thrown, 'storage-denied', '');
      const nextStep =
        'Training goes on, and nothing of it is saved: download its head at the end.';
      this.options.post({ type: 'error', scope: 'run', error: { code, message, nextStep } });
      const why = new StudioError(code, message, 'Download its head at the end.');
      this.#unkept = new UnkeptFiles(why);
      return this.#unkept;
    }
  }

  /**
   * Ends the recording: keeps the head, if it was validated, and how the run ended.
   * @param failure why it failed; null otherwise
   */
  async end(
    state: RunState,
    failure: string | null,
    session: TrainingSession | null,
  ): Promise<void> {
    const recorder = this.#recorder;
    if (!recorder) return;
    if (session && this.#isHeadNew) await this.#keepHead(recorder, session);
    const ended = state === 'finished' || state === 'failed' ? state : 'stopped';
    await recorder.end(ended, failure);
    if (!(await this.options.library.dropIfEmpty(recorder.run.id)))
      await this.options.library.room.makeRoom(recorder.run.id);
  }

  async #keepHead(recorder: RunRecorder, session: TrainingSession): Promise<void> {
    try {
      const head = await session.exportHead();
      await recorder.keepHead(head.chunks()).finally(head.dispose);
      this.#isHeadNew = false;
    } catch (thrown) {
      const { code, message } = StudioError.record(thrown, 'storage-denied', '');
      const nextStep = 'Its checkpoint holds the same weights.';
      this.options.post({ type: 'error', scope: 'run', error: { code, message, nextStep } });
    }
  }

  async #open(config: RunConfig, backbone: Backbone): Promise<RunRecorder> {
    const { library, machine, post, onKept } = this.options;
    const { run } = this;
    const kept =
      run.kind === 'kept'
        ? await library.open(run.id)
        : await library.create({ config, backbone, machine: machine() });
    const recorder = await RunRecorder.open(library, kept, {
      fromStep: run.kind === 'kept' ? run.step : 0,
      onError: (error) => post({ type: 'error', scope: 'run', error: error.toRecord() }),
    });
    onKept(recorder);
    return recorder;
  }
}

/**
 * The files of a run that the library can't keep, in memory. It takes no checkpoint: whoever hears
 * of one believes that the run is saved, and one of the published head takes up 4.7 GB.
 */
class UnkeptFiles extends MemoryFileStore {
  constructor(readonly why: StudioError) {
    super();
  }

  override replace(): Promise<void> {
    return Promise.reject(this.why);
  }
}

/** The backend and, on webgpu, the adapter, for a run's manifest. */
export function machineWords({ backend, adapter, wasmThreads }: BackendReport): string {
  if (backend === 'wasm') return `wasm · ${wasmThreads ?? 1} threads`;
  return adapter ? `webgpu · ${adapter.description || adapter.vendor}` : 'webgpu';
}
