import { StudioError } from '../../core/studio-error';
import type { FileStore } from '../../formats/bytes/file-store';
import { HEAD_FILE, type KeptRun } from '../kept-run';
import { MANIFEST_FILE, parseManifest, salvagedManifest } from '../manifest/manifest-file';
import { rebuiltManifest } from '../manifest/rebuilt-manifest';
import { madeUpName } from '../manifest/run-id';
import type { RunManifest, RunSummary } from '../run-manifest';
import { keepAside } from '../../formats/bytes/set-aside';

/** What a folder holds besides its manifest: the size of all files, and whether a head is one. */
export async function filesOf(folder: FileStore): Promise<NonNullable<RunManifest['files']>> {
  const files = (await folder.list()).filter(({ name }) => name !== MANIFEST_FILE);
  return {
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    hasHead: files.some(({ name }) => name === HEAD_FILE),
  };
}

/** A line of the list of runs. A run that is said to run and that nobody trains was interrupted. */
export async function summaryOf(
  folder: FileStore,
  manifest: RunManifest,
  isTrained: (id: string) => Promise<boolean>,
): Promise<RunSummary> {
  const { bytes, hasHead } = manifest.files ?? (await filesOf(folder));
  const isLost = manifest.state === 'running' && !(await isTrained(manifest.id));
  return { ...manifest, ...(isLost && { state: 'interrupted' as const }), bytes, hasHead };
}

/** @throws StudioError `storage-denied` unless a folder has all these files */
export async function requireFiles(folder: FileStore, names: readonly string[]): Promise<void> {
  const there = new Set((await folder.list()).map(({ name }) => name));
  const missing = names.filter((name) => !there.has(name));
  if (missing.length === 0) return;
  throw new StudioError(
    'storage-denied',
    `${missing.join(' and ')} of the run disappeared while it was being written.`,
    'Import it again once no other program works there.',
  );
}

/**
 * The manifest in a folder. In place of a damaged one, of which a copy stays, or where there is
 * none, a new one is made of the run's other files. Where nothing says any more whether the run had
 * a star, it gets one: it must not be thrown away for room.
 * @param options `write` keeps a new manifest; `now` is in milliseconds since the Unix epoch
 * @returns null for a folder that holds no run, such as one of another program
 * @throws StudioError `bad-checkpoint` for a damaged one of which no other can be made; it stays as
 * it is. From the store
 */
export async function soundManifest(
  id: string,
  folder: FileStore,
  options: {
    readonly onProblem: (sentence: string) => void;
    readonly write: (manifest: RunManifest) => Promise<void>;
    readonly now: number;
  },
): Promise<RunManifest | null> {
  const { onProblem, write, now } = options;
  const bytes = await folder.read(MANIFEST_FILE);
  let damage: StudioError | null = null;
  try {
    if (bytes) return parseManifest(bytes, id);
  } catch (thrown) {
    if (!(thrown instanceof StudioError) || thrown.code !== 'bad-checkpoint') throw thrown;
    damage = thrown;
  }
  const salvaged = bytes ? salvagedManifest(bytes) : {};
  const rebuilt = await rebuiltManifest(id, folder, 'trained', now, salvaged);
  if (!rebuilt) {
    if (damage) throw damage;
    return null;
  }
  const manifest = { ...rebuilt, isStarred: salvaged.isStarred ?? true };
  if (bytes) await keepAside(folder, MANIFEST_FILE, bytes);
  await write(manifest);
  const found = damage ? `${damage.message} It was set aside.` : `It has no ${MANIFEST_FILE}.`;
  const star =
    salvaged.isStarred === undefined ? ' It has a star now: whether it had one is lost.' : '';
  onProblem(`The run ${id} is described anew. ${found}${star}`);
  return manifest;
}

/** Whether a run never took a step, and nobody has named, marked or noted it. */
export async function isEmptyRun(run: KeptRun): Promise<boolean> {
  const { id, name, isStarred, note, step, checkpointStep } = run.manifest;
  const isMarked = isStarred || note !== '' || name !== madeUpName(id);
  if (isMarked || step > 0 || checkpointStep !== null) return false;
  const files = await run.folder.list();
  const isSaved = files.some((file) => file.name.startsWith('run.') || file.name === HEAD_FILE);
  return !isSaved && (await run.curves()).step.length === 0;
}
