import type { ByteSource } from '../../formats/bytes/byte-source';
import { filesOf, requireFiles } from '../keeping/run-folder';
import { newRunId } from '../manifest/run-id';
import type { RunLibrary } from '../run-library';
import type { RunManifest } from '../run-manifest';
import { openPackedRun, type PackedRun } from './import-run';

/** Stands for all imports where the work on a run is named: no run can have this id. */
const IMPORTS = '/imports';

type WriteManifest = (id: string, manifest: RunManifest) => Promise<void>;

/**
 * Unpacks an exported run into a library. It gets an id of its own if the file's is taken.
 * @param write of the library: puts a manifest in a run's folder
 * @param tell told about rows that are lost
 * @returns its id
 * @throws StudioError `bad-checkpoint` for a file that is damaged or no run; from the store.
 * Nothing of it is kept then
 */
export async function keepImportedRun(
  library: RunLibrary,
  source: ByteSource,
  write: WriteManifest,
  tell: (sentence: string) => void,
): Promise<string> {
  const packed = await openPackedRun(source);
  // Two imports of one file must not take the same id.
  const id = await library.work.alone(IMPORTS, async () => {
    const free = await freeId(library, packed.manifest.id);
    // Hidden until it is whole: what a crash leaves of it is purged with what was removed.
    await library.trash.add(free);
    return free;
  });
  // As work on the run: an import of gigabytes must not be purged by another program.
  const problems = await library.work.alone(id, () => unpack(library, packed, id, write));
  if (id !== packed.manifest.id)
    tell(`${packed.manifest.name} was kept here before; the file’s run stands beside it.`);
  for (const sentence of problems) tell(`${packed.manifest.name}: ${sentence}`);
  return id;
}

async function unpack(
  { runs, trash }: RunLibrary,
  packed: PackedRun,
  id: string,
  write: WriteManifest,
): Promise<readonly string[]> {
  const folder = runs.folder(id);
  let problems: readonly string[];
  try {
    const state = packed.manifest.state === 'running' ? 'interrupted' : packed.manifest.state;
    problems = await packed.unpack(folder);
    await requireFiles(folder, packed.files);
    const files = await filesOf(folder);
    await write(id, { ...packed.manifest, id, state, origin: 'imported', files });
  } catch (thrown) {
    await runs.removeFolder(id);
    await trash.takeBack(id);
    throw thrown;
  }
  await trash.takeBack(id);
  return problems;
}

/** The id of an imported run, or a new one if a run has it, or had it and was removed. */
async function freeId({ runs, trash, now }: RunLibrary, id: string): Promise<string> {
  const isTaken = (await runs.folders()).includes(id) || (await trash.has(id));
  return isTaken ? newRunId(now()) : id;
}
