import { count } from '../../../core/number-words';
import { messageOf, StudioError } from '../../../core/studio-error';
import { codePointOrder, folderOf, naturalOrder } from './file-paths';
import type { FolderFile } from './folder-file';
import { LeftOutTally, NothingUsedError, type LeftOut } from '../../survey/left-out';
import { peopleRoot } from './people-folders';
import { hasNoLabels, highestList, readList, stepForMissing } from '../picture-list';
import {
  pictureFormatOfName,
  readablePicture,
  SAVE_AS_READABLE,
  unreadReason,
} from '../../decode/formats/picture-formats';
import { roleOf } from '../source-form';

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
interface SortedFiles {
  readonly name: string;
  readonly files: readonly FolderFile[];
  readonly paths: readonly string[];
  /** Of every format, read or not. */
  readonly pictures: Uint32Array;
  readonly others: readonly number[];
  readonly lists: readonly FolderFile[];
  readonly leftOut: LeftOutTally;
}

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

function sortedFiles(name: string, files: readonly FolderFile[]): SortedFiles {
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

function peopleRows({ name, files, paths, pictures, others, leftOut }: SortedFiles): FolderRows {
  for (const index of others) leftOut.addFile('no-picture-file', paths[index]!);
  const root = peopleRoot(name, picturesByFolder(pictures, paths));
  // A person whose pictures all have unreadable formats keeps the number, so that the numbers of
  // other people don't shift.
  const people = new Map<string, number[]>();
  let allOfPeople = true;
  for (const index of pictures) {
    const path = paths[index]!;
    const slash = path.indexOf('/', root.length);
    const isOfPerson = path.startsWith(root) && slash >= 0;
    const unread = unreadFormat(path);
    if (isOfPerson) {
      const person = path.slice(root.length, slash);
      const rows = people.get(person) ?? [];
      people.set(person, rows);
      if (unread === null) rows.push(index);
    }
    if (unread !== null) leftOut.addFile('format-not-read', path, unread);
    else if (!isOfPerson) leftOut.addFile('outside-people', path);
    allOfPeople &&= isOfPerson;
  }
  const names = [...people.keys()];
  // Folder names are used as numbers only if all are different: "1" and "01" are the same number.
  const isNumbered =
    names.every((each) => /^\d{1,8}$/.test(each)) &&
    new Set(names.map(Number)).size === names.length;
  names.sort(isNumbered ? naturalOrder : codePointOrder);
  const rowCount = names.reduce((sum, each) => sum + people.get(each)!.length, 0);
  if (rowCount === 0) throw nobodyFound(name, leftOut.groups());
  const labels = new Uint32Array(rowCount);
  const rows = new Array<FolderFile>(rowCount);
  let row = 0;
  for (const [place, person] of names.entries()) {
    for (const index of people.get(person)!.sort((a, b) => naturalOrder(paths[a]!, paths[b]!))) {
      labels[row] = isNumbered ? Number(person) : place;
      rows[row] = files[index]!;
      row++;
    }
  }
  return {
    files: rows,
    labels,
    identities: names.filter((each) => people.get(each)!.length > 0).length,
    labelling: isNumbered ? 'folder numbers' : 'folder order',
    rootLength: root.length,
    missing: new Map(),
    leftOut: leftOut.groups(),
    notes: [
      ...(allOfPeople ? [] : [`People are the folders ${root ? `in ${root}` : 'at the top'}.`]),
      ...(isNumbered ? numberNotes(names) : []),
      ...keptNotes(names.filter((each) => people.get(each)!.length === 0)),
      ...caseNotes(names),
    ],
  };
}

/** Number of pictures directly in each folder, without the top. */
function picturesByFolder(pictures: Uint32Array, paths: readonly string[]): Map<string, number> {
  const folders = new Map<string, number>();
  for (const index of pictures) {
    const folder = folderOf(paths[index]!);
    if (folder) folders.set(folder, (folders.get(folder) ?? 0) + 1);
  }
  return folders;
}

/** Why a file's format isn't read, by its name; null if it is read or unknown. */
function unreadFormat(path: string): string | null {
  const format = pictureFormatOfName(path);
  return format === null || readablePicture(format) ? null : unreadReason(format);
}

/**
 * Explains gaps between labels.
 * @param empty people whose pictures all have unreadable formats
 */
function keptNotes(empty: readonly string[]): string[] {
  const [first, ...others] = empty;
  if (first === undefined) return [];
  const more = others.length > 0 ? ` and ${count(others.length)} more` : '';
  const [hold, keep] = more ? ['hold', 'keep their labels'] : ['holds', 'keeps its label'];
  return [
    `${first}${more} ${hold} no picture in a format that is read and ${keep}, ` +
      'so that nobody else’s shifts.',
  ];
}

const numberNotes = (names: readonly string[]) => {
  const isPlace = [...names].sort().every((name, place) => Number(name) === place);
  if (isPlace) return [];
  return [
    'People’s numbers are their folders’ own; ' +
      'torchvision’s ImageFolder numbers the folders by place, by letters.',
  ];
};

function caseNotes(names: readonly string[]): string[] {
  const seen = new Map<string, string>();
  for (const name of names) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) {
      const why = 'the folders’ names differ in their letters’ case';
      return [`${other} and ${name} are two people: ${why}.`];
    }
    seen.set(name.toLowerCase(), name);
  }
  return [];
}

function nobodyFound(name: string, leftOut: readonly LeftOut[]): NothingUsedError {
  const unread = leftOut.find(({ kind }) => kind === 'format-not-read');
  if (unread && leftOut.every(({ kind }) => kind !== 'outside-people')) {
    const [first] = unread.first;
    const none = `${name} holds pictures, but none in a format that is read`;
    const found = `${none}: the first is ${first}.`;
    return new NothingUsedError(leftOut, found, SAVE_AS_READABLE);
  }
  return new NothingUsedError(
    leftOut,
    `${name} holds no folders with pictures.`,
    'Pick the folder that holds one folder of pictures for each person.',
  );
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
