/** Parts that a set is cut into. */
export type Split = 'train' | 'validation' | 'test';

/** What they are called, as Hugging Face's `datasets` has it (data_files.py). */
const NAMES: Readonly<Record<Split, string>> = {
  train: 'train|training',
  validation: 'validation|valid|val|dev',
  test: 'test|testing|eval|evaluation',
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
 * "faces_val.parquet"), or of the nearest folder that has one ("test/0000.parquet").
 * @param path below the folder that was chosen
 * @returns null where none is named
 */
export function splitOf(path: string): Split | null {
  for (const part of path
    .replace(/\.parquet$/i, '')
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
