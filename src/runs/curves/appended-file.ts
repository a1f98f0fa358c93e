import { StudioError } from '../../core/studio-error';
import type { FileStore, InPlaceFile } from '../../formats/bytes/file-store';

/**
 * A file that grows at its end. What was cut off by a crash, or couldn't be written whole, is
 * overwritten by what is appended next. The file is open only during a call, since it can be open
 * in one place at a time.
 */
export class AppendedFile {
  /** Whether some of it may not be on disk yet, also of what an earlier program appended. */
  #isDirty = true;

  /** @param size bytes up to the end of what is whole; what lies behind is dropped */
  constructor(
    readonly store: FileStore,
    readonly name: string,
    public size: number,
  ) {}

  /**
   * @param isDurable whether to wait until it is on disk, so that it survives a crash of the system
   * @throws StudioError `storage-full` or `storage-denied`, also if the file is shorter than it was
   * left; it then counts as it was before
   */
  async append(bytes: Uint8Array, isDurable: boolean): Promise<void> {
    const file = await this.store.openInPlace(this.name);
    try {
      this.#requireWhole(file);
      if (file.size() > this.size) file.truncate(this.size);
      this.#isDirty = true;
      file.write(bytes, this.size);
      if (isDurable) this.#flush(file);
      this.size += bytes.length;
    } finally {
      file.close();
    }
  }

  /** Waits until all of it is on disk. @throws StudioError `storage-full` or `storage-denied` */
  async flush(): Promise<void> {
    if (!this.#isDirty) return;
    const file = await this.store.openInPlace(this.name);
    try {
      this.#flush(file);
    } finally {
      file.close();
    }
  }

  #flush(file: InPlaceFile): void {
    file.flush();
    this.#isDirty = false;
  }

  /** Drops everything behind `size` bytes. @throws StudioError `storage-denied` */
  async cut(size: number): Promise<void> {
    if (size >= this.size) return;
    const file = await this.store.openInPlace(this.name);
    try {
      this.#requireWhole(file);
      this.#isDirty = true;
      file.truncate(size);
      this.size = size;
    } finally {
      file.close();
    }
  }

  /** Bytes behind the end of a file would have zeros before them, which no reader could skip. */
  #requireWhole(file: InPlaceFile): void {
    const found = file.size();
    if (found >= this.size) return;
    throw new StudioError(
      'storage-denied',
      `${this.name} has ${found} bytes; ${this.size} were expected: another program changed it.`,
      'Look at the place where the run is kept.',
    );
  }
}
