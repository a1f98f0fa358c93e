import type { ByteSource } from '../../formats/bytes/byte-source';
import type {
  FileContent,
  FileStore,
  InPlaceFile,
  StoredFile,
} from '../../formats/bytes/file-store';
import { requireStoredName } from '../../formats/bytes/stored-name';
import { StudioError } from '../../core/studio-error';
import {
  hasSyncAccess,
  isNamed,
  LOCKED,
  MISSING,
  nullIf,
  storageError,
  withStorageErrors,
  writeAllBytes,
  type StorageErrorWords,
  type SyncAccess,
} from './opfs-file';
import { moveFile, writeFile } from './opfs-moves';
import { StoredBlob } from './stored-blob';

/** Attempts to read a file that is replaced while it is read. */
const MAX_READ_ATTEMPTS = 5;
/** The name of a file that is being written and isn't whole yet. */
const PART = /\.[0-9a-f]{8}\.part$/;
/**
 * Milliseconds after which a part that no tab holds open was left by one that died: long after the
 * moments between making it, writing it and moving it.
 */
const MAX_PART_AGE_MS = 60_000;

/**
 * A {@link FileStore} in the origin private file system, which all tabs of the studio share. Files
 * can be opened in place in a dedicated worker only.
 */
export class OpfsFileStore implements FileStore {
  /** This folder, once it was found. */
  #found: FileSystemDirectoryHandle | null = null;

  /**
   * @param path of its folder, names joined by `/`
   * @param words what it keeps, for messages
   * @param root of the file system
   * @param fromParent finds it at once where the folder around it is known
   */
  constructor(
    readonly path: string,
    readonly words: StorageErrorWords,
    readonly root: () => Promise<FileSystemDirectoryHandle> = () =>
      navigator.storage.getDirectory(),
    readonly fromParent: () => Promise<FileSystemDirectoryHandle> | undefined = () => undefined,
  ) {}

  async read(name: string): Promise<Uint8Array | null> {
    requireStoredName(name);
    return this.#told(async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          const file = await this.#file(name);
          return file && new Uint8Array(await file.arrayBuffer());
        } catch (thrown) {
          if (isNamed(thrown, MISSING)) return null;
          // The file was replaced between the two steps, for example by a tab that is closing.
          if (!isNamed(thrown, ['NotReadableError']) || attempt === MAX_READ_ATTEMPTS) throw thrown;
        }
      }
    });
  }

  async open(name: string): Promise<ByteSource | null> {
    requireStoredName(name);
    const file = await this.#told(() => this.#file(name));
    return file && new StoredBlob(file, this.words);
  }

  async openInPlace(name: string): Promise<InPlaceFile> {
    requireStoredName(name);
    return this.#told(async () => {
      const handle = await this.#made((folder) => folder.getFileHandle(name, { create: true }));
      if (!hasSyncAccess(handle))
        throw new StudioError(
          'storage-denied',
          `This browser can’t write in files that it keeps for a page.`,
          `Use a newer browser to have ${this.words.kept} kept.`,
        );
      return new OpfsInPlaceFile(await handle.createSyncAccessHandle(), this.words);
    });
  }

  async write(name: string, content: FileContent): Promise<void> {
    requireStoredName(name);
    const old = await this.#told(() => this.#handle(name));
    if (old) return writeFile(old, content, this.words);
    await this.#writePart(name, content, async () => undefined);
  }

  async replace(name: string, content: FileContent, before: string): Promise<void> {
    requireStoredName(name);
    requireStoredName(before);
    await this.#writePart(name, content, () => this.rename(name, before));
  }

  async rename(from: string, to: string): Promise<void> {
    requireStoredName(from);
    requireStoredName(to);
    if (from === to) return;
    await this.#told(async () => {
      const handle = await this.#handle(from);
      if (handle) await this.#made((folder) => moveFile(folder, handle, to, this.words));
    });
  }

  async remove(name: string): Promise<void> {
    requireStoredName(name);
    await this.#told(async () => {
      await (await this.#folder())?.removeEntry(name).catch(nullIf(MISSING));
    });
  }

  /**
   * The files of this folder, but those that can't be looked at because another tab has them open
   * in place.
   */
  async list(): Promise<StoredFile[]> {
    return this.#told(async () => {
      const files = await Promise.all(
        (await this.#entries()).map(async (handle): Promise<StoredFile | null> => {
          if (handle.kind !== 'file' || PART.test(handle.name)) return null;
          const unlessHeld = nullIf([...MISSING, ...LOCKED, 'NotReadableError']);
          const file = await handle.getFile().catch(unlessHeld);
          return file && { name: handle.name, bytes: file.size, modifiedAt: file.lastModified };
        }),
      );
      return files.filter((file) => file !== null).sort((a, b) => a.modifiedAt - b.modifiedAt);
    });
  }

  async folders(): Promise<string[]> {
    return this.#told(async () =>
      (await this.#entries())
        .filter(({ kind }) => kind === 'directory')
        .map(({ name }) => name)
        .sort(),
    );
  }

  folder(name: string): OpfsFileStore {
    requireStoredName(name);
    return new OpfsFileStore(`${this.path}/${name}`, this.words, this.root, () =>
      this.#found?.getDirectoryHandle(name),
    );
  }

  async removeFolder(name: string): Promise<void> {
    requireStoredName(name);
    await this.#told(async () => {
      const folder = await this.#folder();
      await folder?.removeEntry(name, { recursive: true }).catch(nullIf(MISSING));
    });
  }

  async freeBytes(): Promise<number | null> {
    const { quota, usage } = await navigator.storage
      .estimate()
      .catch(() => ({ quota: undefined, usage: undefined }));
    return quota === undefined || usage === undefined ? null : Math.max(0, quota - usage);
  }

  /**
   * Writes a file beside its place, so that a page that dies meanwhile leaves no half or empty file
   * there, and then moves it to its place.
   */
  async #writePart(
    name: string,
    content: FileContent,
    beforeMove: () => Promise<void>,
  ): Promise<void> {
    const part = `${name}.${crypto.randomUUID().slice(0, 8)}.part`;
    const handle = await this.#told(async () => {
      await this.#removeParts(name);
      return this.#made((folder) => folder.getFileHandle(part, { create: true }));
    });
    try {
      await writeFile(handle, content, this.words);
      await beforeMove();
      await this.#told(() => this.#made((folder) => moveFile(folder, handle, name, this.words)));
    } catch (thrown) {
      await this.remove(part).catch(() => undefined);
      throw thrown;
    }
  }

  /** Removes parts of a file that tabs left when they died. */
  async #removeParts(name: string): Promise<void> {
    const folder = await this.#folder();
    for (const handle of await this.#entries()) {
      if (handle.kind !== 'file' || handle.name.replace(PART, '') !== name) continue;
      if (!PART.test(handle.name)) continue;
      const unlessHeld = nullIf([...MISSING, ...LOCKED, 'NotReadableError']);
      const file = await handle.getFile().catch(unlessHeld);
      if (file && Date.now() - file.lastModified > MAX_PART_AGE_MS)
        await folder?.removeEntry(handle.name).catch(unlessHeld);
    }
  }

  /** A file's handle; null if there is none. */
  async #handle(name: string): Promise<FileSystemFileHandle | null> {
    const folder = await this.#folder();
    return folder && folder.getFileHandle(name).catch(nullIf(MISSING));
  }

  async #file(name: string): Promise<File | null> {
    const handle = await this.#handle(name);
    return handle && handle.getFile().catch(nullIf(MISSING));
  }

  async #entries(): Promise<(FileSystemFileHandle | FileSystemDirectoryHandle)[]> {
    const entries: (FileSystemFileHandle | FileSystemDirectoryHandle)[] = [];
    try {
      for await (const handle of (await this.#folder())?.values() ?? []) entries.push(handle);
    } catch (thrown) {
      // Another tab has removed the folder meanwhile.
      if (!isNamed(thrown, MISSING)) throw thrown;
    }
    return entries;
  }

  /** This folder; null if it isn't made yet. */
  async #folder(): Promise<FileSystemDirectoryHandle | null> {
    this.#found ??= (await this.fromParent()?.catch(nullIf(MISSING))) ?? null;
    this.#found ??= await this.#walk(false).catch(nullIf(MISSING));
    return this.#found;
  }

  /** Works in this folder, which is made if there is none. */
  async #made<T>(work: (folder: FileSystemDirectoryHandle) => Promise<T>): Promise<T> {
    const known = await this.#folder();
    try {
      if (known) return await work(known);
    } catch (thrown) {
      // Another tab may have removed the folder since it was found.
      if (!isNamed(thrown, MISSING)) throw thrown;
    }
    this.#found = await this.#walk(true);
    return work(this.#found);
  }

  async #walk(create: boolean): Promise<FileSystemDirectoryHandle> {
    let folder = await this.root();
    for (const name of this.path.split('/').filter(Boolean))
      folder = await folder.getDirectoryHandle(name, { create });
    return folder;
  }

  #told<T>(work: () => Promise<T>): Promise<T> {
    return withStorageErrors(this.words, work);
  }
}

class OpfsInPlaceFile implements InPlaceFile {
  readonly #access: SyncAccess;
  readonly #words: StorageErrorWords;

  constructor(access: SyncAccess, words: StorageErrorWords) {
    this.#access = access;
    this.#words = words;
  }

  size(): number {
    return this.#told(() => this.#access.getSize());
  }

  read(into: Uint8Array, at: number): number {
    return this.#told(() => this.#access.read(into, { at }));
  }

  write(bytes: Uint8Array, at: number): void {
    this.#told(() => writeAllBytes(this.#access, bytes, at));
  }

  truncate(size: number): void {
    this.#told(() => this.#access.truncate(size));
  }

  flush(): void {
    this.#told(() => this.#access.flush());
  }

  close(): void {
    this.#access.close();
  }

  #told<T>(work: () => T): T {
    try {
      return work();
    } catch (thrown) {
      throw storageError(thrown, this.#words);
    }
  }
}
