import { closeSync, constants, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { mkdir, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordFile, RecordShelf } from '../training/features/record-shelf';

/** A folder on disk, made when it is first needed. */
export class NodeRecordShelf implements RecordShelf {
  constructor(readonly folder: string) {}

  async open(name: string): Promise<RecordFile> {
    await mkdir(this.folder, { recursive: true });
    const file = openSync(join(this.folder, name), constants.O_RDWR | constants.O_CREAT);
    return {
      size: () => fstatSync(file).size,
      read: (into, at) => readSync(file, into, 0, into.length, at),
      write: (bytes, at) => void writeSync(file, bytes, 0, bytes.length, at),
      truncate: (size) => ftruncateSync(file, size),
      flush: () => fsyncSync(file),
      close: () => closeSync(file),
    };
  }

  async list(): Promise<{ name: string; bytes: number }[]> {
    const names = (await readdir(this.folder).catch(() => [])).filter((name) => name.endsWith('.features'));
    const files = await Promise.all(names.map(async (name) => ({ name, ...(await stat(join(this.folder, name))) })));
    return files.sort((a, b) => a.mtimeMs - b.mtimeMs).map(({ name, size }) => ({ name, bytes: size }));
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.folder, name), { force: true });
  }

  async room(): Promise<number | null> {
    await mkdir(this.folder, { recursive: true });
    const { bavail, bsize } = await statfs(this.folder);
    return bavail * bsize;
  }
}
