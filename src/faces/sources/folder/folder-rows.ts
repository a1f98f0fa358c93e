import { count } from '../../../core/number-words';
import { messageOf, StudioError } from '../../../core/studio-error';
import { NothingUsedError } from '../../survey/left-out';
import { hasNoLabels, highestList, readList, stepForMissing } from '../picture-list';
import type { FolderFile } from './folder-file';
import { peopleRows } from './people-rows';
import {
  picturesByFolder,
  sortedFiles,
  unreadFormat,
  type FolderRows,
  type SortedFiles,
} from './sorted-files';

/**
 * The rows of a folder: in the order of its list; or by person in code point order, and then by
 * picture in natural order. Reads only the list, if there is one.
 * @param name of the folder, for messages
 * @throws NothingUsedError if there is no picture of a person in a format that is read
 * @throws StudioError `bad-source` for more than one list, an invalid line, or people's folders in
 * several places
 */
export async function rowsOfFolder(
  name: string,
  files: readonly FolderFile[],
): Promise<FolderRows> {
  const sorted = sortedFiles(name, files);
  const lists: FolderFile[] = [];
  // Lists without labels are allowed if folders tell people apart.
  const hasFolders = picturesByFolder(sorted.pictures, sorted.paths).size > 1;
  for (const file of sorted.lists) {
    if (hasFolders && (await isUnlabelled(file))) {
      sorted.leftOut.addFile('no-picture-file', file.path, 'a list without labels');
    } else lists.push(file);
  }
  const list = highestList(lists, name);
  for (const { path } of lists) {
    if (path !== list?.path) sorted.leftOut.addFile('no-picture-file', path);
  }
  return list ? listedRows(sorted, list) : peopleRows(sorted);
}

const isUnlabelled = (list: FolderFile) => hasNoLabels(list).catch(rethrowUnreadable(list));

/** @throws StudioError `bad-source` for a list that can't be read */
const rethrowUnreadable =
  (list: FolderFile) =>
  (cause: unknown): never => {
    const why = messageOf(cause);
    const found = `${list.path} can't be read (${why}).`;
    throw new StudioError('bad-source', found, 'Check the folder.', { cause });
  };

async function listedRows(sorted: SortedFiles, list: FolderFile): Promise<FolderRows> {
  const { files, paths, pictures, others, leftOut } = sorted;
  const bytes = await list.read().catch(rethrowUnreadable(list));
  // A listed file counts as a picture, whatever its name.
  const candidates = Uint32Array.from([...pictures, ...others]);
  const { files: listed, labels, missing } = readList(list.path, bytes, candidates, paths);
  const isNamed = new Uint8Array(files.length);
  for (const index of listed) if (index >= 0) isNamed[index] = 1;
  for (const index of pictures) {
    if (isNamed[index]) continue;
    const unread = unreadFormat(paths[index]!);
    if (unread === null) leftOut.addFile('not-listed', paths[index]!);
    else leftOut.addFile('format-not-read', paths[index]!, unread);
  }
  for (const index of others) {
    if (!isNamed[index]) leftOut.addFile('no-picture-file', paths[index]!);
  }
  if (listed.every((index) => index < 0)) throw noneListed(sorted, list, missing);
  return {
    files: Array.from(listed, (index) => (index < 0 ? undefined : files[index])),
    labels,
    identities: new Set(labels).size,
    labelling: 'list',
    rootLength: 0,
    missing,
    leftOut: leftOut.groups(),
    notes: [`Pictures and labels are those that ${list.path} names.`],
  };
}

function noneListed(
  { name, paths, leftOut }: SortedFiles,
  list: FolderFile,
  missing: ReadonlyMap<number, string>,
): NothingUsedError {
  const first = missing.get(0);
  for (const path of missing.values()) leftOut.addFile('listed-missing', path);
  const none =
    missing.size === 1
      ? `The one picture that ${list.path} names is not`
      : `None of the ${count(missing.size)} pictures that ${list.path} names is`;
  return new NothingUsedError(
    leftOut.groups(),
    `${none} in ${name}${first ? ` (the first is ${first})` : ''}.`,
    first ? stepForMissing(first, list.path, paths) : 'Pick the folder that its paths begin in.',
  );
}
