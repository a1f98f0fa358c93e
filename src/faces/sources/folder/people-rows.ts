import { count } from '../../../core/number-words';
import { SAVE_AS_READABLE } from '../../decode/formats/picture-formats';
import { NothingUsedError, type LeftOut } from '../../survey/left-out';
import { codePointOrder, naturalOrder } from './file-paths';
import type { FolderFile } from './folder-file';
import { peopleRoot } from './people-folders';
import { picturesByFolder, unreadFormat, type FolderRows, type SortedFiles } from './sorted-files';

/**
 * The rows of a folder without a list: by person in code point order, and then by picture in
 * natural order.
 * @throws NothingUsedError if there is no picture of a person in a format that is read
 * @throws StudioError `bad-source` for people's folders in several places
 */
export function peopleRows({
  name,
  files,
  paths,
  pictures,
  others,
  leftOut,
}: SortedFiles): FolderRows {
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
