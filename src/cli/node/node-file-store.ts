import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  type Dirent,
  type Stats,
} from 'node:fs';
import { mkdir, readdir, realpath, rm, stat, statfs, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ByteSource } from '../../formats/bytes/byte-source';
import type {
  FileContent,
  FileStore,
  InPlaceFile,
  StoredFile,
} from '../../formats/bytes/file-store';
import { requireStoredName } from '../../formats/bytes/stored-name';
import { StudioError } from '../../core/studio-error';
import { StoredDiskFile } from './disk/stored-disk-file';
import { ignoreMissing, isMissing } from './disk-error';
import { LOCK_FILE } from './disk/folder-lock';
import {
  isPart,
  moveOutput,
  outputError,
  removeParts,
  replaceOutput,
  writeOutput,
} from './output-file';
import { readWhole, writeWhole } from './disk/whole-io';

/** Attempts to read a file that is replaced while it is read. */
const MAX_READ_ATTEMPTS = 5;

/** Files that are open in place in this process, by their real path. */
const openInPlace = new Set<string>();

/**
 * A {@link FileStore} in a folder on disk, which is made when something is first written in it. Two
 * programs that write in one folder keep out of each other's way by a `lockFolder`.
 */
export class NodeFileStore implements FileStore {
  /** Settles when what killed processes left in this folder is removed. */
  #tidied: Promise<void> | null = null;

  constructor(readonly path: string) {}

  async read(name: string): Promise<Uint8Array | null> {
    for (let attempt = 1; ; attempt++) {
      const file = await StoredDiskFile.open(this.#at(name));
      try {
        // Not `readFile`, which refuses files larger than 2 GiB.
        return file && (await file.read(0, file.size));
      } catch (thrown) {
        if (!(await file?.isReplaced()) || attempt === MAX_READ_ATTEMPTS) throw thrown;
      }
    }
  }

  async open(name: string): Promise<ByteSource | null> {
    return StoredDiskFile.open(this.#at(name));
  }

  async openInPlace(name: string): Promise<InPlaceFile> {
    const path = this.#at(name);
    try {
      await mkdir(this.path, { recursive: true });
      const place = await this.#requireClosed(name);
      const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o666);
      openInPlace.add(place);
      return new DiskInPlaceFile(file, path, () => openInPlace.delete(place));
    } catch (cause) {
      throw outputError(path, cause);
    }
  }

  async write(name: string, content: FileContent): Promise<void> {
    const path = this.#at(name);
    await this.#tidy();
    await this.#requireClosed(name);
    await writeOutput(path, content);
  }

  async replace(name: string, content: FileContent, before: string): Promise<void> {
    const [path, old] = [this.#at(name), this.#at(before)];
    await this.#tidy();
    await this.#requireClosed(name, before);
    await replaceOutput(path, content, old);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#requireClosed(from, to);
    await moveOutput(this.#at(from), this.#at(to));
  }

  async remove(name: string): Promise<void> {
    const path = this.#at(name);
    await this.#requireClosed(name);
    try {
      await unlink(path);
    } catch (thrown) {
      if (!isMissing(thrown)) throw outputError(path, thrown);
    }
  }

  async list(): Promise<StoredFile[]> {
    const files: StoredFile[] = [];
    for (const entry of await this.#entries()) {
      if (entry.isDirectory()) continue;
      const found = await this.#followed(entry);
      if (found?.isFile())
        files.push({ name: entry.name, bytes: found.size, modifiedAt: Math.floor(found.mtimeMs) });
    }
    return files.sort((a, b) => a.modifiedAt - b.modifiedAt);
  }

  async folders(): Promise<string[]> {
    const folders: string[] = [];
    for (const entry of await this.#entries()) {
      const isFolder = entry.isSymbolicLink()
        ? (await this.#followed(entry))?.isDirectory()
        : entry.isDirectory();
      if (isFolder) folders.push(entry.name);
    }
    return folders.sort();
  }

  folder(name: string): NodeFileStore {
    return new NodeFileStore(this.#at(name));
  }

  async removeFolder(name: string): Promise<void> {
    const path = this.#at(name);
    try {
      await rm(path, { recursive: true, force: true });
    } catch (cause) {
      throw outputError(path, cause);
    }
  }

  async freeBytes(): Promise<number | null> {
    for (let path = resolve(this.path); ; path = dirname(path)) {
      try {
        const { bavail, bsize } = await statfs(path);
        return bavail * bsize;
      } catch (thrown) {
        // The folder isn't made yet: the disk is that of the folder above.
        if (!isMissing(thrown) || path === dirname(path)) return null;
      }
    }
  }

  #at(name: string): string {
    requireStoredName(name);
    return join(this.path, name);
  }

  /** Everything in the folder but what is no file of the store's. */
  async #entries(): Promise<Dirent[]> {
    const found = readdir(this.path, { withFileTypes: true });
    const entries = (await found.catch(ignoreMissing(this.path))) ?? [];
    return entries.filter(({ name }) => !isPart(name) && name !== LOCK_FILE);
  }

  /**
   * What an entry is, or what its link leads to. Undefined if it is gone, and for a link that leads
   * nowhere, to itself or to where this program may not look: that is no file of the store's.
   */
  async #followed(entry: Dirent): Promise<Stats | undefined> {
    const path = join(this.path, entry.name);
    return stat(path).catch(entry.isSymbolicLink() ? () => undefined : ignoreMissing(path));
  }

  #tidy(): Promise<void> {
    this.#tidied ??= removeParts(this.path).catch(ignoreMissing(this.path));
    return this.#tidied;
  }

  /** @returns the real path of the last file. @throws StudioError if one is open in place */
  async #requireClosed(...names: string[]): Promise<string> {
    const folder = (await realpath(this.path).catch(ignoreMissing(this.path))) ?? this.path;
    let place = folder;
    for (const name of names) {
      place = join(folder, name);
      if (!openInPlace.has(place)) continue;
      throw new StudioError(
        'storage-denied',
        `${place} is open in this program already.`,
        'Close it there first.',
      );
    }
    return place;
  }
}

class DiskInPlaceFile implements InPlaceFile {
  readonly #file: number;
  readonly #path: string;
  readonly #onClose: () => void;
  #isOpen = true;

  constructor(file: number, path: string, onClose: () => void) {
    this.#file = file;
    this.#path = path;
    this.#onClose = onClose;
  }

  size(): number {
    return this.#told(() => fstatSync(this.#file).size);
  }

  read(into: Uint8Array, at: number): number {
    return readWhole(this.#file, into, at, this.#path);
  }

  write(bytes: Uint8Array, at: number): void {
    writeWhole(this.#file, bytes, at, this.#path);
  }

  truncate(size: number): void {
    this.#told(() => ftruncateSync(this.#file, size));
  }

  flush(): void {
    this.#told(() => fsyncSync(this.#file));
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#onClose();
    closeSync(this.#file);
  }

  #told<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw outputError(this.#path, cause);
    }
  }
}
