import { BlobByteSource, type ByteSource } from '../../../formats/bytes/byte-source';
import type { FolderFile } from './folder-file';

/** A file of a picked folder or of a folder on disk. */
export type LocalFile = FolderFile;

/**
 * A picked or dropped file as it crosses to the worker: a File loses its place in the folder on the
 * way.
 */
export interface PickedFile {
  readonly file: File;
  /** Below the picked folder: without the folder's own name, `/` between the parts. */
  readonly path: string;
}

/**
 * Files as a picker or a drop gives them, each with its place below the folder; single files have
 * none.
 */
export function pickedFiles(files: readonly File[]): PickedFile[] {
  return files.map((file) => {
    // What is dropped has its place in a property of the drop zone's: "/folder/file", or "./file"
    // alone.
    const { webkitRelativePath, relativePath } = file as File & { readonly relativePath?: string };
    const below = (webkitRelativePath || relativePath || '').replace(/^\.?\//, '');
    return { file, path: below.replace(/^[^/]*\//, '') || file.name };
  });
}

/** A {@link PickedFile} as a source reads it. */
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
