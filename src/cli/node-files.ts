import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createFaceSource, specOf } from '../faces/create-source';
import type { FaceSource } from '../faces/face-source';
import type { LocalFile } from '../faces/local-file';
import type { Opening } from '../faces/opening';
import { parseManifest } from '../faces/shard-list';
import { FileShardOpener } from '../faces/shard-opener';
import { sourceOfFiles } from '../faces/source-of-files';
import { WebDatasetSource } from '../faces/webdataset-source';
import type { ByteSource } from '../formats/byte-source';
import { StudioError } from '../formats/studio-error';
import type { RunStore } from '../training/run-store';
import { DiskByteSource } from './disk-byte-source';
import { isMissing, missingOr, unreadable } from './disk-error';
import { outputTrouble, writeOutput } from './output-file';

/** The source that a command-line argument names: a folder, a manifest, a URL or a pattern. */
export async function openSource(argument: string, { indexes = new FolderRunStore(cacheFolder('indexes')), ...opening }: Opening = {}): Promise<FaceSource> {
  if (/^https?:/.test(argument)) return createFaceSource(specOf(argument), argument, opening);
  const path = resolve(argument);
  const kind = await stat(path).catch(missingOr(path));
  if (!kind) throw new StudioError('bad-source', `There is no folder or manifest at ${argument}.`, 'Name a folder of shards or pictures, a manifest.json, or a URL.');
  if (kind.isDirectory()) return sourceOfFiles(argument, await folderFiles(path), { indexes, ...opening });
  const list = parseManifest(await readFile(path, 'utf8'), argument);
  return new WebDatasetSource(argument, list, new FileShardOpener(await folderFiles(dirname(path))));
}

/** Where the command line keeps what it would otherwise make again; never beside the person's data. */
function cacheFolder(name: string): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'scf-studio', name);
}

/**
 * The files below a folder, hidden ones included, in no order. Links to files count as files; links to folders are not
 * followed, since they may lead in circles.
 */
export async function folderFiles(root: string): Promise<LocalFile[]> {
  const files: LocalFile[] = [];
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = folder + entry.name;
      const isFile = entry.isSymbolicLink() ? await leadsToFile(join(root, path)) : entry.isFile();
      if (entry.isDirectory()) folders.push(`${path}/`);
      else if (isFile) files.push(new DiskFile(root, path));
    }
  }
  return files;
}

/** Whether a link leads to a file. One that leads nowhere is no file; one that can't be followed is said. */
async function leadsToFile(link: string): Promise<boolean> {
  return (await stat(link).catch(missingOr(link)))?.isFile() ?? false;
}

/** Its size stays unknown: asking millions of files for theirs takes longer than a first look may. */
class DiskFile implements LocalFile {
  constructor(
    readonly root: string,
    readonly path: string,
  ) {}

  read(): Promise<Uint8Array> {
    return readFile(join(this.root, this.path));
  }

  async open(): Promise<ByteSource> {
    return DiskByteSource.open(join(this.root, this.path), this.path);
  }
}

/** A run's files in a folder; written beside and moved into place. */
export class FolderRunStore implements RunStore {
  constructor(readonly folder: string) {}

  async read(name: string): Promise<Uint8Array | null> {
    const path = join(this.folder, name);
    try {
      // By parts: `readFile` refuses what is larger than two gibibytes.
      const file = await DiskByteSource.open(path);
      return await file.read(0, file.size);
    } catch (thrown) {
      if (isMissing(thrown)) return null;
      throw unreadable(path, thrown);
    }
  }

  write(name: string, bytes: Uint8Array): Promise<void> {
    return writeOutput(join(this.folder, name), bytes);
  }

  async replace(name: string, bytes: Uint8Array, before: string): Promise<void> {
    const path = join(this.folder, name);
    // Whole on the disk before either name is touched.
    await writeOutput(`${path}.next`, bytes);
    try {
      await rename(path, join(this.folder, before)).catch(missingOr(path));
      await rename(`${path}.next`, path);
    } catch (cause) {
      throw outputTrouble(path, cause);
    }
  }

  async remove(name: string): Promise<void> {
    const path = join(this.folder, name);
    await rm(path, { force: true }).catch((cause: unknown) => {
      throw outputTrouble(path, cause);
    });
  }
}
