import { seededRandom } from '../core/seeded-random';
import type { FileStore } from '../formats/bytes/file-store';
import type { ByteSource } from '../formats/bytes/byte-source';
import {
  CHECKPOINT_FILE,
  PREVIOUS_CHECKPOINT_FILE,
} from '../training/checkpoint/checkpoint-writer';
import { readSavedRun } from '../training/checkpoint/saved-run';
import { CENTRES_FILE, FEATURES_FILE, VALIDATION_FILE } from '../training/data/run-data';
import { HEAD_FILE } from './kept-run';
import { readManifest, writeManifest } from './manifest-file';
import { rebuiltManifest } from './rebuilt-manifest';
import { newRunId } from './run-id';
import type { RunLibrary } from './run-library';
import type { RunManifest } from './run-manifest';

/** Files of a run of earlier versions; the checkpoints last. */
const MOVED_FILES: readonly string[] = [
  FEATURES_FILE,
  CENTRES_FILE,
  VALIDATION_FILE,
  PREVIOUS_CHECKPOINT_FILE,
  CHECKPOINT_FILE,
];
/** Bytes that are copied at once. */
const CHUNK_BYTES = 2 ** 22;

/**
 * Moves a run that lies loose in a folder, as earlier versions kept the one run that there was, into
 * a folder of its own in the library. Whenever it is cut off, the next call goes on with it. A head
 * beside it is copied, and stays: a person may have named that place.
 * @param loose held by this program alone
 * @returns null if no run lies there
 * @throws StudioError `bad-checkpoint` if its checkpoints are damaged, and nothing is moved then;
 * from the store
 */
export async function moveLooseRun(
  library: RunLibrary,
  loose: FileStore,
): Promise<RunManifest | null> {
  const saved = await readSavedRun(loose);
  if (!saved) return null;
  // Always the same for one checkpoint, so that a move that was cut off isn't begun beside itself.
  const { savedAt } = saved.header;
  const id = newRunId(savedAt, seededRandom(Math.floor(savedAt / 2 ** 32), savedAt % 2 ** 32));
  const folder = library.runs.folder(id);
  const isMoved = (await readManifest(folder, id)) !== null && !(await library.trash.has(id));
  if (!isMoved) {
    // Hidden until it is whole.
    await library.trash.add(id);
    for (const name of [...MOVED_FILES, HEAD_FILE]) {
      const file = await loose.open(name);
      if (file) await folder.write(name, chunksOf(file));
    }
    const manifest = await rebuiltManifest(id, folder, 'migrated', library.now());
    await writeManifest(folder, manifest!);
    await library.trash.takeBack(id);
  }
  for (const name of MOVED_FILES) await loose.remove(name);
  return (await library.open(id)).manifest;
}

async function* chunksOf(file: ByteSource): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.size; at += CHUNK_BYTES)
    yield await file.read(at, Math.min(CHUNK_BYTES, file.size - at));
}
