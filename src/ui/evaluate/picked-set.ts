import type { PickedFile } from '../../faces/sources/folder/local-file';

/** Pictures, and pairs of them, as a person picked them. */
export interface PickedSet {
  readonly name: string;
  /** Empty for a `.bin` set. */
  readonly files: readonly PickedFile[];
  /** Lists of pairs among the files, or the `.bin`; the first is taken until another is chosen. */
  readonly lists: readonly File[];
}

const LIST = /\.txt$/i;
const LIKELY_LIST = /pairs/i;
const BIN = /\.bin$/i;

/**
 * What files hold: a `.bin` set, a folder with lists of pairs, or pictures alone.
 * @param before what was picked before: a list of pairs that comes by itself is one of its pictures
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

/** Whether a set is InsightFace's, whose pictures are known by their pairs alone. */
export const isBin = ({ files }: PickedSet): boolean => files.length === 0;
