import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { mkdir, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { StudioError } from '../../core/studio-error';
import type { RecordFile, RecordStore } from '../../training/data/features/record-store';
import { ignoreMissing } from './disk-error';
import { outputError } from './output-file';

/** A record store in a folder on disk, which is made when it is first needed. */
export class NodeRecordStore implements RecordStore {
  constructor(readonly folder: string) {}

  async open(name: string): Promise<RecordFile> {
    const path = join(this.folder, name);
    const file = await this.#open(path);
    return {
      size: () => fstatSync(file).size,
      read: (into, at) => readSync(file, into, 0, into.length, at),
      write: (bytes, at) => writeWhole(file, bytes, at, path),
      truncate: (size) => ftruncateSync(file, size),
      flush: () => fsyncSync(file),
      close: () => closeSync(file),
    };
  }

  async list(): Promise<{ name: string; bytes: number }[]> {
    const there = (await readdir(this.folder).catch(ignoreMissing(this.folder))) ?? [];
    const names = there.filter((name) => name.endsWith('.features'));
    const files = await Promise.all(
      names.map(async (name) => ({ name, ...(await stat(join(this.folder, name))) })),
    );
    return files
      .sort((a, b) => a.mtimeMs - b.mtimeMs)
      .map(({ name, size }) => ({ name, bytes: size }));
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.folder, name), { force: true });
  }

  async freeBytes(): Promise<number | null> {
    await mkdir(this.folder, { recursive: true });
    const { bavail, bsize } = await statfs(this.folder);
    return bavail * bsize;
  }

  async #open(path: string): Promise<number> {
    try {
      await mkdir(this.folder, { recursive: true });
      return openSync(path, constants.O_RDWR | constants.O_CREAT);
    } catch (cause) {
      throw outputError(path, cause);
    }
  }
}

/**
 * Writes all of the bytes: one system call may write fewer than it is given.
 * @param write the system call
 * @throws StudioError `storage-full` or `storage-denied` if the system writes no more
 */
export function writeWhole(
  file: number,
  bytes: Uint8Array,
  at: number,
  path: string,
  write: typeof writeSync = writeSync,
): void {
  for (let written = 0; written < bytes.length;) {
    let count: number;
    try {
      count = write(file, bytes, written, bytes.length - written, at + written);
    } catch (cause) {
      throw outputError(path, cause);
    }
    if (count === 0) {
      const found = `${path} took ${written} of ${bytes.length} bytes and then no more.`;
      throw new StudioError('storage-full', found, 'Make room, or name a place on another disk.');
    }
    written += count;
  }
}
