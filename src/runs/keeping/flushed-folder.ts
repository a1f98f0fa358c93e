import type { ByteSource } from '../../formats/bytes/byte-source';
import type {
  FileContent,
  FileStore,
  InPlaceFile,
  StoredFile,
} from '../../formats/bytes/file-store';

/**
 * A folder in which nothing is replaced before something else has been flushed: a checkpoint must
 * not be of a later step than the curves beside it, or a resumed run would have a gap in them.
 */
export class FlushedFolder implements FileStore {
  /** @param flush never rejects */
  constructor(
    readonly inner: FileStore,
    readonly flush: () => Promise<void>,
  ) {}

  read(name: string): Promise<Uint8Array | null> {
    return this.inner.read(name);
  }

  open(name: string): Promise<ByteSource | null> {
    return this.inner.open(name);
  }

  openInPlace(name: string): Promise<InPlaceFile> {
    return this.inner.openInPlace(name);
  }

  write(name: string, content: FileContent): Promise<void> {
    return this.inner.write(name, content);
  }

  async replace(name: string, content: FileContent, before: string): Promise<void> {
    await this.flush();
    return this.inner.replace(name, content, before);
  }

  rename(from: string, to: string): Promise<void> {
    return this.inner.rename(from, to);
  }

  remove(name: string): Promise<void> {
    return this.inner.remove(name);
  }

  list(): Promise<StoredFile[]> {
    return this.inner.list();
  }

  folders(): Promise<string[]> {
    return this.inner.folders();
  }

  folder(name: string): FileStore {
    return this.inner.folder(name);
  }

  removeFolder(name: string): Promise<void> {
    return this.inner.removeFolder(name);
  }

  freeBytes(): Promise<number | null> {
    return this.inner.freeBytes();
  }
}
