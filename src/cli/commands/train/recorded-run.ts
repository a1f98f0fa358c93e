import { join } from 'node:path';
import { messageOf, StudioError } from '../../../core/studio-error';
import type { FileContent, FileStore } from '../../../formats/bytes/file-store';
import type { Backbone } from '../../../models/backbones/backbone';
import type { RunLibrary } from '../../../runs/run-library';
import { RunRecorder } from '../../../runs/run-recorder';
import type { RunConfig } from '../../../training/config/run-config';
import type { SessionEvent } from '../../../training/session/run-events';
import { logLine } from '../../count-bar';
import { printable } from '../inspect-text';
import { notify } from './run-warnings';
import { unfinishedHint, type TrainStart } from './saved-run';

/** A run that the command line trains and keeps: from its first event to its head. */
export class RecordedRun {
  private constructor(
    readonly library: RunLibrary,
    readonly recorder: RunRecorder,
    /** Its folder on the disk. */
    readonly path: string,
  ) {}

  /**
   * Makes a new run or opens the one that goes on, and names it on stderr.
   * @param where the folder of checkpoints
   * @throws StudioError from the store
   */
  static async begin(
    library: RunLibrary,
    start: TrainStart,
    config: RunConfig,
    backbone: Pick<Backbone, 'name' | 'hash'>,
    where: string,
  ): Promise<RecordedRun> {
    const hint = start.kind === 'new' ? await unfinishedHint(library, config) : null;
    if (hint !== null) console.error(hint);
    const machine = `wasm · Node ${process.versions.node}`;
    const run =
      start.kind === 'new' ? await library.create({ config, backbone, machine }) : start.run;
    const fromStep = start.kind === 'new' ? 0 : start.saved.header.cursor.step;
    const recorder = await RunRecorder.open(library, run, { fromStep, onError: notify });
    const path = join(where, 'runs', run.id);
    logLine(`Run ${printable(run.manifest.name)}, kept in ${path}.`);
    return new RecordedRun(library, recorder, path);
  }

  /** The store of the run's session. */
  get folder(): FileStore {
    return this.recorder.folder;
  }

  take(event: SessionEvent): void {
    this.recorder.take(event);
  }

  /** Keeps the head, and ends the run. A head that can't be kept is told. */
  async finish(head: FileContent): Promise<void> {
    try {
      await this.recorder.keepHead(head);
    } catch (thrown) {
      const nextStep = 'Make room; --resume with its name writes it once more.';
      notify(StudioError.record(thrown, 'storage-denied', nextStep));
      process.exitCode = 1;
    }
    await this.recorder.end('finished', null);
  }

  /** Notes why the run failed. One that never took a step is not kept. */
  async fail(thrown: unknown): Promise<void> {
    await this.recorder.end('failed', messageOf(thrown));
    await this.library.dropIfEmpty(this.recorder.run.id);
  }
}
