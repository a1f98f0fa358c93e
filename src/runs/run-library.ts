import { mapConcurrently } from '../core/map-concurrently';
import { StudioError } from '../core/studio-error';
import type { FileStore } from '../formats/bytes/file-store';
import type { RunConfig } from '../training/config/run-config';
import { versions } from '../training/versions';
import { HEAD_FILE, KeptRun } from './kept-run';
import { readManifest, writeManifest } from './manifest-file';
import { isRunId, madeUpName, newRunId } from './run-id';
import {
  MANIFEST_VERSION,
  type RunLabels,
  type RunManifest,
  type RunSummary,
} from './run-manifest';

/** Folders that are read at once for the list. */
const CONCURRENT_READS = 16;
/** Letters of a name and of a note, at most. */
const [MAX_NAME, MAX_NOTE] = [100, 10_000];

/** What a library needs to know of the programs that use its store. */
export interface RunLibraryOptions {
  /** Whether somebody else than this library's recorders trains the run at the moment. */
  readonly isTrainedElsewhere?: (id: string) => boolean | Promise<boolean>;
  /** Carries out work on a run's description while nobody else does. */
  readonly exclusively?: <T>(id: string, work: () => Promise<T>) => Promise<T>;
  /** Called with a sentence about what is damaged, once. */
  readonly onProblem?: (sentence: string) => void;
  /** The clock, in milliseconds since the Unix epoch. */
  readonly now?: () => number;
}

/** What a run begins with. */
export interface NewRun {
  readonly config: RunConfig;
  readonly backbone: { readonly name: string; readonly hash: string };
  /** The backend and, on webgpu, the adapter. */
  readonly machine: string;
}

/** The runs that are kept in a store, each in a folder of its own under `runs/`. */
export class RunLibrary {
  readonly runs: FileStore;
  readonly #options: RunLibraryOptions;
  /** The runs that recorders of this library write. */
  readonly #trained = new Set<string>();
  /** The last work on each run's description. */
  readonly #work = new Map<string, Promise<unknown>>();

  /** @param root the store that holds the folder `runs` */
  constructor(
    readonly root: FileStore,
    options: RunLibraryOptions = {},
  ) {
    this.runs = root.folder('runs');
    this.#options = options;
  }

  /** Milliseconds since the Unix epoch. */
  now(): number {
    return (this.#options.now ?? Date.now)();
  }

  /**
   * All runs, the one that was begun last first, with sentences about what can't be read.
   * @throws StudioError `storage-denied` if there is no storage at all
   */
  async list(): Promise<{ runs: RunSummary[]; problems: string[] }> {
    const problems: string[] = [];
    const ids = (await this.runs.folders()).filter(isRunId);
    const found = await mapConcurrently(ids, CONCURRENT_READS, async (id) => {
      try {
        return await this.#summary(id);
      } catch (thrown) {
        if (!(thrown instanceof StudioError)) throw thrown;
        problems.push(`The run ${id} can't be read: ${thrown.message}`);
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
    return new KeptRun(manifest, folder, (sentence) =>
      this.#options.onProblem?.(`${manifest.name}: ${sentence}`),
    );
  }

  /** A line of the list. @throws StudioError as {@link open} */
  async summary(id: string): Promise<RunSummary> {
    const summary = await this.#summary(id);
    if (!summary) throw noSuchRun(id);
    return summary;
  }

  /** Makes a run that has not begun. @throws StudioError from the store */
  async create({ config, backbone, machine }: NewRun): Promise<KeptRun> {
    const startedAt = this.now();
    const id = newRunId(startedAt);
    const manifest: RunManifest = {
      version: MANIFEST_VERSION,
      id,
      name: madeUpName(id),
      isStarred: false,
      note: '',
      startedAt,
      changedAt: startedAt,
      state: 'running',
      failure: null,
      config,
      backbone: { name: backbone.name, hash: backbone.hash },
      data: {
        name: config.shards,
        fingerprint: null,
        trainingImages: null,
        validationImages: null,
      },
      versions,
      machine,
      step: 0,
      epoch: 0,
      loss: null,
      spearman: null,
      checkpointStep: null,
      hasEnded: false,
      origin: 'trained',
    };
    await writeManifest(this.runs.folder(id), manifest);
    return this.open(id);
  }

  /**
   * Changes what a person may change of a run.
   * @throws StudioError `bad-config` for a name that is empty or too long; as {@link open}
   */
  async label(id: string, labels: Partial<RunLabels>): Promise<RunSummary> {
    const { name, note, isStarred } = labels;
    const changes = {
      ...(name !== undefined && { name: requireName(name) }),
      ...(note !== undefined && { note: requireNote(note) }),
      ...(isStarred !== undefined && { isStarred }),
    };
    await this.update(id, (manifest) => ({ ...manifest, ...changes }));
    return this.summary(id);
  }

  /**
   * Changes a run's manifest. Changes of one run are made one after another.
   * @throws StudioError as {@link open}
   */
  update(id: string, change: (manifest: RunManifest) => RunManifest): Promise<RunManifest> {
    const exclusively = this.#options.exclusively ?? ((_, work) => work());
    const before = this.#work.get(id) ?? Promise.resolve();
    const work = before.then(() =>
      exclusively(id, async () => {
        const { folder, manifest } = await this.#read(id);
        const changed = change(manifest);
        await writeManifest(folder, changed);
        return changed;
      }),
    );
    this.#work.set(
      id,
      work.catch(() => undefined),
    );
    return work;
  }

  /** Notes that a recorder of this library writes a run, until the returned function is called. */
  hold(id: string): () => void {
    this.#trained.add(id);
    return () => void this.#trained.delete(id);
  }

  /** Whether anybody trains the run at the moment. */
  async isTrained(id: string): Promise<boolean> {
    return this.#trained.has(id) || (await this.#options.isTrainedElsewhere?.(id)) === true;
  }

  async #read(id: string): Promise<{ folder: FileStore; manifest: RunManifest }> {
    if (!isRunId(id)) throw noSuchRun(id);
    const folder = this.runs.folder(id);
    const manifest = await readManifest(folder, id);
    if (!manifest) throw noSuchRun(id);
    return { folder, manifest };
  }

  /** null for a folder without a manifest. */
  async #summary(id: string): Promise<RunSummary | null> {
    const folder = this.runs.folder(id);
    const manifest = await readManifest(folder, id);
    if (!manifest) return null;
    const files = await folder.list();
    const isLost = manifest.state === 'running' && !(await this.isTrained(id));
    return {
      ...manifest,
      ...(isLost && { state: 'interrupted' as const }),
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      hasHead: files.some(({ name }) => name === HEAD_FILE),
    };
  }
}

function requireName(name: string): string {
  const trimmed = name.trim();
  if (trimmed !== '' && trimmed.length <= MAX_NAME) return trimmed;
  throw new StudioError(
    'bad-config',
    `The name has ${trimmed.length} letters; 1 to ${MAX_NAME} were expected.`,
    'Give the run another name.',
  );
}

function requireNote(note: string): string {
  if (note.length <= MAX_NOTE) return note;
  throw new StudioError(
    'bad-config',
    `The note has ${note.length} letters; at most ${MAX_NOTE} are kept.`,
    'Make the note shorter.',
  );
}

function noSuchRun(id: string): StudioError {
  return new StudioError(
    'bad-checkpoint',
    `There is no run "${id.slice(0, 80)}".`,
    'Look at the list of runs again: it may have been removed.',
  );
}
