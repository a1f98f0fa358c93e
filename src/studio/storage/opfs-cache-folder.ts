import type { CacheFile, CacheFolder, CacheWriter } from '../../faces/cache/cache-folder';
import { StudioError } from '../../core/studio-error';
import {
  hasSyncAccess,
  MISSING_OR_LOCKED,
  nullIf,
  opfsFolder,
  withStorageErrors,
  writeAllBytes,
  writeOpfsFile,
  type StorageErrorWords,
  type SyncAccess,
} from './opfs-file';

const words: StorageErrorWords = {
  kept: 'shards',
  nextStepWhenFull: 'Free disk space, or keep fewer shards.',
};

/**
 * The shard cache's folder `shards` in the origin private file system, for a dedicated worker.
 * Payloads are appended in place, since `createWritable` would copy a whole shard first. Records go
 * through `createWritable`, which writes all or nothing.
 */
export class OpfsCacheFolder implements CacheFolder {
  async list(): Promise<CacheFile[]> {
    return withStorageErrors(words, async () => {
      const files: CacheFile[] = [];
      for await (const handle of (await folder()).values()) {
        if (handle.kind !== 'file') continue;
        const file = await handle.getFile().catch(nullIf(MISSING_OR_LOCKED));
        if (file) files.push({ name: handle.name, size: file.size });
      }
      return files;
    });
  }

  /** Null if there is no such file, or another tab has locked it. */
  async open(name: string): Promise<Blob | null> {
    return withStorageErrors(words, () =>
      folder()
        .then((shards) => shards.getFileHandle(name))
        .then((handle) => handle.getFile())
        .catch(nullIf(MISSING_OR_LOCKED)),
    );
  }

  /** Null if another tab has locked the file. */
  async create(name: string): Promise<CacheWriter | null> {
    return withStorageErrors(words, async () => {
      const handle = await (await folder()).getFileHandle(name, { create: true });
      if (!hasSyncAccess(handle))
        throw new StudioError(
          'storage-denied',
          "This browser can't append to files that it keeps for a page.",
          'Use a newer browser to have shards kept.',
        );
      const access = await handle.createSyncAccessHandle().catch(nullIf(MISSING_OR_LOCKED));
      return access && new OpfsWriter(access);
    });
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    await withStorageErrors(words, async () => writeOpfsFile(await folder(), name, bytes));
  }

  /** Does nothing if there is no such file, or another tab has locked it. */
  async remove(name: string): Promise<void> {
    await withStorageErrors(words, () =>
      folder()
        .then((shards) => shards.removeEntry(name))
        .catch(nullIf(MISSING_OR_LOCKED)),
    );
  }
}

class OpfsWriter implements CacheWriter {
  readonly #access: SyncAccess;
  #size = 0;

  constructor(access: SyncAccess) {
    this.#access = access;
    try {
      access.truncate(0);
    } catch (thrown) {
      access.close();
      throw thrown;
    }
  }

  async append(bytes: Uint8Array): Promise<void> {
    await withStorageErrors(words, async () => {
      writeAllBytes(this.#access, bytes, this.#size);
      this.#size += bytes.length;
    });
  }

  async close(): Promise<void> {
    await withStorageErrors(words, async () => {
      this.#access.flush();
      this.#access.close();
    });
  }

  async abort(): Promise<void> {
    this.#access.close();
  }
}

const folder = () => opfsFolder('shards');
