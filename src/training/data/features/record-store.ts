/**
 * A file that is read and written in place, at once: a synchronous access handle in the page, a
 * descriptor in Node.
 */
export interface RecordFile {
  size(): number;
  /** Reads as many bytes as there are, `into.length` at most. @returns how many */
  read(into: Uint8Array, at: number): number;
  /** @throws StudioError `storage-full` where not all of it could be written */
  write(bytes: Uint8Array, at: number): void;
  truncate(size: number): void;
  /** Has the system keep what was written. */
  flush(): void;
  close(): void;
}

/** Where files of records lie. One hand at a time holds a file. */
export interface RecordStore {
  /**
   * Opens a file, made where it is missing.
   * @throws StudioError `storage-denied` where nothing may be kept, or another tab has the file
   */
  open(name: string): Promise<RecordFile>;
  /** Files and their bytes, the one that was written longest ago first. */
  list(): Promise<{ readonly name: string; readonly bytes: number }[]>;
  remove(name: string): Promise<void>;
  /** Bytes that can still be kept; null where nobody says. */
  freeBytes(): Promise<number | null>;
}
