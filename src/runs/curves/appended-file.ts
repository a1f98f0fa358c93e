import { StudioError } from '../../core/studio-error';
import type { FileStore, InPlaceFile } from '../../formats/bytes/file-store';

/**
 * A file that grows at its end. What was cut off by a crash, or couldn't be written whole, is
 * overwritten by what is appended next. The file is open only during a call, since it can be open
 * in one place at a time.
 */
export class AppendedFile {
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
      file.write(bytes, this.size);
      if (isDurable) file.flush();
      this.size += bytes.length;
    } finally {
      file.close();
    }
  }

  /** Drops everything behind `size` bytes. @throws StudioError `storage-denied` */
  async cut(size: number): Promise<void> {
    if (size >= this.size) return;
    const file = await this.store.openInPlace(this.name);
    try {
      this.#requireWhole(file);
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
