import { StudioError } from '../../core/studio-error';
import { checkRange, type ByteSource } from './byte-source';
import type { FileContent, FileStore, InPlaceFile, StoredFile } from './file-store';
import { joinedBytes, joinedChunks } from './joined-bytes';
import { requireStoredName } from './stored-name';

/** What all folders of a store in memory share. */
interface MemoryDisk {
  /** In bytes. */
  capacity: number;
  /** Milliseconds since the Unix epoch, later at each call. */
  readonly now: () => number;
  readonly root: MemoryFolder;
}

interface MemoryFolder {
  readonly files: Map<string, MemoryFile>;
  readonly folders: Map<string, MemoryFolder>;
}

/** The first `size` of `bytes`; the rest is room to grow in place. */
interface MemoryFile {
  bytes: Uint8Array<ArrayBuffer>;
  size: number;
  modifiedAt: number;
  isOpen: boolean;
}

/** A {@link FileStore} in memory, for programs that keep nothing and for tests. */
export class MemoryFileStore implements FileStore {
  readonly #disk: MemoryDisk;
  readonly #path: readonly string[];

  /** @param capacity of all its folders together, in bytes */
  constructor(capacity?: number);
  constructor(capacity: number, disk: MemoryDisk, path: readonly string[]);
  constructor(capacity = Infinity, disk = newDisk(capacity), path: readonly string[] = []) {
    this.#disk = disk;
    this.#path = path;
  }

  /** In bytes; may be changed at any time. */
  get capacity(): number {
    return this.#disk.capacity;
  }

  set capacity(bytes: number) {
    this.#disk.capacity = bytes;
  }

  async read(name: string): Promise<Uint8Array | null> {
    const file = this.#file(name);
    return file ? contentOf(file).slice() : null;
  }

  async open(name: string): Promise<ByteSource | null> {
    const file = this.#file(name);
    return file ? new MemoryByteSource(name, contentOf(file), file.modifiedAt) : null;
  }

  async openInPlace(name: string): Promise<InPlaceFile> {
    const { files } = this.#made();
    const file = this.#file(name) ?? this.#fileOf(new Uint8Array());
    if (file.isOpen) throw inUse(name);
    files.set(name, file);
    file.isOpen = true;
    return {
      size: () => file.size,
      read: (into, at) => {
        const part = contentOf(file).subarray(at, at + into.length);
        into.set(part);
        return part.length;
      },
      write: (bytes, at) => {
        this.#requireRoom(at + bytes.length - file.size);
        grow(file, at + bytes.length);
        file.bytes.set(bytes, at);
        file.modifiedAt = this.#disk.now();
      },
      truncate: (size) => {
        this.#requireRoom(size - file.size);
        grow(file, size);
        file.bytes.fill(0, size);
        file.size = size;
        file.modifiedAt = this.#disk.now();
      },
      flush: () => undefined,
      close: () => void (file.isOpen = false),
    };
  }

  async write(name: string, content: FileContent): Promise<void> {
    this.#file(name);
    const bytes = await received(content);
    const old = this.#file(name);
    if (old?.isOpen) throw inUse(name);
    this.#requireRoom(bytes.length - (old?.size ?? 0));
    this.#put(name, this.#fileOf(bytes));
  }

  async replace(name: string, content: FileContent, before: string): Promise<void> {
    this.#file(before);
    const bytes = await received(content);
    const old = this.#file(name);
    if (old?.isOpen) throw inUse(name);
    this.#requireRoom(bytes.length - ((old && this.#file(before)?.size) ?? 0));
    if (old) this.#put(before, old);
    this.#put(name, this.#fileOf(bytes));
  }

  async rename(from: string, to: string): Promise<void> {
    const [file, other] = [this.#file(from), this.#file(to)];
    if (!file || from === to) return;
    if (file.isOpen) throw inUse(from);
    if (other?.isOpen) throw inUse(to);
    this.#put(to, file);
    this.#folder()?.files.delete(from);
  }

  async remove(name: string): Promise<void> {
    if (this.#file(name)?.isOpen) throw inUse(name);
    this.#folder()?.files.delete(name);
  }

  async list(): Promise<StoredFile[]> {
    return [...(this.#folder()?.files ?? [])]
      .map(([name, { size, modifiedAt }]) => ({ name, bytes: size, modifiedAt }))
      .sort((a, b) => a.modifiedAt - b.modifiedAt);
  }

  async folders(): Promise<string[]> {
    return [...(this.#folder()?.folders.keys() ?? [])].sort();
  }

  folder(name: string): MemoryFileStore {
    requireStoredName(name);
    return new MemoryFileStore(this.capacity, this.#disk, [...this.#path, name]);
  }

  async removeFolder(name: string): Promise<void> {
    requireStoredName(name);
    const folder = this.#folder()?.folders.get(name);
    const open = folder && filesIn(folder).some(({ isOpen }) => isOpen);
    if (open) throw inUse(name);
    this.#folder()?.folders.delete(name);
  }

  async freeBytes(): Promise<number | null> {
    return this.capacity === Infinity ? null : this.capacity - this.#used;
  }

  #file(name: string): MemoryFile | undefined {
    requireStoredName(name);
    if (this.#folder()?.folders.has(name)) throw notAFile(name);
    return this.#folder()?.files.get(name);
  }

  #put(name: string, file: MemoryFile): void {
    const { files } = this.#made();
    // Behind the others: a file that is replaced is a new one.
    files.delete(name);
    files.set(name, file);
  }

  #fileOf(bytes: Uint8Array<ArrayBuffer>): MemoryFile {
    return { bytes, size: bytes.length, modifiedAt: this.#disk.now(), isOpen: false };
  }

  /** This folder; undefined if nothing was written in it yet. */
  #folder(): MemoryFolder | undefined {
    return this.#path.reduce<MemoryFolder | undefined>(
      (folder, name) => folder?.folders.get(name),
      this.#disk.root,
    );
  }

  #made(): MemoryFolder {
    return this.#path.reduce((folder, name) => {
      const inner = folder.folders.get(name) ?? newFolder();
      folder.folders.set(name, inner);
      return inner;
    }, this.#disk.root);
  }

  get #used(): number {
    return filesIn(this.#disk.root).reduce((sum, { size }) => sum + size, 0);
  }

  #requireRoom(more: number): void {
    if (more <= 0 || this.#used + more <= this.capacity) return;
    throw new StudioError(
      'storage-full',
      `${more} bytes more don't fit into a store of ${this.capacity}.`,
      'Remove what you no longer need.',
    );
  }
}

class MemoryByteSource implements ByteSource {
  constructor(
    readonly name: string,
    readonly bytes: Uint8Array<ArrayBuffer>,
    readonly modified: number,
  ) {}

  get size(): number {
    return this.bytes.length;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    checkRange(this, offset, length);
    return this.bytes.slice(offset, offset + length);
  }

  async stream(offset: number): Promise<ReadableStream<Uint8Array>> {
    checkRange(this, offset, 0);
    return new Blob([this.bytes.subarray(offset)]).stream();
  }
}

/** All of the content, in an array of its own. */
const received = async (content: FileContent): Promise<Uint8Array<ArrayBuffer>> =>
  content instanceof Uint8Array ? joinedBytes([content]) : joinedChunks(content);

const newFolder = (): MemoryFolder => ({ files: new Map(), folders: new Map() });

function newDisk(capacity: number): MemoryDisk {
  let last = 0;
  // Two files that are written within a millisecond keep their order.
  const now = () => (last = Math.max(Date.now(), last + 1));
  return { capacity, now, root: newFolder() };
}

const contentOf = ({ bytes, size }: MemoryFile): Uint8Array<ArrayBuffer> => bytes.subarray(0, size);

const filesIn = ({ files, folders }: MemoryFolder): MemoryFile[] => [
  ...files.values(),
  ...[...folders.values()].flatMap(filesIn),
];

/** Makes a file at least this large; what is new is zero. */
function grow(file: MemoryFile, size: number): void {
  if (size > file.bytes.length) {
    const bytes = new Uint8Array(Math.max(size, 2 * file.bytes.length));
    bytes.set(contentOf(file));
    file.bytes = bytes;
  }
  file.size = Math.max(file.size, size);
}

const notAFile = (name: string) =>
  new StudioError(
    'storage-denied',
    `${name} is a folder; a file was expected.`,
    'Remove it first.',
  );

const inUse = (name: string) =>
  new StudioError('storage-denied', `${name} is open already.`, 'Close it there first.');
