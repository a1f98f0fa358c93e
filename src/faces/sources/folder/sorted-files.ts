import {
  pictureFormatOfName,
  readablePicture,
  unreadReason,
} from '../../decode/formats/picture-formats';
import { LeftOutTally, type LeftOut } from '../../survey/left-out';
import { roleOf } from '../source-form';
import { folderOf } from './file-paths';
import type { FolderFile } from './folder-file';

/**
 * Where the labels of a folder come from: the folders' order by name, as in torchvision's
 * ImageFolder; folder names that are numbers; or a list.
 */
export type FolderLabelling = 'folder order' | 'folder numbers' | 'list';

/** A folder's pictures as rows, and the files that are left out. */
export interface FolderRows {
  /** One entry per row; undefined if a listed picture is missing. */
  readonly files: readonly (FolderFile | undefined)[];
  /** One label per row. */
  readonly labels: Uint32Array;
  /** Number of distinct labels. */
  readonly identities: number;
  readonly labelling: FolderLabelling;
  /** Length of the path of the people's parent folder, including the slash. */
  readonly rootLength: number;
  /** Paths of missing listed files, by row. */
  readonly missing: ReadonlyMap<number, string>;
  /** Files that aren't rows. */
  readonly leftOut: readonly LeftOut[];
  /** Sentences for the user on choices made while reading it. */
  readonly notes: readonly string[];
}

/** A folder's files sorted by role; `pictures` and `others` hold indices among the files. */
export interface SortedFiles {
  readonly name: string;
  readonly files: readonly FolderFile[];
  readonly paths: readonly string[];
  /** Of every format, read or not. */
  readonly pictures: Uint32Array;
  readonly others: readonly number[];
  readonly lists: readonly FolderFile[];
  readonly leftOut: LeftOutTally;
}

/** Sorts a folder's files by role. */
export function sortedFiles(name: string, files: readonly FolderFile[]): SortedFiles {
  const paths = files.map(({ path }) => path);
  const pictures = new Uint32Array(files.length);
  const [others, lists]: [number[], FolderFile[]] = [[], []];
  const leftOut = new LeftOutTally();
  let found = 0;
  for (const [index, path] of paths.entries()) {
    const role = roleOf(path);
    switch (role) {
      case 'folder':
        pictures[found++] = index;
        break;
      case 'list':
        lists.push(files[index]!);
        break;
      case 'other':
        others.push(index);
        break;
      case 'hidden':
        leftOut.addFile('hidden', path);
        break;
      case 'recordio':
      case 'webdataset':
      case 'parquet':
      case 'pairs':
        leftOut.addFile('other-data', path);
        break;
      default:
        role satisfies never;
    }
  }
  return { name, files, paths, pictures: pictures.subarray(0, found), others, lists, leftOut };
}

/** Number of pictures directly in each folder, without the top. */
export function picturesByFolder(
  pictures: Uint32Array,
  paths: readonly string[],
): Map<string, number> {
  const folders = new Map<string, number>();
  for (const index of pictures) {
    const folder = folderOf(paths[index]!);
    if (folder) folders.set(folder, (folders.get(folder) ?? 0) + 1);
  }
  return folders;
}

/** Why a file's format isn't read, by its name; null if it is read or unknown. */
export function unreadFormat(path: string): string | null {
  const format = pictureFormatOfName(path);
  return format === null || readablePicture(format) ? null : unreadReason(format);
}
