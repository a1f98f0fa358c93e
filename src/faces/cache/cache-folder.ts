/** One file of a {@link CacheFolder}. */
export interface CacheFile {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
}

/**
 * What a cache needs of a folder: OPFS in the page, memory in tests. Names are plain: letters,
 * digits and dots.
 */
export interface CacheFolder {
  /** @throws StudioError `storage-denied` */
  list(): Promise<CacheFile[]>;
  /**
   * A file as it is now, to be read at any place. Reading it may fail later, where another tab
   * removes it.
   * @returns null where there is none
   * @throws StudioError `storage-denied`
   */
  open(name: string): Promise<Blob | null>;
  /**
   * A file to append to, empty at first: what was there before is gone.
   * @returns null while another tab writes it
   * @throws StudioError `storage-full` or `storage-denied`
   */
  create(name: string): Promise<CacheWriter | null>;
  /**
   * All or nothing: a reader sees the old file or the new one, never a part.
   * @throws StudioError `storage-full` or `storage-denied`; what was there before stays
   */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /**
   * Nothing happens where there is no such file, or while another tab writes it.
   * @throws StudioError `storage-denied`
   */
  remove(name: string): Promise<void>;
}

/** A file that grows. One of `close` and `abort` ends it. */
export interface CacheWriter {
  /**
   * All of the bytes, after those before; they may be reused when it resolves.
   * @throws StudioError `storage-full` or `storage-denied`; the file may then hold anything
   */
  append(bytes: Uint8Array): Promise<void>;
  /**
   * The bytes are with the disk, and the file can be opened.
   * @throws StudioError `storage-full` or `storage-denied`
   */
  close(): Promise<void>;
  /** Lets the file go as it is, to be removed. Never fails. */
  abort(): Promise<void>;
}
