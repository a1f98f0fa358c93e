import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FileLengths, PackSink } from '../../../faces/pack/pack-sink';
import { StudioError } from '../../../core/studio-error';
import { ignoreMissing } from '../../node/disk-error';
import { fileStream } from '../../node/file-stream';
import { errnoOf } from '../../node/output-file';

/** Bytes that are collected before they are written to a file: single records are small. */
const WRITE_BYTES = 2 ** 20;

/** An open file and its bytes that aren't written yet. */
interface OpenFile {
  readonly handle: FileHandle;
  /** Bytes appended so far, written or not. */
  length: number;
  pending: Uint8Array[];
  pendingBytes: number;
}

/** The files of a pack in a folder. Unfinished files end in `.part`. */
export class PackFolder implements PackSink {
  readonly #files = new Map<string, OpenFile>();

  constructor(readonly root: string) {}

  async append(path: string, bytes: Uint8Array): Promise<void> {
    const file = this.#files.get(path) ?? (await this.#open(path, 0));
    file.pending.push(bytes);
    file.pendingBytes += bytes.length;
    file.length += bytes.length;
    if (file.pendingBytes >= WRITE_BYTES) await writePending(file);
  }

  async sync(): Promise<FileLengths> {
    const lengths: Record<string, number> = {};
    for (const [path, file] of this.#files) {
      await writePending(file);
      await orStorageFull(file.handle.sync());
      lengths[path] = file.length;
    }
    return lengths;
  }

  async finish(path: string): Promise<void> {
    const file = this.#files.get(path) ?? (await this.#open(path, 0));
    await writePending(file);
    await orStorageFull(file.handle.sync());
    await this.#close(path);
    await rename(this.#part(path), join(this.root, path));
  }

  async rewind(lengths: FileLengths): Promise<void> {
    await this.close();
    for (const path of await partsBelow(this.root))
      if (!Object.hasOwn(lengths, path)) await rm(this.#part(path));
    for (const [path, length] of Object.entries(lengths)) {
      const at = join(this.root, path);
      const partAt = this.#part(path);
      let part = await stat(partAt).catch(ignoreMissing(partAt));
      if (!part) {
        await rename(at, partAt).catch(ignoreMissing(at));
        part = await stat(partAt).catch(ignoreMissing(partAt));
      }
      const size = part?.size ?? 0;
      if (size < length) {
        throw new StudioError(
          'bad-source',
          `${partAt} should have ${length} bytes or more and has ${size}.`,
          'Remove what was packed, and pack again.',
        );
      }
      await this.#open(path, length);
    }
  }

  async stream(path: string): Promise<ReadableStream<Uint8Array>> {
    const file = this.#files.get(path);
    if (!file || file.length === 0) return new Blob([]).stream();
    await writePending(file);
    return fileStream(this.#part(path), 0, file.length);
  }

  async discard(path: string): Promise<void> {
    await this.#close(path);
    await rm(this.#part(path), { force: true });
  }

  /** Closes the files as they are. Bytes that aren't written yet are lost. */
  async close(): Promise<void> {
    for (const path of [...this.#files.keys()]) await this.#close(path);
  }

  async #open(path: string, length: number): Promise<OpenFile> {
    await mkdir(dirname(this.#part(path)), { recursive: true });
    const handle = await open(this.#part(path), 'a');
    await handle.truncate(length);
    const file: OpenFile = { handle, length, pending: [], pendingBytes: 0 };
    this.#files.set(path, file);
    return file;
  }

  async #close(path: string): Promise<void> {
    await this.#files.get(path)?.handle.close();
    this.#files.delete(path);
  }

  #part(path: string): string {
    return join(this.root, `${path}.part`);
  }
}

async function writePending(file: OpenFile): Promise<void> {
  const bytes = Buffer.concat(file.pending);
  file.pending = [];
  file.pendingBytes = 0;
  if (bytes.length > 0) await orStorageFull(file.handle.appendFile(bytes));
}

/** Unfinished files of a pack, without `.part`. A pack has folders one level deep. */
async function partsBelow(root: string): Promise<string[]> {
  const entries = (await readdir(root, { recursive: true }).catch(ignoreMissing(root))) ?? [];
  return entries
    .filter((entry) => /^([^/\\]+[/\\])?[^/\\]+\.part$/.test(entry))
    .map((entry) => entry.slice(0, -5).replaceAll('\\', '/'));
}

/** Waits for a write. @throws StudioError `storage-full` if the disk is full */
async function orStorageFull<T>(writing: Promise<T>): Promise<T> {
  return writing.catch((cause: unknown) => {
    const errno = errnoOf(cause);
    if (errno !== 'ENOSPC' && errno !== 'EDQUOT') throw cause;
    throw new StudioError(
      'storage-full',
      'The disk is full.',
      'Make room and start again with the same arguments: the pack resumes where it was.',
      { cause },
    );
  });
}
