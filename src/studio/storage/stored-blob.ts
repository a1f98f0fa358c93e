import { BlobByteSource, type ByteSource } from '../../formats/bytes/byte-source';
import { withStorageErrors, type StorageErrorWords } from './opfs-file';

/** A file of a store as it was when it was opened; its errors are those of the store. */
export class StoredBlob implements ByteSource {
  readonly #blob: BlobByteSource;
  readonly #words: StorageErrorWords;

  constructor(file: File, words: StorageErrorWords) {
    this.#blob = new BlobByteSource(file.name, file);
    this.#words = words;
  }

  get name(): string {
    return this.#blob.name;
  }

  get size(): number {
    return this.#blob.size;
  }

  get modified(): number | undefined {
    return this.#blob.modified;
  }

  /** @throws StudioError `storage-denied` if the file was replaced or removed meanwhile */
  read(offset: number, length: number): Promise<Uint8Array> {
    return withStorageErrors(this.#words, () => this.#blob.read(offset, length));
  }

  stream(offset: number): Promise<ReadableStream<Uint8Array>> {
    return this.#blob.stream(offset);
  }
}
