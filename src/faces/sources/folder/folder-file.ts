import type { ByteSource } from '../../../formats/bytes/byte-source';

/** A file of a folder, not read yet. */
export interface FolderFile {
  /** Path relative to the folder, with `/` as separator. */
  readonly path: string;
  /** In bytes; absent if finding it out takes an extra request per file. */
  readonly size?: number;
  /** @throws the reason why it can't be read */
  read(): Promise<Uint8Array>;
  /** Opens it for random access, with its size. @throws as {@link read} */
  open(): Promise<ByteSource>;
}
