import type { Stats } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { NodeFileStore } from './node-file-store';
import { createFaceSource, specOf } from '../../faces/sources/create-source';
import { isHidden } from '../../faces/sources/folder/file-paths';
import type { FaceSource } from '../../faces/face-source';
import type { LocalFile } from '../../faces/sources/folder/local-file';
import type { OpenContext } from '../../faces/sources/open-context';
import { parseManifest } from '../../faces/sources/webdataset/shard-list';
import { FileShardOpener } from '../../faces/sources/webdataset/shard-opener';
import { OTHER_ARCHIVE, roleOf } from '../../faces/sources/source-form';
import { sourceOfFiles } from '../../faces/sources/source-of-files';
import { WebDatasetSource } from '../../faces/sources/webdataset/webdataset-source';
import type { ByteSource } from '../../formats/bytes/byte-source';
import { StudioError } from '../../core/studio-error';
import { DiskByteSource } from './disk-byte-source';
import { ignoreMissing, unreadable } from './disk-error';
import { errnoOf } from './output-file';

/**
 * Opens the source that a command-line argument names: a folder, a manifest, a file of records
 * (.tar, .parquet, .rec), a URL or a pattern.
 */
export async function openSource(
  argument: string,
  { indexes = new NodeFileStore(cacheFolder('indexes')), ...opening }: OpenContext = {},
): Promise<FaceSource> {
  if (/^https?:/.test(argument)) return createFaceSource(specOf(argument), argument, opening);
  const path = resolve(argument);
  const kind = await stat(path).catch(ignoreMissing(path));
  if (!kind)
    throw new StudioError(
      'bad-source',
      `There is no folder or manifest at ${argument}.`,
      'Name a folder of shards or pictures, a manifest.json, or a URL.',
    );
  if (kind.isDirectory())
    return sourceOfFiles(argument, await folderFiles(path), { indexes, ...opening });
  const role = roleOf(basename(path));
  if (role === 'webdataset' || role === 'parquet' || role === 'recordio') {
    return sourceOfFiles(argument, await fileAndCompanions(path), { indexes, ...opening });
  }
  if (role !== 'other') {
    throw new StudioError(
      'bad-source',
      `${argument} is no set of faces by itself.`,
      'Name the folder that it lies in.',
    );
  }
  if (OTHER_ARCHIVE.test(path)) {
    throw new StudioError(
      'bad-source',
      `${argument} is an archive of a kind that isn't read.`,
      'Unpack it, and name the folder that it gives.',
    );
  }
  const list = parseManifest(await readFile(path, 'utf8'), argument);
  return new WebDatasetSource(
    argument,
    list,
    new FileShardOpener(await folderFiles(dirname(path))),
  );
}

/** A file of records and, for a .rec, its index, list and property file in the same folder. */
async function fileAndCompanions(path: string): Promise<LocalFile[]> {
  const folder = dirname(path);
  const name = basename(path);
  const stem = name.replace(/\.rec$/i, '');
  const isCompanion = (other: string) =>
    other === 'property' ||
    [`${stem}.idx`, `${stem}.lst`].includes(other.replace(/\.[^.]*$/, (end) => end.toLowerCase()));
  const companions = stem === name ? [] : (await readdir(folder)).filter(isCompanion);
  return [name, ...companions].map((each) => new DiskFile(folder, each));
}

/** Folder of a cache of the command line. Never among the user's data. */
function cacheFolder(name: string): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'scf-studio', name);
}

/** A folder that is still to be listed. */
interface WalkedFolder {
  /** Path below the root, with a `/` at its end; empty for the root. */
  readonly path: string;
  /** Real paths of it and of the folders above it: a link to one of them would be a circle. */
  readonly above: ReadonlySet<string>;
  /** Whether the folder was reached through a link. */
  readonly isLinked: boolean;
}

/**
 * Lists all files below a folder, hidden ones included, in no particular order. Links to files and
 * folders are followed, but not in circles. Inside a linked folder, further links are followed only
 * to folders that haven't been listed yet, so that folders linked to each other come to an end.
 * A broken link is listed as a file, which can't be read later; a hidden folder that this user may
 * not list is listed as one file.
 * @throws StudioError `storage-denied` for any other folder that can't be listed: the people in it
 * would be missing, and the labels of others would shift
 */
export async function folderFiles(root: string): Promise<LocalFile[]> {
  const files: LocalFile[] = [];
  const top = await realpath(root);
  const seen = new Set([top]);
  const folders: WalkedFolder[] = [{ path: '', above: new Set([top]), isLinked: false }];
  for (let folder = folders.pop(); folder; folder = folders.pop()) {
    const { isLinked } = folder;
    // Real paths are resolved for links only: that is slow, and there may be millions of folders.
    let above: ReadonlySet<string> | null = null;
    const entries = await readdir(join(root, folder.path), { withFileTypes: true }).catch(
      (thrown: unknown) => {
        if (isHidden(folder.path)) return null;
        throw unreadable(join(root, folder.path), thrown);
      },
    );
    if (!entries) files.push(new DiskFile(root, folder.path));
    for (const entry of entries ?? []) {
      const path = folder.path + entry.name;
      const leadsTo = entry.isSymbolicLink() ? await followed(join(root, path)) : entry;
      if (!leadsTo || leadsTo.isFile()) files.push(new DiskFile(root, path));
      else if (entry.isDirectory()) folders.push({ ...folder, path: `${path}/` });
      else if (leadsTo.isDirectory()) {
        const place = await realpath(join(root, path));
        above ??= await placesAbove(root, folder);
        if (above.has(place) || (isLinked && seen.has(place))) continue;
        seen.add(place);
        folders.push({ path: `${path}/`, above: new Set([...above, place]), isLinked: true });
      }
    }
  }
  return files;
}

/** Real paths of a folder and of all folders above it, up to the root. */
async function placesAbove(
  root: string,
  { path, above }: WalkedFolder,
): Promise<ReadonlySet<string>> {
  const places = new Set(above);
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 2) + 1) {
    places.add(await realpath(join(root, path.slice(0, end))));
  }
  return places;
}

/**
 * The target of a link; null if the target doesn't exist or the link leads to itself.
 * @throws StudioError `storage-denied` for a link that can't be followed
 */
async function followed(link: string): Promise<Stats | null> {
  return stat(link).catch((thrown: unknown) => {
    if (errnoOf(thrown) === 'ELOOP') return null;
    return ignoreMissing(link)(thrown) ?? null;
  });
}

/** A file on disk. Its size isn't read: for millions of files that would take too long. */
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
