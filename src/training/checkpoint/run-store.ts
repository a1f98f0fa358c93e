/**
 * Where a run's files lie: OPFS in the page, a folder in Node. A write is all or nothing: a reader
 * sees the old file or the new one, never a part.
 */
export interface RunStore {
  /**
   * The file's bytes, or null where there is none.
   * @throws StudioError `storage-denied` for one that is there and can't be read: it is not to be
   * written over
   */
  read(name: string): Promise<Uint8Array | null>;
  /** @throws StudioError `storage-full` or `storage-denied`; what was there before stays. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /**
   * Writes a file and keeps the one that it takes the place of, under the name `before`. Whenever
   * this is cut off, one of the two names has a whole file of the old bytes or the new.
   * @throws StudioError as {@link write}
   */
  replace(name: string, bytes: Uint8Array, before: string): Promise<void>;
  /** Removes a file, where there is one. @throws StudioError `storage-denied` where it stays */
  remove(name: string): Promise<void>;
}

/** A store that forgets: for runs that keep nothing, and for tests. */
export class MemoryRunStore implements RunStore {
  readonly #files = new Map<string, Uint8Array>();

  async read(name: string): Promise<Uint8Array | null> {
    return this.#files.get(name) ?? null;
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    this.#files.set(name, bytes.slice());
  }

  async replace(name: string, bytes: Uint8Array, before: string): Promise<void> {
    const old = this.#files.get(name);
    await this.write(name, bytes);
    if (old) this.#files.set(before, old);
  }

  async remove(name: string): Promise<void> {
    this.#files.delete(name);
  }
}
