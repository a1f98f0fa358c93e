import { StudioError } from '../../core/studio-error';

/** Folds of a list, at most: each takes a pass over all pairs. */
const MAX_FOLDS = 100;

/** A picture as LFW names it: the third of Aaron Peirsol is `Aaron_Peirsol/Aaron_Peirsol_0003`. */
export interface PictureRef {
  readonly person: string;
  /** From 1. */
  readonly number: number;
}

/** Two pictures, and whether they show one person. */
export interface LfwPair {
  readonly a: PictureRef;
  readonly b: PictureRef;
  readonly same: boolean;
  /** From 0. */
  readonly fold: number;
}

/** A list of pairs. */
export interface LfwPairs {
  readonly folds: number;
  readonly pairs: readonly LfwPair[];
}

/** The path of a picture below the folder of all people. */
export const picturePath = ({ person, number }: PictureRef): string =>
  `${person}/${person}_${String(number).padStart(4, '0')}.jpg`;

/**
 * Reads a list of pairs in LFW's format: `pairs.txt` (with `10 300` in its first line: folds, pairs
 * of each kind in a fold), a list of View 1 (with `1100`: one fold), or pairs without a first line.
 * A genuine pair is `name i j`, an impostor pair `name1 i name2 j`.
 * @throws StudioError `bad-source` naming the line, what was found and what was expected
 */
export function readLfwPairs(text: string, name: string): LfwPairs {
  const lines = text.split(/\r?\n/).map((line, index) => ({
    number: index + 1,
    words: line
      .trim()
      .split(/\s+/)
      .filter((word) => word !== ''),
  }));
  const filled = lines.filter(({ words }) => words.length > 0);
  const first = filled[0];
  if (!first) throw bad(name, 'It is empty.');
  const isCounted =
    first.words.length <= 2 && first.words.every((word) => /^[1-9]\d{0,8}$/.test(word));
  const folds = isCounted && first.words.length === 2 ? Number(first.words[0]) : 1;
  if (folds > MAX_FOLDS)
    throw bad(name, `Its first line announces ${folds} folds; at most ${MAX_FOLDS} were expected.`);
  /** Pairs of each kind in a fold; null if the list doesn't say. */
  const each = isCounted ? Number(first.words.at(-1)) : null;
  const rows = isCounted ? filled.slice(1) : filled;
  if (each !== null && rows.length !== folds * each * 2) {
    const perFold = folds === 1 ? '' : `${folds} folds of `;
    throw bad(
      name,
      `Its first line announces ${perFold}${each} pairs of each kind, ` +
        `${folds * each * 2} in all; ${rows.length} follow.`,
    );
  }
  const pairs = rows.map(({ number, words }, row): LfwPair => ({
    ...pairOf(words, number, name),
    fold: each === null ? 0 : Math.floor(row / (2 * each)),
  }));
  return { folds, pairs };
}

function pairOf(words: readonly string[], line: number, name: string): Omit<LfwPair, 'fold'> {
  const [person, i, third, j] = words as [string, string, string, string | undefined];
  if (words.length === 3)
    return { a: refOf(person, i, line, name), b: refOf(person, third, line, name), same: true };
  if (words.length === 4)
    return { a: refOf(person, i, line, name), b: refOf(third, j!, line, name), same: false };
  throw bad(
    name,
    `Line ${line} has ${words.length} words; "name i j" or "name1 i name2 j" was expected.`,
  );
}

function refOf(person: string, number: string, line: number, name: string): PictureRef {
  if (!/^[1-9]\d{0,8}$/.test(number))
    throw bad(
      name,
      `Line ${line} has "${number.slice(0, 40)}" where the number of a picture was ` +
        'expected, from 1.',
    );
  // A name must not lead out of the folder of all people.
  if (person === '..' || person === '.' || /[/\\]/.test(person))
    throw bad(
      name,
      `Line ${line} names "${person.slice(0, 40)}", which is not a valid folder name.`,
    );
  return { person, number: Number(number) };
}

function bad(name: string, message: string): StudioError {
  return new StudioError(
    'bad-source',
    `${name} is not a list of pairs. ${message}`,
    "Choose a list in the format of LFW's pairs.txt.",
  );
}
