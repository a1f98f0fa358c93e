/**
 * Where a run's files lie: OPFS in the page, a folder in Node. A write is all or nothing: a reader sees the old file or
 * the new one, never a part.
 */
export interface RunStore {
  /** The file's bytes, or null where there is none. */
  read(name: string): Promise<Uint8Array | null>;
  /** @throws StudioError `storage-full` or `storage-denied`; what was there before stays. */
  write(name: string, bytes: Uint8Array): Promise<void>;
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

  async remove(name: string): Promise<void> {
    this.#files.delete(name);
  }
}
