/**
 * Storage of a run's files: OPFS in the page, a folder in Node. Writes are atomic: a reader sees
 * the old file or the new one, never a part.
 */
export interface RunStore {
  /**
   * The file's bytes, or null if there is none.
   * @throws StudioError `storage-denied` if it exists and can't be read: don't overwrite it then
   */
  read(name: string): Promise<Uint8Array | null>;
  /** @throws StudioError `storage-full` or `storage-denied`; an existing file then stays. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /**
   * Writes a file, and renames the file that it replaces to `before`. If this is interrupted at any
   * point, at least one of the two names holds a complete file, old or new.
   * @throws StudioError as {@link write}
   */
  replace(name: string, bytes: Uint8Array, before: string): Promise<void>;
  /**
   * Removes a file, if there is one. @throws StudioError `storage-denied` if it can't be removed
   */
  remove(name: string): Promise<void>;
}

/** A store in memory, for runs that save nothing and for tests. */
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
