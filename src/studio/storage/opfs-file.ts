/** A folder of the origin's private file system, made where it is missing. */
export async function opfsFolder(name: string): Promise<FileSystemDirectoryHandle> {
  return (await navigator.storage.getDirectory()).getDirectoryHandle(name, { create: true });
}

/**
 * Writes a file, whole or not at all: `createWritable` writes to a copy that replaces the file when
 * it is closed.
 */
export async function writeOpfsFile(
  folder: FileSystemDirectoryHandle,
  name: string,
  content: Uint8Array | Blob,
): Promise<void> {
  const writable = await (await folder.getFileHandle(name, { create: true })).createWritable();
  try {
    await writable.write(content as Uint8Array<ArrayBuffer> | Blob);
    await writable.close();
  } catch (thrown) {
    // A stream that has failed can't be aborted any more: it is the failure itself that counts.
    await writable.abort().catch(() => undefined);
    throw thrown;
  }
}

/** Removes a file, where there is one. */
export async function removeOpfsFile(
  folder: FileSystemDirectoryHandle,
  name: string,
): Promise<void> {
  await folder.removeEntry(name).catch(unlessMissing);
}

/** For `catch`: null where there is no such file. */
export function unlessMissing(thrown: unknown): null {
  if (thrown instanceof DOMException && thrown.name === 'NotFoundError') return null;
  throw thrown;
}

/**
 * What TypeScript's page library leaves out of a file handle, since only a dedicated worker has it.
 */
interface SyncFileHandle {
  createSyncAccessHandle(): Promise<SyncAccess>;
}

/** A file that is read and written in place, at once; nobody else has it meanwhile. */
export interface SyncAccess {
  read(into: Uint8Array, options: { at: number }): number;
  write(bytes: Uint8Array, options: { at: number }): number;
  getSize(): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

/** Whether this browser has {@link SyncAccess}. */
export function canBeWrittenInPlace(
  handle: FileSystemFileHandle,
): handle is FileSystemFileHandle & SyncFileHandle {
  return 'createSyncAccessHandle' in handle;
}
