import type { PickedFile } from '../../faces/sources/folder/local-file';

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
  const isListAlone = lists.length === files.length && before !== null && before.files.length > 0;
  return isListAlone ? { ...before, lists: [...lists, ...before.lists] } : { name, files, lists };
}

/** Whether a set is an InsightFace `.bin`, which holds its pictures as pairs. */
export const isBin = ({ files }: PickedSet): boolean => files.length === 0;
