import { open, stat } from 'node:fs/promises';
import { checkRange, type ByteSource } from '../../formats/bytes/byte-source';
import { StudioError } from '../../core/studio-error';
import { fileStream } from './file-stream';

/**
 * A file on disk. Not `openAsBlob`: for files beyond 4 GiB, Node 20 returns a blob of only a part
 * of the file.
 */
export class DiskByteSource implements ByteSource {
  private constructor(
    readonly name: string,
    readonly path: string,
    readonly size: number,
    readonly modified: number,
  ) {}

  /**
   * @param name for messages; the path by default
   * @throws the system's error if there is no such file
   */
  static async open(path: string, name = path): Promise<DiskByteSource> {
    const { size, mtimeMs } = await stat(path);
    // Whole milliseconds, as in the page: copying tools keep no finer time.
    return new DiskByteSource(name, path, size, Math.floor(mtimeMs));
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    checkRange(this, offset, length);
    const file = await open(this.path);
    try {
      const bytes = new Uint8Array(length);
      for (let filled = 0; filled < length;) {
        // The system reads at most 2 GiB in one call.
        const { bytesRead } = await file.read(
          bytes,
          filled,
          Math.min(length - filled, 2 ** 30),
          offset + filled,
        );
        if (bytesRead === 0)
          throw new StudioError(
            'bad-source',
            `${this.name} has become shorter than ${this.size} bytes.`,
            'Leave the file as it is while it is read.',
          );
        filled += bytesRead;
      }
      return bytes;
    } finally {
      await file.close();
    }
  }

  async stream(offset: number): Promise<ReadableStream<Uint8Array>> {
    checkRange(this, offset, 0);
    return fileStream(this.path, offset);
  }
}
