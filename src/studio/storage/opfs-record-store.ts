import { StudioError } from '../../core/studio-error';
import type { RecordFile, RecordStore } from '../../training/data/features/record-store';
import {
  hasSyncAccess,
  MISSING_OR_LOCKED,
  nullIf,
  opfsFolder,
  storageError,
  withStorageErrors,
  writeAllBytes,
  type StorageErrorWords,
  type SyncAccess,
} from './opfs-file';

const nextStep = 'The features are held in memory instead; the run goes on.';
const words: StorageErrorWords = {
  kept: 'features',
  nextStepWhenFull: nextStep,
  nextStep,
};

/**
 * Feature files in a folder of the origin private file system, for a dedicated worker: they are
 * read and written through synchronous handles.
 */
export class OpfsRecordStore implements RecordStore {
  constructor(readonly folder: string) {}

  async open(name: string): Promise<RecordFile> {
    return withStorageErrors(words, async () => {
      const handle = await (await opfsFolder(this.folder)).getFileHandle(name, { create: true });
      if (!hasSyncAccess(handle))
        throw new StudioError(
          'storage-denied',
          'This browser can’t write in files that it keeps for a page.',
          'Use a newer browser to have features kept.',
        );
      return new OpfsRecordFile(await handle.createSyncAccessHandle());
    });
  }

  /** Oldest first; without the files that another tab has locked. */
  async list(): Promise<{ name: string; bytes: number }[]> {
    const files: { name: string; bytes: number; writtenAt: number }[] = [];
    for await (const handle of (await opfsFolder(this.folder)).values()) {
      if (handle.kind !== 'file') continue;
      const file = await unlessUnavailable(handle.getFile());
      if (file) files.push({ name: handle.name, bytes: file.size, writtenAt: file.lastModified });
    }
    return files.sort((a, b) => a.writtenAt - b.writtenAt);
  }

  /** Does nothing if another tab has locked the file. */
  async remove(name: string): Promise<void> {
    await unlessUnavailable((await opfsFolder(this.folder)).removeEntry(name));
  }

  async freeBytes(): Promise<number | null> {
    const { quota, usage } = await navigator.storage.estimate();
    return quota === undefined || usage === undefined ? null : quota - usage;
  }
}

class OpfsRecordFile implements RecordFile {
  readonly #access: SyncAccess;

  constructor(access: SyncAccess) {
    this.#access = access;
  }

  size(): number {
    return this.#access.getSize();
  }

  read(into: Uint8Array, at: number): number {
    return this.#access.read(into, { at });
  }

  write(bytes: Uint8Array, at: number): void {
    try {
      writeAllBytes(this.#access, bytes, at);
    } catch (thrown) {
      throw storageError(thrown, words);
    }
  }

  truncate(size: number): void {
    this.#access.truncate(size);
  }

  flush(): void {
    this.#access.flush();
  }

  close(): void {
    this.#access.close();
  }
}

/** Null if the file is missing, or another tab has locked it. */
const unlessUnavailable = <T>(work: Promise<T>): Promise<T | null> =>
  withStorageErrors(words, () => work.catch(nullIf([...MISSING_OR_LOCKED, 'NotReadableError'])));
