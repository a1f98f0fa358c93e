import { seededRandom, shuffled, type SeededRandom } from '../core/seeded-random';

/** Index pairs into a set of labelled pictures. */
export interface SampledPairs {
  readonly genuine: readonly (readonly [number, number])[];
  readonly impostor: readonly (readonly [number, number])[];
}

/** Up to this many genuine pairs are listed and shuffled; of more, some are drawn. */
const MAX_LISTED_PAIRS = 100_000;

/** Which pairs {@link samplePairs} draws, besides its bound. */
export interface PairRule {
  /** Impostor pairs for each genuine one. Default: 1. */
  readonly impostors?: number;
  /** The most genuine pairs of one person. Default: no bound. */
  readonly perPerson?: number;
  /**
   * The picture that each row was made of; two copies of one picture are no pair. By default every
   * row is a picture of its own.
   */
  readonly pictures?: readonly number[];
}

/**
 * Draws up to `maxGenuine` genuine pairs by the seed, and `impostors` times as many impostor pairs,
 * if the labels allow it. No pair is drawn twice.
 */
export function samplePairs(
  labels: readonly number[],
  maxGenuine: number,
  seed: number,
  { impostors = 1, perPerson = Infinity, pictures }: PairRule = {},
): SampledPairs {
  const random = seededRandom(seed, 0x70616972);
  const byLabel = new Map<number, number[]>();
  labels.forEach((label, index) => {
    const members = byLabel.get(label);
    if (members) members.push(index);
    else byLabel.set(label, [index]);
  });
  const people = [...byLabel.values()];
  const some = () => people.flatMap((own) => genuinePairs([own], perPerson, random, pictures));
  const genuine =
    perPerson === Infinity
      ? genuinePairs(people, maxGenuine, random, pictures)
      : shuffled(some(), random).slice(0, maxGenuine);
  return {
    genuine,
    impostor: impostorPairs(labels, people, impostors * Math.max(genuine.length, 1), random),
  };
}

function genuinePairs(
  people: readonly (readonly number[])[],
  maxPairs: number,
  random: SeededRandom,
  pictures?: readonly number[],
): [number, number][] {
  // All pairs are numbered, person by person; `ends` has the running total after each person.
  const ends: number[] = [];
  let total = 0;
  for (const { length } of people) {
    total += (length * (length - 1)) / 2;
    ends.push(total);
  }
  const numbered = (k: number): [number, number] => {
    const person = firstAbove(ends, k);
    const members = people[person]!;
    let left = k - (ends[person - 1] ?? 0);
    let first = 0;
    while (left >= members.length - 1 - first) {
      left -= members.length - 1 - first;
      first++;
    }
    return [members[first]!, members[first + 1 + left]!];
  };
  const isPair = (k: number) => {
    if (!pictures) return true;
    const [a, b] = numbered(k);
    return pictures[a] !== pictures[b];
  };
  const ofOnePicture = pictures
    ? people.reduce((sum, members) => sum + pairsOfOnePicture(members, pictures), 0)
    : 0;
  const allowed = total - ofOnePicture;
  const listed = allowed <= MAX_LISTED_PAIRS || allowed <= 2 * maxPairs;
  if (!listed) {
    const drawn = distinct(maxPairs, () => {
      for (;;) {
        const k = random.int(total);
        if (isPair(k)) return k;
      }
    });
    return drawn.map(numbered);
  }
  const all: number[] = [];
  for (let k = 0; k < total; k++) if (isPair(k)) all.push(k);
  return shuffled(all, random).slice(0, maxPairs).map(numbered);
}

/** How many pairs of a person's rows are two copies of one picture. */
function pairsOfOnePicture(members: readonly number[], pictures: readonly number[]): number {
  const copies = new Map<number, number>();
  for (const row of members) copies.set(pictures[row]!, (copies.get(pictures[row]!) ?? 0) + 1);
  return [...copies.values()].reduce((sum, count) => sum + (count * (count - 1)) / 2, 0);
}

function impostorPairs(
  labels: readonly number[],
  people: readonly (readonly number[])[],
  wanted: number,
  random: SeededRandom,
): [number, number][] {
  const genuine = people.reduce((sum, { length }) => sum + (length * (length - 1)) / 2, 0);
  const available = (labels.length * (labels.length - 1)) / 2 - genuine;
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
