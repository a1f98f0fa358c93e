import type { RunStore } from '../../training/checkpoint/run-store';
import {
  MISSING,
  nullIf,
  opfsFolder,
  removeOpfsFile,
  storageError,
  withStorageErrors,
  writeOpfsFile,
  type StorageErrorWords,
} from './opfs-file';

/** Attempts to read a file that is replaced while it is read. */
const MAX_READ_ATTEMPTS = 5;

const words: StorageErrorWords = {
  kept: 'runs',
  whenFull: 'the checkpoint before stays',
};

/**
 * A run's files in the origin private file system. A page that dies while it saves leaves the old
 * file.
 */
export class OpfsRunStore implements RunStore {
  /** @param folder in the origin private file system */
  constructor(readonly folder: string) {}

  async read(name: string): Promise<Uint8Array | null> {
    for (let attempt = 1; ; attempt++) {
      try {
        const handle = await (await opfsFolder(this.folder)).getFileHandle(name);
        return new Uint8Array(await (await handle.getFile()).arrayBuffer());
      } catch (thrown) {
        const reason = thrown instanceof DOMException ? thrown.name : '';
        if (reason === 'NotFoundError') return null;
        // NotReadableError: the file was replaced between the two lines above, for example by a
        // tab that is closing.
        if (reason !== 'NotReadableError' || attempt === MAX_READ_ATTEMPTS)
          throw storageError(thrown, words);
      }
    }
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    await withStorageErrors(words, async () =>
      writeOpfsFile(await opfsFolder(this.folder), name, bytes),
    );
  }

  async replace(name: string, bytes: Uint8Array, before: string): Promise<void> {
    await withStorageErrors(words, async () => {
      const folder = await opfsFolder(this.folder);
      const old = await folder.getFileHandle(name).catch(nullIf(MISSING));
      // A copy, since not every browser can move such files: the old file stays in its place until
      // the new one is whole.
      if (old) await writeOpfsFile(folder, before, await old.getFile());
      await writeOpfsFile(folder, name, bytes);
    });
  }

  async remove(name: string): Promise<void> {
    await withStorageErrors(words, async () => removeOpfsFile(await opfsFolder(this.folder), name));
  }
}
