import { PICTURE } from './quality-scores';

/** Which of a file's pictures is which of a set's. */
export interface PictureMatch {
  /** By the set's picture: the index in the file. */
  readonly indexes: ReadonlyMap<string, number>;
  /** Pictures of the set that the file doesn't name. */
  readonly missing: readonly string[];
  /** Indexes in the file of pictures that the set doesn't have, or that fit several of it. */
  readonly unmatched: readonly number[];
}

/**
 * Matches pictures that two programs name: by the whole path, then by the longest end of their
 * paths that only one picture of each has, with the ending of the file's name or without it. So
 * `/data/lfw/Ann/Ann_0001.jpg` is `Ann/Ann_0001`, and `x/1.jpg` is nothing where `a/1.jpg` and
 * `b/1.jpg` are known.
 * @param set the set's pictures, none twice, with `/` as separator
 * @param file the file's pictures, none twice
 */
export function matchPictures(set: readonly string[], file: readonly string[]): PictureMatch {
  const indexes = new Map<string, number>();
  const taken = new Set<number>();
  const take = (picture: string, index: number) => {
    if (indexes.has(picture) || taken.has(index)) return;
    indexes.set(picture, index);
    taken.add(index);
  };
  const whole = new Map(file.map((picture, index) => [picture, index]));
  for (const picture of set) {
    const index = whole.get(picture);
    if (index !== undefined) take(picture, index);
  }
  const [ours, theirs] = [set.map(segmentsOf), file.map(segmentsOf)];
  const longest = ours.reduce((most, { length }) => Math.max(most, length), 0);
  for (let length = longest; length > 0; length--) {
    for (const keyOf of [
      endOf,
      (path: Segments, n: number) => endOf(path, n).replace(PICTURE, ''),
    ]) {
      const known = unique(theirs, (path) => keyOf(path, length), length);
      for (const [key, at] of unique(ours, (path) => keyOf(path, length), length)) {
        const index = known.get(key);
        if (at !== null && index !== undefined && index !== null) take(set[at]!, index);
      }
    }
  }
  return {
    indexes,
    missing: set.filter((picture) => !indexes.has(picture)),
    unmatched: [...file.keys()].filter((index) => !taken.has(index)),
  };
}

type Segments = readonly string[];

const segmentsOf = (path: string): Segments => path.split('/').filter((part) => part !== '');
const endOf = (path: Segments, length: number): string => path.slice(-length).join('/');

/** The index of the only path with each key; null for a key of several. */
function unique(
  paths: readonly Segments[],
  keyOf: (path: Segments) => string,
  length: number,
): Map<string, number | null> {
  const found = new Map<string, number | null>();
  paths.forEach((path, index) => {
    if (path.length < length) return;
    const key = keyOf(path);
    found.set(key, found.has(key) ? null : index);
  });
  return found;
}
