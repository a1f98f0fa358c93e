import { messageOf, StudioError } from '../../core/studio-error';
import type { RunStore } from '../../training/checkpoint/run-store';
import { opfsFolder, removeOpfsFile, unlessMissing, writeOpfsFile } from './opfs-file';

/** Times that a file is read which is replaced while it is. */
const MAX_TRIES = 5;

/**
 * A run's files in the origin's private file system; a page that dies while saving leaves the old
 * file.
 */
export class OpfsRunStore implements RunStore {
  /** @param folder in the origin's private file system */
  constructor(readonly folder: string) {}

  async read(name: string): Promise<Uint8Array | null> {
    for (let tries = 1; ; tries++) {
      try {
        const handle = await (await opfsFolder(this.folder)).getFileHandle(name);
        return new Uint8Array(await (await handle.getFile()).arrayBuffer());
      } catch (thrown) {
        const reason = thrown instanceof DOMException ? thrown.name : '';
        if (reason === 'NotFoundError') return null;
        // Another file took its place between the two lines above: that of a tab that is closing,
        // for one.
        if (reason !== 'NotReadableError' || tries === MAX_TRIES) throw storageError(thrown);
      }
    }
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    try {
      await writeOpfsFile(await opfsFolder(this.folder), name, bytes);
    } catch (thrown) {
      throw storageError(thrown);
    }
  }

  async replace(name: string, bytes: Uint8Array, before: string): Promise<void> {
    try {
      const folder = await opfsFolder(this.folder);
      const old = await folder.getFileHandle(name).catch(unlessMissing);
      // A copy, as not every browser can move such files: the old file itself stays until the new
      // one is whole.
      if (old) await writeOpfsFile(folder, before, await old.getFile());
      await writeOpfsFile(folder, name, bytes);
    } catch (thrown) {
      throw storageError(thrown);
    }
  }

  async remove(name: string): Promise<void> {
    try {
      await removeOpfsFile(await opfsFolder(this.folder), name);
    } catch (thrown) {
      throw storageError(thrown);
    }
  }
}

function storageError(thrown: unknown): StudioError {
  const message = messageOf(thrown);
  if (thrown instanceof DOMException && thrown.name === 'QuotaExceededError') {
    return new StudioError(
      'storage-full',
      "The browser's storage for this page is full; the checkpoint before stays.",
      'Free disk space, or clear old site data.',
      { cause: thrown },
    );
  }
  return new StudioError(
    'storage-denied',
    `The browser refuses to store files for this page (${message}).`,
    'Leave private browsing, or allow site data, to have runs saved.',
    { cause: thrown },
  );
}
