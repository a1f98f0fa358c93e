import { StudioError } from '../../../core/studio-error';
import { pictureFormatOfName } from '../../../faces/decode/formats/picture-formats';
import type { PickedFile } from '../../../faces/sources/folder/local-file';
import { counted } from '../../components/format';

/** Pictures and lists of pairs that a person picked. */
export interface PickedSet {
  readonly name: string;
  /** Empty for a `.bin` set. */
  readonly files: readonly PickedFile[];
  /** The lists of pairs among the files, or the `.bin`; the first is preselected. */
  readonly lists: readonly File[];
}

const LIST = /\.txt$/i;
const LIKELY_LIST = /pairs/i;
const BIN = /\.bin$/i;

/**
 * Recognises picked files: a `.bin` set, a folder with lists of pairs, or pictures alone.
 * @param before the last picked set: a list of pairs that is picked alone is added to it
 * @throws StudioError `bad-source` for files that are none of these
 */
export function pickedSet(
  name: string,
  files: readonly PickedFile[],
  before: PickedSet | null,
): PickedSet {
  const bin = files.find(({ path }) => BIN.test(path));
  if (bin) return { name: bin.file.name, files: [], lists: [bin.file] };
  const lists = files.filter(({ path }) => LIST.test(path)).map(({ file }) => file);
  lists.sort(
    (a, b) =>
      Number(LIKELY_LIST.test(b.name)) - Number(LIKELY_LIST.test(a.name)) ||
      a.name.localeCompare(b.name),
  );
  const areLists = lists.length === files.length;
  if (areLists && before !== null && before.files.length > 0)
    return { ...before, lists: [...lists, ...before.lists] };
  if (!files.some(({ path }) => pictureFormatOfName(path))) throw noSet(name, areLists);
  return { name, files, lists };
}

function noSet(name: string, areLists: boolean): StudioError {
  return areLists
    ? new StudioError(
        'bad-source',
        `${name} can be a list of pairs, but there are no pictures yet.`,
        'Pick the folder of its pictures first, or one that holds both.',
      )
    : new StudioError(
        'bad-source',
        `${name} holds no pictures and no pairs.`,
        'Choose a folder of pictures, or a .bin set.',
      );
}

/** Whether a set is an InsightFace `.bin`, which holds its pictures as pairs. */
export const isBin = ({ files }: PickedSet): boolean => files.length === 0;

/** What was recognised, as a sentence. */
export function pickedSentence(set: PickedSet): string {
  if (isBin(set)) return `${set.name}: a verification set.`;
  const { name, files, lists } = set;
  const pairs = counted(lists.length, 'list of pairs', 'lists of pairs');
  const known = lists.length > 0 ? pairs : 'no list of pairs';
  return `“${name}”: ${counted(files.length, 'file')}, ${known}.`;
}
