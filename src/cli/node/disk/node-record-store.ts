import { closeSync, constants, fstatSync, fsyncSync, ftruncateSync, openSync } from 'node:fs';
import { mkdir, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordFile, RecordStore } from '../../../training/data/features/record-store';
import { ignoreMissing } from '../disk-error';
import { outputError } from '../output-file';
import { readWhole, writeWhole } from './whole-io';

/** A record store in a folder on disk, which is made when it is first needed. */
export class NodeRecordStore implements RecordStore {
  constructor(readonly folder: string) {}

  async open(name: string): Promise<RecordFile> {
    const path = join(this.folder, name);
    const file = await this.#open(path);
    return {
      size: () => fstatSync(file).size,
      read: (into, at) => readWhole(file, into, at, path),
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
