/** Parts that a set is cut into. */
export type Split = 'train' | 'validation' | 'test';

/** What they are called, as Hugging Face's `datasets` has it (data_files.py), and by `pack`. */
const NAMES: Readonly<Record<Split, string>> = {
  train: 'train|training',
  validation: 'validation|valid|val|dev',
  test: 'test|testing|eval|evaluation|held-out|holdout',
};

const WORDS = new RegExp(
  `(?:^|[-._ 0-9])(?:${Object.entries(NAMES)
    .map(([split, words]) => `(?<${split}>${words})`)
    .join('|')})(?=[-._ 0-9]|$)`,
  'i',
);

/** The first of them that is there is read; null are files whose paths name none. */
const ORDER: readonly (Split | null)[] = ['train', null, 'validation', 'test'];

/**
 * The split that a file belongs to, by a whole word of its name ("train-00000-of-00002.parquet",
 * "faces_val.tar"), or of the nearest folder that has one ("test/0000.parquet").
 * @param path below the folder that was chosen
 * @returns null where none is named
 */
export function splitOf(path: string): Split | null {
  for (const part of path
    .replace(/\.(parquet|tar(\.gz)?|tgz)$/i, '')
    .split('/')
    .reverse()) {
    const groups = WORDS.exec(part)?.groups;
    const found = ORDER.find((split) => split !== null && groups?.[split] !== undefined);
    if (found) return found;
  }
  return null;
}

/** Of those that a set has, the one that is read. */
export const splitToRead = (splits: readonly (Split | null)[]): Split | null =>
  ORDER.find((split) => splits.includes(split)) ?? null;

/** A set's files by split, in the order in which they are met. */
export function bySplit<T extends { readonly path: string }>(
  files: readonly T[],
): Map<Split | null, T[]> {
  const splits = new Map<Split | null, T[]>();
  for (const file of files) {
    const split = splitOf(file.path);
    const members = splits.get(split) ?? [];
    members.push(file);
    splits.set(split, members);
  }
  return splits;
}

/** A split, for messages. */
export const splitName = (split: Split | null): string => (split ? `"${split}"` : 'without a name');

/**
 * How a set of several splits was read.
 * @param read the one that is read, and how much of it there is: '"train" (2 files)'
 * @param others the others alike
 */
export const splitNote = (read: string, others: readonly string[]): string =>
  `The split ${read} is read, and not ${others.join(', ')}. ` +
  'For another one, choose its files alone.';
