import { BlobByteSource, type ByteSource } from '../../../formats/bytes/byte-source';
import type { FolderFile } from './folder-file';

/** A file of a picked folder, or of a folder on disk. */
export type LocalFile = FolderFile;

/** A picked or dropped file to send to the worker. A File alone loses its path on the way. */
export interface PickedFile {
  readonly file: File;
  /** Path relative to the picked folder, with `/` as separator. */
  readonly path: string;
}

/** Adds to each picked or dropped file its path relative to the folder; single files have none. */
export function pickedFiles(files: readonly File[]): PickedFile[] {
  return files.map((file) => {
    // For dropped files the drop zone sets relativePath: "/folder/file", or "./file" for a single
    // one.
    const { webkitRelativePath, relativePath } = file as File & { readonly relativePath?: string };
    const below = (webkitRelativePath || relativePath || '').replace(/^\.?\//, '');
    return { file, path: below.replace(/^[^/]*\//, '') || file.name };
  });
}

/** A {@link PickedFile} as a {@link LocalFile}. */
export class BrowserFile implements LocalFile {
  readonly path: string;
  readonly #file: File;

  constructor({ file, path }: PickedFile) {
    this.path = path;
    this.#file = file;
  }

  get size(): number {
    return this.#file.size;
  }

  async read(): Promise<Uint8Array> {
    return new Uint8Array(await this.#file.arrayBuffer());
  }

  async open(): Promise<ByteSource> {
    return new BlobByteSource(this.path, this.#file);
  }
}
