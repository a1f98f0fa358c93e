/**
 * A file that is read and written in place, synchronously: a sync access handle in the page, a file
 * descriptor in Node.
 */
export interface RecordFile {
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

/** A store of files of records. A file can be open in one place at a time. */
export interface RecordStore {
  /**
   * Opens a file, and creates it if there is none.
   * @throws StudioError `storage-denied` if nothing may be kept, or another tab has the file open
   */
  open(name: string): Promise<RecordFile>;
  /** Files and their bytes, the least recently written first. */
  list(): Promise<{ readonly name: string; readonly bytes: number }[]>;
  remove(name: string): Promise<void>;
  /** Bytes that can still be kept; null if the platform doesn't say. */
  freeBytes(): Promise<number | null>;
}
