import { StudioError } from '../formats/studio-error';
import type { RunStore } from '../training/run-store';

/**
 * A run's files in the origin's private file system. `createWritable` writes to a copy that replaces the file when it is
 * closed, so a page that dies while saving leaves the old file.
 */
export class OpfsRunStore implements RunStore {
  /** @param folder in the origin's private file system */
  constructor(readonly folder: string) {}

  async read(name: string): Promise<Uint8Array | null> {
    try {
      const handle = await (await this.#open()).getFileHandle(name);
      return new Uint8Array(await (await handle.getFile()).arrayBuffer());
    } catch (thrown) {
      if (thrown instanceof DOMException && thrown.name === 'NotFoundError') return null;
      throw storageError(thrown);
    }
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    try {
      const handle = await (await this.#open()).getFileHandle(name, { create: true });
      const writable = await handle.createWritable();
      try {
        await writable.write(bytes as Uint8Array<ArrayBuffer>);
        await writable.close();
      } catch (thrown) {
        await writable.abort().catch(() => undefined);
        throw thrown;
      }
    } catch (thrown) {
      throw storageError(thrown);
    }
  }

  async remove(name: string): Promise<void> {
    await (await this.#open()).removeEntry(name).catch(() => undefined);
  }

  async #open(): Promise<FileSystemDirectoryHandle> {
    return (await navigator.storage.getDirectory()).getDirectoryHandle(this.folder, { create: true });
  }
}

function storageError(thrown: unknown): StudioError {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown instanceof DOMException && thrown.name === 'QuotaExceededError') {
    return new StudioError('storage-full', 'The browser\'s storage for this page is full; the checkpoint before stays.', 'Free disk space, or clear old site data.', { cause: thrown });
  }
  return new StudioError('storage-denied', `The browser refuses to store files for this page (${message}).`, 'Leave private browsing, or allow site data, to have runs saved.', { cause: thrown });
}
