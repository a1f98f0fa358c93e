/**
 * Where the files of a pack go: a folder on disk, for one. A file grows by what is appended, is
 * seen by nobody before it is finished, and can be taken back to a length that it once had: that is
 * all that a pack which was killed needs to go on.
 */
export interface PackSink {
  /**
   * Adds bytes to the end of a file, which is made where there is none. They must not be changed
   * afterwards.
   * @throws StudioError `storage-full`
   */
  append(path: string, bytes: Uint8Array): Promise<void>;
  /**
   * Makes all that was appended last through a crash. Returns the length of each file that is not
   * finished, in bytes.
   */
  settle(): Promise<FileLengths>;
  /** The file is whole: it gets its name, in place of an older one. */
  finish(path: string): Promise<void>;
  /**
   * Takes the files back to where {@link settle} found them, finished ones too that were open then;
   * unfinished ones that it did not name are removed.
   * @throws StudioError `bad-source` where a file is gone or shorter
   */
  rewind(lengths: FileLengths): Promise<void>;
  /** What a file holds that is not finished, from its beginning, up to its length now. */
  stream(path: string): Promise<ReadableStream<Uint8Array>>;
  /** Removes a file that is not finished. */
  discard(path: string): Promise<void>;
}

/** Bytes by path. */
export type FileLengths = Readonly<Record<string, number>>;
