import type { ByteSource } from '../../../formats/bytes/byte-source';

/** A file of a folder, its contents still unread. */
export interface FolderFile {
  /** Below the folder: without the folder's own name, `/` between the parts. */
  readonly path: string;
  /** In bytes; absent where it would have to be asked for file by file. */
  readonly size?: number;
  /** @throws whatever keeps it from being read */
  read(): Promise<Uint8Array>;
  /** For reading at any place; it knows its size. @throws as {@link read} */
  open(): Promise<ByteSource>;
}
