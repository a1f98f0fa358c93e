import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ByteSource } from '../../../formats/bytes/byte-source';
import { StudioError } from '../../../core/studio-error';
import { DiskByteSource } from '../disk-byte-source';
import { isMissing, unreadable } from '../disk-error';

/**
 * A file of a store on disk, as it was when it was opened: once it has been replaced by another one
 * it can't be read any more, since its parts would be of two files.
 */
export class StoredDiskFile implements ByteSource {
  readonly #disk: DiskByteSource;
  readonly #opened: Stats;

  private constructor(disk: DiskByteSource, opened: Stats) {
    this.#disk = disk;
    this.#opened = opened;
  }

  /** null if there is no such file. @throws StudioError `storage-denied` */
  static async open(path: string): Promise<StoredDiskFile | null> {
    try {
      const found = await stat(path);
      if (found.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
      return new StoredDiskFile(await DiskByteSource.open(path), found);
    } catch (thrown) {
      if (isMissing(thrown)) return null;
      throw unreadable(path, thrown);
    }
  }

  get name(): string {
    return this.#disk.name;
  }

  get size(): number {
    return this.#disk.size;
  }

  get modified(): number {
    return this.#disk.modified;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    let bytes: Uint8Array;
    try {
      bytes = await this.#disk.read(offset, length);
    } catch (thrown) {
      if (thrown instanceof StudioError) throw thrown;
      throw unreadable(this.name, thrown);
    }
    if (!(await this.isReplaced())) return bytes;
    throw new StudioError(
      'storage-denied',
      `${this.name} was replaced while it was read.`,
      'Try again when the program that writes it has ended.',
    );
  }

  async stream(offset: number): Promise<ReadableStream<Uint8Array>> {
    return this.#disk.stream(offset);
  }

  /** Whether there is another file of that name by now, or none. */
  async isReplaced(): Promise<boolean> {
    const now = await stat(this.name).catch(() => null);
    return now?.ino !== this.#opened.ino || now.mtimeMs !== this.#opened.mtimeMs;
  }
}
