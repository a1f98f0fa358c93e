import { hashString, seededRandom } from '../../core/seeded-random';
import { StudioError } from '../../core/studio-error';
import type { FileStore } from '../../formats/bytes/file-store';
import { chunksOf } from '../../formats/bytes/chunks-of';
import {
  CHECKPOINT_FILE,
  PREVIOUS_CHECKPOINT_FILE,
} from '../../training/checkpoint/checkpoint-writer';
import { readSavedRun } from '../../training/checkpoint/saved-run';
import { CENTRES_FILE, VALIDATION_FILE } from '../../training/data/run-data';
import { writeManifest } from '../manifest/manifest-file';
import { rebuiltManifest } from '../manifest/rebuilt-manifest';
import { newRunId } from '../manifest/run-id';
import type { RunLibrary } from '../run-library';
import { setAside } from '../../formats/bytes/set-aside';

/** The files of the run, those that a checkpoint depends on first. What any run can use stays. */
const FILES = [CENTRES_FILE, VALIDATION_FILE, PREVIOUS_CHECKPOINT_FILE, CHECKPOINT_FILE] as const;
const CHECKPOINTS = [PREVIOUS_CHECKPOINT_FILE, CHECKPOINT_FILE] as const;

/**
 * Moves the one run that was saved before there was a library into it. If this is cut off at any
 * point, the run is still in its old place, or already in its new one, or in both, which the next
 * call puts right.
 * @param from the folder with its checkpoints
 * @returns the error to show if all its checkpoints are damaged: they were set aside
 * @throws StudioError from either store
 */
export async function migrateSavedRun(
  from: FileStore,
  library: RunLibrary,
): Promise<StudioError | null> {
  const saved = await readSavedRun(from).catch(damagedOnly);
  if (saved instanceof StudioError) {
    for (const name of CHECKPOINTS) await setAside(from, name);
    return new StudioError(
      'bad-checkpoint',
      `The saved run is damaged and was set aside (${saved.message.replace(/\.$/, '')}).`,
      'Start a new run, or go on with a file of this one under Models.',
    );
  }
  if (!saved) return null;
  const { savedAt, config } = saved.header;
  // The same at every call, so that a second one finds what the first has done.
  const id = newRunId(savedAt, seededRandom(hashString(`${savedAt} ${JSON.stringify(config)}`)));
  // As work on the run: a copy of gigabytes must not be purged by another program.
  await library.work.alone(id, () => copyRun(from, library, id, savedAt));
  // Checkpoints first: without them the old place holds no run, whatever else it holds.
  for (const name of CHECKPOINTS) await from.remove(name);
  for (const name of [CENTRES_FILE, VALIDATION_FILE]) await from.remove(name);
  return null;
}

/** Copies the run, unless an earlier call has done it. */
async function copyRun(
  from: FileStore,
  library: RunLibrary,
  id: string,
  savedAt: number,
): Promise<void> {
  const folder = library.runs.folder(id);
  const isThere = (await library.runs.folders()).includes(id) && !(await library.trash.has(id));
  if (isThere) return;
  // Hidden until it is whole.
  await library.trash.add(id);
  for (const name of FILES) {
    const source = await from.open(name);
    if (source) await folder.write(name, chunksOf(source));
  }
  const manifest = await rebuiltManifest(id, folder, 'migrated', savedAt);
  if (!manifest)
    throw new StudioError(
      'storage-denied',
      'The saved run was copied to the kept runs, and the copy can’t be read.',
      'It stays where it was; reload to try again.',
    );
  await writeManifest(folder, manifest);
  await library.trash.takeBack(id);
}

/** The error of checkpoints that are all damaged. @throws any other */
function damagedOnly(thrown: unknown): StudioError {
  if (thrown instanceof StudioError && thrown.code === 'bad-checkpoint') return thrown;
  throw thrown;
}
