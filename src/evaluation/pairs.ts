import { seededRandom, shuffled, type SeededRandom } from '../core/seeded-random';

/** Index pairs into a set of labelled pictures. */
export interface SampledPairs {
  readonly genuine: readonly (readonly [number, number])[];
  readonly impostor: readonly (readonly [number, number])[];
}

/** Up to this many pairs are listed and shuffled; of more, some are drawn. */
const MAX_LISTED_PAIRS = 100_000;

/** How many pairs {@link samplePairs} draws. */
export interface PairCounts {
  /** Impostor pairs for each genuine one. Default: 1. */
  readonly impostors?: number;
  /** The most genuine pairs of one person. Default: no bound. */
  readonly perPerson?: number;
}

/**
 * Draws up to `maxGenuine` genuine pairs by the seed, and `impostors` times as many impostor pairs,
 * if the labels allow it. No pair is drawn twice.
 */
export function samplePairs(
  labels: readonly number[],
  maxGenuine: number,
  seed: number,
  { impostors = 1, perPerson = Infinity }: PairCounts = {},
): SampledPairs {
  const random = seededRandom(seed, 0x70616972);
  const byLabel = new Map<number, number[]>();
  labels.forEach((label, index) => {
    const members = byLabel.get(label);
    if (members) members.push(index);
    else byLabel.set(label, [index]);
  });
  const people = [...byLabel.values()];
  const genuine = genuinePairs(people, maxGenuine, perPerson, random);
  return {
    genuine,
    impostor: impostorPairs(labels, people, impostors * Math.max(genuine.length, 1), random),
  };
}

function genuinePairs(
  people: readonly (readonly number[])[],
  maxPairs: number,
  perPerson: number,
  random: SeededRandom,
): [number, number][] {
  // All pairs are numbered, person by person; `ends` has the running total after each person.
  const ends: number[] = [];
  let total = 0;
  // The numbers of a person who has more pairs than are wanted of one; of others all count.
  const drawn = people.map(({ length }) => {
    const all = pairsAmong(length);
    const some = all > perPerson ? someOf(all, perPerson, random) : null;
    total += some?.length ?? all;
    ends.push(total);
    return some;
  });
  const numbered = (k: number): [number, number] => {
    const person = firstAbove(ends, k);
    const members = people[person]!;
    const place = k - (ends[person - 1] ?? 0);
    let left = drawn[person]?.[place] ?? place;
    let first = 0;
    while (left >= members.length - 1 - first) {
      left -= members.length - 1 - first;
      first++;
    }
    return [members[first]!, members[first + 1 + left]!];
  };
  return someOf(total, maxPairs, random).map(numbered);
}

/** Up to `wanted` different whole numbers below `total`, in the order of a draw. */
function someOf(total: number, wanted: number, random: SeededRandom): number[] {
  const listed = total <= MAX_LISTED_PAIRS || total <= 2 * wanted;
  return listed
    ? shuffled([...Array(total).keys()], random).slice(0, wanted)
    : distinct(wanted, () => random.int(total));
}

/** Pairs among so many pictures of one person. */
const pairsAmong = (pictures: number): number => (pictures * (pictures - 1)) / 2;

function impostorPairs(
  labels: readonly number[],
  people: readonly (readonly number[])[],
  wanted: number,
  random: SeededRandom,
): [number, number][] {
  const genuine = people.reduce((sum, { length }) => sum + pairsAmong(length), 0);
  const available = pairsAmong(labels.length) - genuine;
  const keys = distinct(Math.min(wanted, available), () => {
    for (;;) {
      const [a, b] = [random.int(labels.length), random.int(labels.length)];
      if (labels[a] !== labels[b]) return Math.min(a, b) * labels.length + Math.max(a, b);
    }
  });
  return keys.map((key) => [Math.floor(key / labels.length), key % labels.length]);
}

/** `size` different numbers, drawn by `draw`. */
function distinct(size: number, draw: () => number): number[] {
  const drawn = new Set<number>();
  while (drawn.size < size) drawn.add(draw());
  return [...drawn];
}

/** Index of the first entry above x in ascending entries. */
function firstAbove(ascending: readonly number[], x: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! > x) high = middle;
    else low = middle + 1;
  }
  return low;
}
