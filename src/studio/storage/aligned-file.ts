import type { GrowingFile } from '../runtime/align-into-tar';
import { opfsFolder, withStorageErrors, type StorageErrorWords } from './opfs-file';

const FOLDER = 'aligned';
const WORDS: StorageErrorWords = {
  kept: 'aligned pictures',
  whenFull: 'the aligned pictures don’t fit',
  nextStepWhenFull: 'Free some space, or align them on the command line: scf pack --align.',
  nextStep: 'Allow site data, or align them on the command line: scf pack --align.',
};

/**
 * A new file for aligned pictures in the browser's private storage, in place of the one before; in
 * memory where there is no such storage.
 * @throws StudioError `storage-full`, `storage-denied`
 */
export async function alignedFile(name: string): Promise<GrowingFile> {
  const folder = await opfsFolder(FOLDER).catch(() => null);
  if (!folder) return memoryFile(name);
  const writable = await withStorageErrors(WORDS, async () => {
    for await (const other of folder.keys()) await folder.removeEntry(other);
    return (await folder.getFileHandle(name, { create: true })).createWritable();
  });
  return {
    append: (bytes) =>
      withStorageErrors(WORDS, () => writable.write(bytes as Uint8Array<ArrayBuffer>)),
    finish: () =>
      withStorageErrors(WORDS, async () => {
        await writable.close();
        return (await folder.getFileHandle(name)).getFile();
      }),
    // A stream that has failed can't be aborted; what failed first is reported.
    abort: async () => {
      await writable.abort().catch(() => undefined);
      await folder.removeEntry(name).catch(() => undefined);
    },
  };
}

function memoryFile(name: string): GrowingFile {
  let parts: BlobPart[] = [];
  return {
    append: async (bytes) => void parts.push(bytes as Uint8Array<ArrayBuffer>),
    finish: async () => new File(parts, name),
    abort: async () => void (parts = []),
  };
}
