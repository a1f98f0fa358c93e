/** One file of a {@link CacheFolder}. */
export interface CacheFile {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
}

/**
 * The folder operations that a cache needs: OPFS in the page, memory in tests. File names consist
 * of letters, digits and dots.
 */
export interface CacheFolder {
  /** @throws StudioError `storage-denied` */
  list(): Promise<CacheFile[]>;
  /**
   * A snapshot of a file, with random access. Reading it may fail later if another tab removes the
   * file.
   * @returns null if there is no such file
   * @throws StudioError `storage-denied`
   */
  open(name: string): Promise<Blob | null>;
  /**
   * Opens a file for appending. It starts empty: earlier contents are removed.
   * @returns null while another tab writes it
   * @throws StudioError `storage-full` or `storage-denied`
   */
  create(name: string): Promise<CacheWriter | null>;
  /**
   * Replaces a file atomically: a reader sees the old file or the new one, never a part.
   * @throws StudioError `storage-full` or `storage-denied`; the old file then stays
   */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /**
   * Does nothing if there is no such file, or while another tab writes it.
   * @throws StudioError `storage-denied`
   */
  remove(name: string): Promise<void>;
}

/** Appends to a file. End it by either `close` or `abort`. */
export interface CacheWriter {
  /**
   * Appends all of the bytes. The caller may reuse the buffer when this resolves.
   * @throws StudioError `storage-full` or `storage-denied`; the file may then hold anything
   */
  append(bytes: Uint8Array): Promise<void>;
  /**
   * Flushes the bytes to disk; afterwards the file can be opened.
   * @throws StudioError `storage-full` or `storage-denied`
   */
  close(): Promise<void>;
  /** Closes an unfinished file, which the caller then removes. Never fails. */
  abort(): Promise<void>;
}
