import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FileLengths, PackSink } from '../../../faces/pack/pack-sink';
import { StudioError } from '../../../core/studio-error';
import { missingOr } from '../../node/disk-error';
import { fileStream } from '../../node/file-stream';

/** Bytes that are held of a file before they are written: records are small. */
const WRITE_AT_ONCE = 2 ** 20;

/** A file that grows. */
interface OpenFile {
  readonly handle: FileHandle;
  /** What was appended, in bytes, written or held. */
  length: number;
  held: Uint8Array[];
  heldBytes: number;
}

/** A pack's files in a folder. Those that are not finished end in `.part`. */
export class PackFolder implements PackSink {
  readonly #files = new Map<string, OpenFile>();

  constructor(readonly root: string) {}

  async append(path: string, bytes: Uint8Array): Promise<void> {
    const file = this.#files.get(path) ?? (await this.#open(path, 0));
    file.held.push(bytes);
    file.heldBytes += bytes.length;
    file.length += bytes.length;
    if (file.heldBytes >= WRITE_AT_ONCE) await writeHeld(file);
  }

  async settle(): Promise<FileLengths> {
    const lengths: Record<string, number> = {};
    for (const [path, file] of this.#files) {
      await writeHeld(file);
      await orStorageFull(file.handle.sync());
      lengths[path] = file.length;
    }
    return lengths;
  }

  async finish(path: string): Promise<void> {
    const file = this.#files.get(path) ?? (await this.#open(path, 0));
    await writeHeld(file);
    await orStorageFull(file.handle.sync());
    await this.#close(path);
    await rename(this.#part(path), join(this.root, path));
  }

  async rewind(lengths: FileLengths): Promise<void> {
    await this.close();
    for (const path of await partsBelow(this.root))
      if (!Object.hasOwn(lengths, path)) await rm(this.#part(path));
    for (const [path, length] of Object.entries(lengths)) {
      const part = await stat(this.#part(path)).catch(missingOr(this.#part(path)));
      if (!part)
        await rename(join(this.root, path), this.#part(path)).catch(
          missingOr(join(this.root, path)),
        );
      const size =
        part?.size ?? (await stat(this.#part(path)).catch(missingOr(this.#part(path))))?.size ?? 0;
      if (size < length) {
        throw new StudioError(
          'bad-source',
          `${join(this.root, path)}.part should have ${length} bytes or more and has ${size}.`,
          'Remove what was packed, and pack again.',
        );
      }
      await this.#open(path, length);
    }
  }

  async stream(path: string): Promise<ReadableStream<Uint8Array>> {
    const file = this.#files.get(path);
    if (!file || file.length === 0) return new Blob([]).stream();
    await writeHeld(file);
    return fileStream(this.#part(path), 0, file.length);
  }

  async discard(path: string): Promise<void> {
    await this.#close(path);
    await rm(this.#part(path), { force: true });
  }

  /** Lets go of the files as they are; what is held of them is lost. */
  async close(): Promise<void> {
    for (const path of [...this.#files.keys()]) await this.#close(path);
  }

  async #open(path: string, length: number): Promise<OpenFile> {
    await mkdir(dirname(this.#part(path)), { recursive: true });
    const handle = await open(this.#part(path), 'a');
    await handle.truncate(length);
    const file: OpenFile = { handle, length, held: [], heldBytes: 0 };
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

async function writeHeld(file: OpenFile): Promise<void> {
  const bytes = Buffer.concat(file.held);
  [file.held, file.heldBytes] = [[], 0];
  if (bytes.length > 0) await orStorageFull(file.handle.appendFile(bytes));
}

/** Unfinished files of a pack, without `.part`. A pack has folders one level deep. */
async function partsBelow(root: string): Promise<string[]> {
  const entries = (await readdir(root, { recursive: true }).catch(missingOr(root))) ?? [];
  return entries
    .filter((entry) => /^([^/\\]+[/\\])?[^/\\]+\.part$/.test(entry))
    .map((entry) => entry.slice(0, -5).replaceAll('\\', '/'));
}

async function orStorageFull<T>(writing: Promise<T>): Promise<T> {
  return writing.catch((cause: unknown) => {
    const full =
      cause instanceof Error &&
      'code' in cause &&
      (cause.code === 'ENOSPC' || cause.code === 'EDQUOT');
    if (!full) throw cause;
    throw new StudioError(
      'storage-full',
      'The disk is full.',
      'Make room and start again with the same arguments: the pack goes on where it was.',
      { cause },
    );
  });
}
