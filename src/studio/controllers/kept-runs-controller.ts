import { StudioError } from '../../core/studio-error';
import { BlobByteSource, type ByteSource } from '../../formats/bytes/byte-source';
import { mergedColumns } from '../../runs/curve-columns';
import { exportedName } from '../../runs/exchange/exported-name';
import { RUN_FILE_END } from '../../runs/exchange/run-files';
import { reportRuns } from '../../runs/report/run-report';
import { MIN_STAY } from '../../runs/keeping/trash';
import type { RunLibrary } from '../../runs/run-library';
import type { RunLabels, RunSummary } from '../../runs/run-manifest';
import { readSavedRun } from '../../training/checkpoint/saved-run';
import type { KeptCurves, RunsListing, RunsSpace } from '../protocol/runs';
import type { ExportedFile } from '../protocol/run';

/** Rows of a run's curves that the page gets, at most: neighbours are merged above. */
const MAX_ROWS = 2 ** 15;

/** Milliseconds by which the store's clock may differ from the program's. */
const CLOCK_GRAIN = 1000;

/** Answers the page's questions about the runs that are kept. */
export class KeptRunsController {
  /** @param useHead reads a head from a file, and offers it under a name */
  constructor(
    readonly library: RunLibrary,
    readonly useHead: (source: ByteSource, name: string) => Promise<void>,
  ) {}

  async list(): Promise<RunsListing> {
    const { runs, problems } = await this.library.list();
    return { runs, problems, space: await this.library.room.space(runs) };
  }

  async curves(runId: string): Promise<KeptCurves> {
    const run = await this.library.open(runId);
    const columns = mergedColumns(await run.curves(), MAX_ROWS);
    return { runId, columns, validations: await run.validations() };
  }

  label(runId: string, labels: Partial<RunLabels>): Promise<RunSummary> {
    return this.library.label(runId, labels);
  }

  /**
   * Removes a run. Its room is free again once the time to take it back is over.
   * @returns the run as it was
   */
  async remove(runId: string): Promise<RunSummary> {
    const run = await this.library.summary(runId);
    await this.library.remove(runId);
    // A listing that fails is no news: the next start of the studio purges what was removed.
    setTimeout(() => void this.library.purge().catch(() => undefined), MIN_STAY + CLOCK_GRAIN);
    return run;
  }

  restore(runId: string): Promise<RunSummary> {
    return this.library.restore(runId);
  }

  async export(runId: string): Promise<ExportedFile> {
    const manifest = await this.library.summary(runId);
    const chunks: BlobPart[] = [];
    for await (const chunk of await this.library.exportRun(runId)) {
      // The browser may keep a Blob on disk: a checkpoint of the published head has 4.7 GB.
      chunks.push(new Blob([chunk as BlobPart]));
    }
    return { name: exportedName(manifest, RUN_FILE_END), blob: new Blob(chunks) };
  }

  async import(file: File): Promise<RunSummary> {
    const run = await this.library.importRun(new BlobByteSource(file.name, file));
    await this.library.room.makeRoom(run.id);
    return run;
  }

  /**
   * Offers a run's head under the run's name. A run that was cut off has none of its own; its
   * checkpoint holds the same weights, without what they gave for the validation pictures.
   * @throws StudioError `bad-checkpoint` if it has neither, or was trained on another backbone
   */
  async useKeptHead(runId: string): Promise<void> {
    const run = await this.library.open(runId);
    const head = (await run.head()) ?? (await readSavedRun(run.folder, true))?.source;
    if (!head)
      throw new StudioError(
        'bad-checkpoint',
        `The run ${run.manifest.name} has no head: it ended before its first checkpoint.`,
        'Go on with it, or choose another run.',
      );
    await this.useHead(head, run.manifest.name);
  }

  setQuota(bytes: number): Promise<RunsSpace> {
    return this.library.room.setQuota(bytes);
  }

  async report(runIds: readonly string[]): Promise<ExportedFile> {
    const runs = await Promise.all(
      runIds.map(async (id) => {
        const run = await this.library.open(id);
        const [curves, validations] = await Promise.all([run.curves(), run.validations()]);
        return { manifest: run.manifest, curves, validations };
      }),
    );
    const html = await reportRuns(runs, this.library.now());
    const names = runs.map(({ manifest }) => exportedName(manifest, '')).join('-and-');
    return { name: `${names}.html`, blob: new Blob([html], { type: 'text/html' }) };
  }
}
