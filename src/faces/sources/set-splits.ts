/** The splits of a data set. */
export type Split = 'train' | 'validation' | 'test';

/** Names of splits: those of Hugging Face's `datasets` (data_files.py) and of `pack`. */
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

/** Preference: the first split that exists is read. Null stands for files without a split name. */
const ORDER: readonly (Split | null)[] = ['train', null, 'validation', 'test'];

/**
 * The split of a file, by a whole word of its name ("train-00000-of-00002.parquet",
 * "faces_val.tar"), or of the nearest folder that has one ("test/0000.parquet").
 * @param path relative to the chosen folder
 * @returns null if no split is named
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

/** Chooses which of a set's splits is read. */
export const splitToRead = (splits: readonly (Split | null)[]): Split | null =>
  ORDER.find((split) => splits.includes(split)) ?? null;

/** Groups files by split, in order of appearance. */
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

/** A split's name for messages. */
export const splitName = (split: Split | null): string => (split ? `"${split}"` : 'without a name');

/**
 * The note on a set with several splits.
 * @param read the split that is read, and its size: '"train" (2 files)'
 * @param others the other splits in the same form
 */
export const splitNote = (read: string, others: readonly string[]): string =>
  `The split ${read} is read, and not ${others.join(', ')}. ` +
  'For another one, choose its files alone.';
