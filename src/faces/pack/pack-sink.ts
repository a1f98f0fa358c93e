/**
 * Stores the files of a pack, for example in a folder on disk. A file grows by appending, isn't
 * visible before it is finished, and can be truncated to an earlier length. That is all that an
 * interrupted pack needs to resume.
 */
export interface PackSink {
  /**
   * Appends bytes to a file, creating it if needed. The caller must not change the bytes
   * afterwards.
   * @throws StudioError `storage-full`
   */
  append(path: string, bytes: Uint8Array): Promise<void>;
  /**
   * Flushes everything to disk, so that it survives a crash. Returns the length of each unfinished
   * file in bytes.
   */
  sync(): Promise<FileLengths>;
  /** Finishes a file: it gets its final name, replacing an older file. */
  finish(path: string): Promise<void>;
  /**
   * Truncates the files to the lengths that {@link sync} returned, including files that were
   * finished since. Other unfinished files are removed.
   * @throws StudioError `bad-source` if a file is missing or shorter
   */
  rewind(lengths: FileLengths): Promise<void>;
  /** Streams an unfinished file from its start to its current length. */
  stream(path: string): Promise<ReadableStream<Uint8Array>>;
  /** Removes an unfinished file. */
  discard(path: string): Promise<void>;
}

/** Length in bytes by path. */
export type FileLengths = Readonly<Record<string, number>>;
