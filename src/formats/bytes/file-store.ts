import type { ByteSource } from './byte-source';

/** What a file is written from: bytes, or chunks that are never held together. */
export type FileContent = Uint8Array | AsyncIterable<Uint8Array>;

/** A file of a {@link FileStore}. */
export interface StoredFile {
  /** Without its folder. */
  readonly name: string;
  readonly bytes: number;
  /** Milliseconds since the Unix epoch. */
  readonly modifiedAt: number;
}

/**
 * A file that is read and written in place, synchronously: a sync access handle in the page, a file
 * descriptor in Node. It can be open in one place at a time.
 */
export interface InPlaceFile {
  /** In bytes. */
  size(): number;
  /** Reads up to `into.length` bytes. @returns how many there were */
  read(into: Uint8Array, at: number): number;
  /** @throws StudioError `storage-full` if not all of it could be written */
  write(bytes: Uint8Array, at: number): void;
  truncate(size: number): void;
  /** Makes the system write everything to disk. */
  flush(): void;
  close(): void;
}

/**
 * A folder of files that outlive the program: OPFS in the page, a folder on disk in Node, memory in
 * tests. Every failure is a StudioError that tells these apart:
 * - a file that isn't there is null, or nothing to remove; never an error;
 * - `storage-denied`: it is there and can't be read or written, or another tab holds it;
 * - `storage-full`: no room, or the quota is spent; what was there before stays.
 *
 * What a file *holds* is not the store's business: a damaged file is `bad-checkpoint` to whoever
 * parses it. Names have no `/`; {@link folder} leads further down.
 */
export interface FileStore {
  /** The whole file. null if there is none. @throws StudioError `storage-denied` */
  read(name: string): Promise<Uint8Array | null>;
  /**
   * Opens a file for random access; nothing is read yet. null if there is none. Reading may fail
   * later if the file is replaced or removed meanwhile. @throws StudioError `storage-denied`
   */
  open(name: string): Promise<ByteSource | null>;
  /**
   * Opens a file to read and write in place, and creates it if there is none.
   * @throws StudioError `storage-denied`, also while another tab has it open
   */
  openInPlace(name: string): Promise<InPlaceFile>;
  /**
   * Replaces a file whole or not at all: a reader, and whoever looks after a crash, finds the old
   * file or the new one. @throws StudioError `storage-full` or `storage-denied`; errors of the
   * content itself, unchanged; the old file then stays
   */
  write(name: string, content: FileContent): Promise<void>;
  /**
   * As {@link write}, and renames the file that it replaces to `before`. If this is interrupted at
   * any point, at least one of the two names holds a complete file, old or new.
   */
  replace(name: string, content: FileContent, before: string): Promise<void>;
  /**
   * Renames a file, in place of any other of the new name. Does nothing if there is none.
   * @throws StudioError `storage-denied`, `storage-full`
   */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, if there is one. @throws StudioError `storage-denied` */
  remove(name: string): Promise<void>;
  /** The files of this folder, the least recently written first; none if there is no folder. */
  list(): Promise<StoredFile[]>;
  /** The names of the folders in this folder. */
  folders(): Promise<string[]>;
  /** A folder in this folder, which is made when something is first written in it. */
  folder(name: string): FileStore;
  /** Removes a folder in this folder and all that it holds, if it is there. */
  removeFolder(name: string): Promise<void>;
  /** Bytes that can still be written; null if the platform doesn't say. */
  freeBytes(): Promise<number | null>;
}
