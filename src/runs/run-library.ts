import { mapConcurrently } from '../core/map-concurrently';
import { messageOf, StudioError } from '../core/studio-error';
import type { ByteSource } from '../formats/bytes/byte-source';
import type { FileStore } from '../formats/bytes/file-store';
import { exportedRun } from './exchange/export-run';
import { openPackedRun } from './exchange/import-run';
import { filesOf, isEmptyRun, soundManifest } from './keeping/run-folder';
import { KeptRun } from './kept-run';
import { readManifest, writeManifest } from './manifest/manifest-file';
import { newManifest, type NewRun } from './manifest/new-manifest';
import { isRunId, newRunId } from './manifest/run-id';
import { checkedLabels } from './manifest/run-labels';
import type { RunLabels, RunManifest, RunSummary } from './run-manifest';
import { RunQuota, spaceOf, type RunsSpace } from './keeping/run-space';
import { Trash } from './keeping/trash';

/** Folders that are read at once for the list. */
const CONCURRENT_READS = 64;

/** What a library needs to know of the programs that use its store. */
export interface RunLibraryOptions {
  /**
   * Whether another program, or another tab, trains the run at the moment. Without it no other can.
   */
  readonly isTrainedElsewhere?: (id: string) => boolean | Promise<boolean>;
  /** Carries out work on a run's manifest while no other program changes it. */
  readonly exclusively?: <T>(id: string, work: () => Promise<T>) => Promise<T>;
  /** Tells the other programs that use the store of a changed run, which they then forget. */
  readonly onChange?: (id: string) => void;
  /** Called with a sentence about what is damaged, or was thrown away, once. */
  readonly onProblem?: (sentence: string) => void;
  /** The clock, in milliseconds since the Unix epoch. */
  readonly now?: () => number;
}

/**
 * The runs that are kept in a store, each in a folder of its own under `runs/`. What is damaged is
 * set aside under another name and told once; a run is never deleted but by a person, or for room.
 */
export class RunLibrary {
  readonly runs: FileStore;
  readonly trash: Trash;
  readonly #options: RunLibraryOptions;
  readonly #quota: RunQuota;
  /** The runs that this program trains, each as often as somebody holds it. */
  readonly #trained = new Map<string, number>();
  /**
   * Manifests as they were last read or written here, for the list: two hundred files take a
   * browser a fifth of a second.
   */
  readonly #known = new Map<string, RunManifest>();
  /** The last work on each run's manifest. */
  readonly #work = new Map<string, Promise<unknown>>();

  /** @param root the store that holds the folder `runs` */
  constructor(
    readonly root: FileStore,
    options: RunLibraryOptions = {},
  ) {
    this.#options = options;
    this.runs = root.folder('runs');
    this.trash = new Trash(root);
    this.#quota = new RunQuota(this.runs, (sentence) => this.#options.onProblem?.(sentence));
  }

  /** Milliseconds since the Unix epoch. */
  now(): number {
    return (this.#options.now ?? Date.now)();
  }

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
      this.#options.onProblem?.(`${manifest.name}: ${sentence}`);
      // A damaged file was set aside beside the others.
      void this.measure(id).catch(() => undefined);
    });
  }

  /** A line of the list. @throws StudioError as {@link open} */
  async summary(id: string): Promise<RunSummary> {
    const { folder, manifest } = await this.#read(id);
    return this.#summaryOf(folder, manifest);
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
   * @throws StudioError as {@link open}
   */
  update(id: string, change: (manifest: RunManifest) => RunManifest): Promise<RunManifest> {
    return this.#alone(id, async () => {
      const { manifest } = await this.#read(id);
      const changed = change(manifest);
      await this.#write(id, changed);
      return changed;
    });
  }

  /**
   * Removes a run. It can be taken back until {@link tidy} is called a minute or more later.
   * @throws StudioError `bad-config` while it is trained; as {@link open}
   */
  async remove(id: string): Promise<void> {
    await this.#requireIdle(id, 'removed');
    await this.#read(id);
    await this.trash.add(id);
  }

  /** Removes a run so that it can't be taken back. @throws StudioError as {@link remove} */
  async removeForGood(id: string): Promise<void> {
    await this.#requireIdle(id, 'removed');
    await this.#read(id);
    await this.#removeNow(id);
  }

  /** Takes a removed run back. @throws StudioError `bad-checkpoint` if it is gone for good */
  async restore(id: string): Promise<RunSummary> {
    if (!isRunId(id) || !(await readManifest(this.runs.folder(id), id))) throw noSuchRun(id);
    await this.trash.takeBack(id);
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
    const packed = await openPackedRun(source);
    const id = await this.#freeId(packed.manifest.id);
    // Hidden until it is whole: what a crash leaves of it is purged with what was removed.
    await this.trash.add(id);
    const folder = this.runs.folder(id);
    let problems: readonly string[];
    try {
      const state = packed.manifest.state === 'running' ? 'interrupted' : packed.manifest.state;
      problems = await packed.unpack(folder);
      const files = await filesOf(folder);
      await this.#write(id, { ...packed.manifest, id, state, origin: 'imported', files });
    } catch (thrown) {
      await this.runs.removeFolder(id);
      await this.trash.takeBack(id);
      throw thrown;
    }
    await this.trash.takeBack(id);
    for (const sentence of problems)
      this.#options.onProblem?.(`${packed.manifest.name}: ${sentence}`);
    return this.summary(id);
  }

  /** What runs take up. @param runs as {@link list} gives them */
  async space(runs: readonly RunSummary[]): Promise<RunsSpace> {
    const used = runs.reduce((sum, { bytes }) => sum + bytes, 0);
    return spaceOf(runs, await this.#quota.bytes(used));
  }

  /**
   * Sets how much room runs may take up, and throws away what is above it.
   * @throws StudioError `bad-config` for anything but a number of bytes; from the store
   */
  async setQuota(bytes: number): Promise<RunsSpace> {
    await this.#quota.set(bytes);
    await this.makeRoom();
    return this.space((await this.list()).runs);
  }

  /**
   * Throws away runs until all are within the bound, and says which. What was removed before goes
   * first; then as {@link RunsSpace.firstToGo}.
   * @param spared a run that stays in any case, such as the one that has just ended
   */
  async makeRoom(spared?: string): Promise<void> {
    const { runs } = await this.list();
    const { bytes, quotaBytes, firstToGo } = await this.space(runs);
    let above = bytes - quotaBytes;
    for (const id of firstToGo) {
      if (above <= 0) return;
      const run = runs.find((each) => each.id === id);
      if (!run || id === spared) continue;
      await this.#removeNow(id);
      above -= run.bytes;
      this.#options.onProblem?.(
        `The run ${run.name} was thrown away: runs may take up ${megabytes(quotaBytes)} together.`,
      );
    }
  }

  /**
   * Puts in order what earlier programs left: purges what was removed, notes which runs were
   * interrupted, and drops those that never took a step. Called once, when a program starts.
   * @throws StudioError from the store
   */
  async tidy(): Promise<void> {
    await this.trash.purge(this.runs, this.now());
    const { runs, problems } = await this.list();
    for (const sentence of problems) this.#options.onProblem?.(sentence);
    for (const { id, state } of runs) {
      if (state !== 'interrupted' || (await this.isTrained(id))) continue;
      if (await this.#isEmpty(id)) await this.runs.removeFolder(id);
      else await this.update(id, (manifest) => ({ ...manifest, state }));
    }
  }

  /** Drops a run that never took a step and that nobody has named, marked or noted. */
  async dropIfEmpty(id: string): Promise<boolean> {
    if (!(await this.#isEmpty(id))) return false;
    await this.runs.removeFolder(id);
    return true;
  }

  /** Notes that another program has changed a run. */
  forget(id: string): void {
    this.#known.delete(id);
  }

  /** Notes that this program trains a run, until the returned function is called. */
  hold(id: string): () => void {
    this.#trained.set(id, (this.#trained.get(id) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const others = this.#trained.get(id)! - 1;
      if (others > 0) this.#trained.set(id, others);
      else this.#trained.delete(id);
    };
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

  #alone<T>(id: string, work: () => Promise<T>): Promise<T> {
    const exclusively = this.#options.exclusively ?? ((_, alone) => alone());
    const before = this.#work.get(id) ?? Promise.resolve();
    const result = before.then(() => exclusively(id, work));
    this.#work.set(
      id,
      result.catch(() => undefined),
    );
    return result;
  }

  /** Hides a run first: if this is cut off, the next {@link tidy} removes the rest of it. */
  async #removeNow(id: string): Promise<void> {
    await this.trash.add(id);
    await this.runs.removeFolder(id);
    await this.trash.takeBack(id);
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
    const write = (manifest: RunManifest) => this.#alone(id, () => this.#write(id, manifest));
    const manifest =
      this.#known.get(id) ??
      (await soundManifest(id, folder, { onProblem, write, now: this.now() }));
    // Unless it was changed meanwhile.
    if (manifest && !this.#known.has(id)) this.#known.set(id, manifest);
    return manifest && this.#summaryOf(folder, manifest);
  }

  async #summaryOf(folder: FileStore, manifest: RunManifest): Promise<RunSummary> {
    const { bytes, hasHead } = manifest.files ?? (await filesOf(folder));
    const isLost = manifest.state === 'running' && !(await this.isTrained(manifest.id));
    return {
      ...manifest,
      ...(isLost && { state: 'interrupted' as const }),
      bytes,
      hasHead,
    };
  }

  async #isEmpty(id: string): Promise<boolean> {
    return isEmptyRun(await this.open(id));
  }

  /** The id of an imported run, or a new one if a run has it, or had it and was removed. */
  async #freeId(id: string): Promise<string> {
    const isTaken = (await this.runs.folders()).includes(id) || (await this.trash.has(id));
    return isTaken ? newRunId(this.now()) : id;
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

const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

function noSuchRun(id: string): StudioError {
  return new StudioError(
    'bad-checkpoint',
    `There is no run "${id.slice(0, 80)}".`,
    'Look at the list of runs again: it may have been removed.',
  );
}
