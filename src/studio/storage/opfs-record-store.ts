import { messageOf, StudioError } from '../../core/studio-error';
import type { RecordFile, RecordStore } from '../../training/data/features/record-store';
import { canBeWrittenInPlace, opfsFolder, type SyncAccess } from './opfs-file';

/**
 * A folder of the origin's private file system, for a dedicated worker: files are read and written
 * through synchronous handles.
 */
export class OpfsRecordStore implements RecordStore {
  constructor(readonly folder: string) {}

  async open(name: string): Promise<RecordFile> {
    try {
      const handle = await (await opfsFolder(this.folder)).getFileHandle(name, { create: true });
      if (!canBeWrittenInPlace(handle))
        throw new StudioError(
          'storage-denied',
          'This browser can’t write in files that it keeps for a page.',
          'Use a newer browser to have features kept.',
        );
      return new OpfsRecordFile(await handle.createSyncAccessHandle());
    } catch (thrown) {
      throw storageError(thrown);
    }
  }

  async list(): Promise<{ name: string; bytes: number }[]> {
    const files: { name: string; bytes: number; writtenAt: number }[] = [];
    for await (const handle of (await opfsFolder(this.folder)).values()) {
      if (handle.kind !== 'file') continue;
      // One that another tab holds is not there for this one.
      const file = await handle.getFile().catch(unlessTaken);
      if (file) files.push({ name: handle.name, bytes: file.size, writtenAt: file.lastModified });
    }
    return files.sort((a, b) => a.writtenAt - b.writtenAt);
  }

  async remove(name: string): Promise<void> {
    // One that another tab holds stays.
    await (await opfsFolder(this.folder)).removeEntry(name).catch(unlessTaken);
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
      const written = this.#access.write(bytes, { at });
      if (written < bytes.length)
        throw new DOMException(
          `${written} of ${bytes.length} bytes were written`,
          'QuotaExceededError',
        );
    } catch (thrown) {
      throw storageError(thrown);
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

/** For `catch`: null where the file is gone, or another tab holds it. */
function unlessTaken(thrown: unknown): null {
  if (thrown instanceof DOMException && TAKEN.includes(thrown.name)) return null;
  throw storageError(thrown);
}

const TAKEN: readonly string[] = [
  'NotFoundError',
  'NotReadableError',
  'NoModificationAllowedError',
  'InvalidStateError',
];

function storageError(thrown: unknown): StudioError {
  if (thrown instanceof StudioError) return thrown;
  const next = 'The features are held in memory instead; the run goes on.';
  if (thrown instanceof DOMException && thrown.name === 'QuotaExceededError')
    return new StudioError(
      'storage-full',
      'The browser’s storage for this page is full; no more features are kept.',
      next,
      { cause: thrown },
    );
  if (thrown instanceof DOMException && thrown.name === 'NoModificationAllowedError')
    return new StudioError(
      'storage-denied',
      'Another tab of the studio holds these features.',
      next,
      { cause: thrown },
    );
  return new StudioError(
    'storage-denied',
    `The browser refuses to keep features for this page (${messageOf(thrown)}).`,
    next,
    { cause: thrown },
  );
}
