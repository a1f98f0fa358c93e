import { mapConcurrently } from '../core/map-concurrently';
import { messageOf, StudioError } from '../core/studio-error';
import type { ByteSource } from '../formats/bytes/byte-source';
import type { FileStore } from '../formats/bytes/file-store';
import { exportedRun } from './exchange/export-run';
import { keepImportedRun } from './exchange/keep-imported-run';
import { filesOf, isEmptyRun, soundManifest, summaryOf } from './keeping/run-folder';
import { RunRoom } from './keeping/run-room';
import { RunWork } from './keeping/run-work';
import { tidyRuns } from './keeping/tidy-runs';
import { TrainedRuns } from './keeping/trained-runs';
import { Trash } from './keeping/trash';
import { KeptRun } from './kept-run';
import { readManifest, writeManifest } from './manifest/manifest-file';
import { newManifest, type NewRun } from './manifest/new-manifest';
import { isRunId } from './manifest/run-id';
import { checkedLabels } from './manifest/run-labels';
import type { RunLibraryOptions } from './run-library-options';
import type { RunLabels, RunManifest, RunSummary } from './run-manifest';

/** Folders that are read at once for the list. */
const CONCURRENT_READS = 64;

/**
 * The runs that are kept in a store, each in a folder of its own under `runs/`. What is damaged is
 * set aside under another name and told once; a run is never deleted but by a person, or for room.
 */
export class RunLibrary {
  readonly runs: FileStore;
  readonly trash: Trash;
  /** Whoever writes in a run's folder beside its recorder does it as work on the run. */
  readonly work: RunWork;
  /** What the runs take up, and may take up. */
  readonly room: RunRoom;
  readonly #options: RunLibraryOptions;
  readonly #trained = new TrainedRuns();
  /**
   * Manifests as they were last read or written here, for the list: two hundred files take a
   * browser a fifth of a second.
   */
  readonly #known = new Map<string, RunManifest>();

  /** @param root the store that holds the folder `runs` */
  constructor(
    readonly root: FileStore,
    options: RunLibraryOptions = {},
  ) {
    this.#options = options;
    this.runs = root.folder('runs');
    this.trash = new Trash(root);
    this.work = new RunWork(options.lock);
    this.room = new RunRoom(this, this.#tell);
  }

  /** Milliseconds since the Unix epoch. */
  readonly now = (): number => (this.#options.now ?? Date.now)();

  /**
   * All runs, the one that was begun last first, with sentences about what is damaged. Of a damaged
   * manifest, a new one is made of the run's checkpoint or head.
   * @throws StudioError `storage-denied` if there is no storage at all
   */
  async list(): Promise<{ runs: RunSummary[]; problems: string[] }> {
    const problems: string[] = [];
    const removed = await this.trash.ids();
    const ids = (await this.runs.folders()).filter((id) => isRunId(id) && !removed.has(id));
    const found = await mapConcurrently(ids, CONCURRENT_READS, async (id) => {
      try {
        return await this.#summary(id, (sentence) => problems.push(sentence));
      } catch (thrown) {
        problems.push(`The run ${id} can't be read: ${messageOf(thrown)}`);
        return null;
      }
    });
    const runs = found.filter((summary) => summary !== null);
    runs.sort((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1));
    return { runs, problems };
  }

  /**
   * Opens a run.
   * @throws StudioError `bad-checkpoint` if there is none of this id, or its manifest is damaged
   */
  async open(id: string): Promise<KeptRun> {
    const { folder, manifest } = await this.#read(id);
    return new KeptRun(manifest, folder, (sentence) => {
      this.#tell(`${manifest.name}: ${sentence}`);
      // A damaged file was set aside beside the others.
      void this.measure(id).catch(() => undefined);
    });
  }

  /** A line of the list. @throws StudioError as {@link open} */
  async summary(id: string): Promise<RunSummary> {
    const { folder, manifest } = await this.#read(id);
    return summaryOf(folder, manifest, (each) => this.isTrained(each));
  }

  /** Makes a run that has not begun. @throws StudioError from the store */
  async create(run: NewRun): Promise<KeptRun> {
    const manifest = newManifest(run, this.now());
    await this.#write(manifest.id, manifest);
    return this.open(manifest.id);
  }

  /**
   * Changes what a person may change of a run.
   * @throws StudioError `bad-config` for a name that is empty or too long; as {@link open}
   */
  async label(id: string, labels: Partial<RunLabels>): Promise<RunSummary> {
    const changes = checkedLabels(labels);
    await this.update(id, (manifest) => ({ ...manifest, ...changes }));
    return this.summary(id);
  }

  /**
   * Changes a run's manifest. Changes of one run are made one after another.
   * @param change gives the same manifest back where there is nothing to change
   * @throws StudioError as {@link open}
   */
  update(id: string, change: (manifest: RunManifest) => RunManifest): Promise<RunManifest> {
    return this.work.alone(id, async () => {
      const { manifest } = await this.#read(id);
      const changed = change(manifest);
      if (changed !== manifest) await this.#write(id, changed);
      return changed;
    });
  }

  /**
   * Removes a run. It can be taken back for a minute, and then until {@link purge} is called.
   * @throws StudioError `bad-config` while it is trained; as {@link open}
   */
  remove(id: string): Promise<void> {
    return this.#removeIdle(id, async () => {
      await this.trash.add(id);
      this.#options.onChange?.(id);
    });
  }

  /** Removes a run so that it can't be taken back. @throws StudioError as {@link remove} */
  removeForGood(id: string): Promise<void> {
    return this.#removeIdle(id, () => this.#removeNow(id));
  }

  /**
   * Removes a run for good to make room, unless it has a star or is being trained by now.
   * @returns whether it was removed, and not by somebody else
   * @throws StudioError from the store
   */
  throwAway(id: string): Promise<boolean> {
    return this.work.alone(id, async () => {
      if (await this.trash.has(id)) return false;
      const manifest = await readManifest(this.runs.folder(id), id);
      if (!manifest || manifest.isStarred || (await this.isTrained(id))) return false;
      await this.#removeNow(id);
      return true;
    });
  }

  /** Takes a removed run back. @throws StudioError `bad-checkpoint` if it is gone for good */
  async restore(id: string): Promise<RunSummary> {
    await this.work.alone(id, async () => {
      if (!isRunId(id) || !(await readManifest(this.runs.folder(id), id))) throw noSuchRun(id);
      await this.trash.takeBack(id);
      this.#options.onChange?.(id);
    });
    return this.summary(id);
  }

  /**
   * A run as the bytes of one `.scfrun` file. What of it is damaged is told and left out.
   * @throws StudioError `bad-config` while it is trained; as {@link open}
   */
  async exportRun(id: string): Promise<AsyncIterable<Uint8Array>> {
    await this.#requireIdle(id, 'exported');
    return exportedRun(await this.open(id));
  }

  /**
   * Keeps a run of a `.scfrun` file. It gets an id of its own if the file's is taken. Steps and
   * validations that the file has lost are told.
   * @throws StudioError `bad-checkpoint` for a file that is damaged or no run: nothing of it is
   * kept
   */
  async importRun(source: ByteSource): Promise<RunSummary> {
    const write = (id: string, manifest: RunManifest) => this.#write(id, manifest);
    return this.summary(await keepImportedRun(this, source, write, this.#tell));
  }

  /** Deletes what was removed a minute ago or more. What can't be deleted is told. */
  purge(): Promise<void> {
    const free = (id: string, work: () => Promise<void>) => this.work.ifFree(id, work);
    return this.trash.purge(this.runs, this.now(), free, this.#tell);
  }

  /** Puts in order what earlier programs left: see {@link tidyRuns}. */
  tidy(): Promise<void> {
    return tidyRuns(this, this.#tell);
  }

  /** Drops a run that never took a step and that nobody has named, marked or noted. */
  async dropIfEmpty(id: string): Promise<boolean> {
    if (!(await isEmptyRun(await this.open(id)))) return false;
    await this.runs.removeFolder(id);
    this.#options.onChange?.(id);
    return true;
  }

  /** Notes that another program has changed a run. */
  forget(id: string): void {
    this.#known.delete(id);
  }

  /** Notes that this program trains a run, until the returned function is called. */
  hold(id: string): () => void {
    return this.#trained.hold(id);
  }

  /** Notes in a run's manifest what its folder holds, unless it is being trained. */
  async measure(id: string): Promise<void> {
    if (await this.isTrained(id)) return;
    const files = await filesOf(this.runs.folder(id));
    await this.update(id, (manifest) => ({ ...manifest, files }));
  }

  /** Whether anybody trains the run at the moment. */
  async isTrained(id: string): Promise<boolean> {
    return this.#trained.has(id) || (await this.#options.isTrainedElsewhere?.(id)) === true;
  }

  readonly #tell = (sentence: string): void => this.#options.onProblem?.(sentence);

  /** Hides a run first: if this is cut off, the next {@link purge} removes the rest of it. */
  async #removeNow(id: string): Promise<void> {
    await this.trash.add(id);
    await this.runs.removeFolder(id);
    await this.trash.takeBack(id);
    this.#options.onChange?.(id);
  }

  async #write(id: string, manifest: RunManifest): Promise<void> {
    this.#known.delete(id);
    await writeManifest(this.runs.folder(id), manifest);
    this.#known.set(id, manifest);
    this.#options.onChange?.(id);
  }

  async #read(id: string): Promise<{ folder: FileStore; manifest: RunManifest }> {
    if (!isRunId(id) || (await this.trash.has(id))) throw noSuchRun(id);
    const folder = this.runs.folder(id);
    const manifest = await readManifest(folder, id);
    if (!manifest) throw noSuchRun(id);
    return { folder, manifest };
  }

  /** null for a folder that holds no run, such as one of another program. */
  async #summary(id: string, onProblem: (sentence: string) => void): Promise<RunSummary | null> {
    const folder = this.runs.folder(id);
    const write = (manifest: RunManifest) => this.work.alone(id, () => this.#write(id, manifest));
    const manifest =
      this.#known.get(id) ??
      (await soundManifest(id, folder, { onProblem, write, now: this.now() }));
    // Unless it was changed meanwhile.
    if (manifest && !this.#known.has(id)) this.#known.set(id, manifest);
    return manifest && summaryOf(folder, manifest, (each) => this.isTrained(each));
  }

  #removeIdle(id: string, remove: () => Promise<void>): Promise<void> {
    return this.work.alone(id, async () => {
      await this.#requireIdle(id, 'removed');
      await this.#read(id);
      await remove();
    });
  }

  async #requireIdle(id: string, done: string): Promise<void> {
    if (!(await this.isTrained(id))) return;
    throw new StudioError(
      'bad-config',
      `The run is being trained; it can be ${done} once it has ended.`,
      'Stop it first, or wait for its end.',
    );
  }
}

function noSuchRun(id: string): StudioError {
  return new StudioError(
    'bad-checkpoint',
    `There is no run "${id.slice(0, 80)}".`,
    'Look at the list of runs again: it may have been removed.',
  );
}
