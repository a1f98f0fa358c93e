import type { FileContent } from '../../formats/bytes/file-store';
import { MISSING, nullIf, withStorageErrors, type StorageErrorWords } from './opfs-file';

/** What TypeScript's page library leaves out of a file handle. */
interface MovableHandle {
  move(name: string): Promise<void>;
}

/**
 * Writes a file, whole or not at all: `createWritable` writes to a copy that replaces the file when
 * it is closed.
 * @throws StudioError as the words say; errors of the content itself, unchanged
 */
export async function writeFile(
  handle: FileSystemFileHandle,
  content: FileContent | Blob,
  words: StorageErrorWords,
): Promise<void> {
  const told = <T>(work: () => Promise<T>) => withStorageErrors(words, work);
  const writable = await told(() => handle.createWritable());
  const write = (chunk: Uint8Array | Blob) =>
    told(() => writable.write(chunk as Uint8Array<ArrayBuffer> | Blob));
  try {
    if (content instanceof Uint8Array || content instanceof Blob) await write(content);
    else for await (const chunk of content) await write(chunk);
    await told(() => writable.close());
  } catch (thrown) {
    // A stream that has failed can't be aborted; the first failure is the one to report.
    await writable.abort().catch(() => undefined);
    throw thrown;
  }
}

/**
 * Gives a file another name in its folder, in place of any other file of that name. Where the
 * browser can't move files it is copied, and the old one goes when the copy is whole.
 */
export async function moveFile(
  folder: FileSystemDirectoryHandle,
  handle: FileSystemFileHandle & Partial<MovableHandle>,
  name: string,
  words: StorageErrorWords,
): Promise<void> {
  if (handle.move) return handle.move(name);
  const old = handle.name;
  const copy = await folder.getFileHandle(name, { create: true });
  await writeFile(copy, await handle.getFile(), words);
  await folder.removeEntry(old).catch(nullIf(MISSING));
}
