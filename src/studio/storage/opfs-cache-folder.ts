import type { CacheFile, CacheFolder, CacheWriter } from '../../faces/cache/cache-folder';
import { messageOf, StudioError } from '../../core/studio-error';
import { canBeWrittenInPlace, opfsFolder, writeOpfsFile, type SyncAccess } from './opfs-file';

/**
 * The folder `shards` of the origin's private file system, for a dedicated worker. Payloads are
 * appended in place, since
 * `createWritable` would write all of a shard to a copy first; records go through it, for it is all or nothing.
 */
export class OpfsCacheFolder implements CacheFolder {
  async list(): Promise<CacheFile[]> {
    return orSentence(async () => {
      const files: CacheFile[] = [];
      for await (const handle of (await folder()).values()) {
        if (handle.kind !== 'file') continue;
        const file = await unlessTaken(() => handle.getFile());
        if (file) files.push({ name: handle.name, size: file.size });
      }
      return files;
    });
  }

  async open(name: string): Promise<Blob | null> {
    return orSentence(() =>
      unlessTaken(async () => (await (await folder()).getFileHandle(name)).getFile()),
    );
  }

  async create(name: string): Promise<CacheWriter | null> {
    return orSentence(async () => {
      const handle = await (await folder()).getFileHandle(name, { create: true });
      if (!canBeWrittenInPlace(handle))
        throw new StudioError(
          'storage-denied',
          "This browser can't append to files that it keeps for a page.",
          'Use a newer browser to have shards kept.',
        );
      const access = await unlessTaken(() => handle.createSyncAccessHandle());
      return access && new OpfsWriter(access);
    });
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    await orSentence(async () => writeOpfsFile(await folder(), name, bytes));
  }

  async remove(name: string): Promise<void> {
    await orSentence(() => unlessTaken(async () => (await folder()).removeEntry(name)));
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
    await orSentence(async () => {
      const written = this.#access.write(bytes, { at: this.#size });
      if (written < bytes.length)
        throw new DOMException(
          `${written} of ${bytes.length} bytes were written`,
          'QuotaExceededError',
        );
      this.#size += written;
    });
  }

  async close(): Promise<void> {
    await orSentence(async () => {
      this.#access.flush();
      this.#access.close();
    });
  }

  async abort(): Promise<void> {
    this.#access.close();
  }
}

const folder = () => opfsFolder('shards');

/** Null where there is no such file, or another tab holds it. */
async function unlessTaken<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (thrown) {
    if (
      thrown instanceof DOMException &&
      /^(NotFoundError|NoModificationAllowedError|InvalidStateError)$/.test(thrown.name)
    )
      return null;
    throw thrown;
  }
}

/** @throws StudioError `storage-full` or `storage-denied` for whatever the work throws */
async function orSentence<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof StudioError) throw thrown;
    if (thrown instanceof DOMException && thrown.name === 'QuotaExceededError') {
      throw new StudioError(
        'storage-full',
        "The browser's storage for this page is full; no more shards are kept.",
        'Free disk space, or keep fewer shards.',
        { cause: thrown },
      );
    }
    const message = messageOf(thrown);
    throw new StudioError(
      'storage-denied',
      `The browser refuses to keep shards for this page (${message}).`,
      'Leave private browsing, or allow site data, to have shards kept.',
      { cause: thrown },
    );
  }
}
