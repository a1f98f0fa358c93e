/** A folder of the origin's private file system, made where it is missing. */
export async function opfsFolder(name: string): Promise<FileSystemDirectoryHandle> {
  return (await navigator.storage.getDirectory()).getDirectoryHandle(name, { create: true });
}

/** Writes a file, whole or not at all: `createWritable` writes to a copy that replaces the file when it is closed. */
export async function writeOpfsFile(folder: FileSystemDirectoryHandle, name: string, bytes: Uint8Array): Promise<void> {
  const writable = await (await folder.getFileHandle(name, { create: true })).createWritable();
  try {
    await writable.write(bytes as Uint8Array<ArrayBuffer>);
    await writable.close();
  } catch (thrown) {
    await writable.abort().catch(() => undefined);
    throw thrown;
  }
}

/** What TypeScript's page library leaves out of a file handle, since only a dedicated worker has it. */
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
export function canBeWrittenInPlace(handle: FileSystemFileHandle): handle is FileSystemFileHandle & SyncFileHandle {
  return 'createSyncAccessHandle' in handle;
}
