import { open, stat } from 'node:fs/promises';
import { checkRange, type ByteSource } from '../../formats/bytes/byte-source';
import { StudioError } from '../../core/studio-error';
import { fileStream } from './file-stream';

/**
 * A file on disk. `openAsBlob` would do but for files beyond four gibibytes, of which Node 20 gives
 * a part under the whole's name.
 */
export class DiskByteSource implements ByteSource {
  private constructor(
    readonly name: string,
    readonly path: string,
    readonly size: number,
    readonly modified: number,
  ) {}

  /**
   * @param name for messages; the path by default. @throws what the system says for a path that is
   * no file
   */
  static async open(path: string, name = path): Promise<DiskByteSource> {
    const { size, mtimeMs } = await stat(path);
    // Whole milliseconds, as the page has them: copying tools keep no finer time.
    return new DiskByteSource(name, path, size, Math.floor(mtimeMs));
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    checkRange(this, offset, length);
    const file = await open(this.path);
    try {
      const bytes = new Uint8Array(length);
      for (let filled = 0; filled < length;) {
        // The system gives two gibibytes at once at most.
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
