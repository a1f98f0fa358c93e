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
