import { count, counted } from '../../core/number-words';
import { seededRandom, shuffled } from '../../core/seeded-random';
import { StudioError } from '../../core/studio-error';
import { samplePairs } from '../../evaluation/pairs';
import type { NamedPair } from '../picture-plan';

/*
 * Pairs of a folder that has no list of them: genuine pairs from each person's folder, and as many
 * impostor pairs.
 */

/** How pairs are made from folders. */
export interface FolderPairsRule {
  /** The most genuine pairs of one person, from 1. */
  readonly perPerson: number;
  /** Impostor pairs for each genuine one. Default: 1. */
  readonly impostorsPerGenuine?: number;
  /** Draws the pairs and the folds, together with the pictures. */
  readonly seed: number;
}

/** Genuine pairs of one person where nothing else is said. */
export const DEFAULT_PAIRS_PER_PERSON = 20;

/** A picture with the folder that names its person. */
interface FolderPicture {
  readonly name: string;
  readonly person: string;
}

/** Pairs, and a sentence that says what was drawn. */
export interface FolderPairs {
  readonly pairs: readonly NamedPair[];
  readonly note: string;
}

const FOLDS = 10;
/** An impostor pair takes two people. */
const MIN_PEOPLE_PER_FOLD = 2;

/**
 * Draws all genuine pairs of each person, up to `perPerson`, and impostor pairs. With
 * enough people they come in ten folds, and nobody is in two of them: a threshold is then never
 * chosen on the people that it is measured on. Otherwise all are in fold 0.
 * @param folder the folder's name, for sentences
 * @throws StudioError `bad-source` if the folders give no pairs of one kind
 */
export function pairsFromFolders(
  folder: string,
  pictures: readonly FolderPicture[],
  { perPerson, impostorsPerGenuine: impostors, seed }: FolderPairsRule,
): FolderPairs {
  const people = new Map<string, FolderPicture[]>();
  for (const picture of pictures) {
    const own = people.get(picture.person);
    if (own) own.push(picture);
    else people.set(picture.person, [picture]);
  }
  const everyone = [...people.values()];
  requirePeople(folder, everyone);
  const folds = disjointFolds(everyone, perPerson, seed);
  const pairs = folds.flatMap((members, fold) => {
    const own = members.flat();
    const numbers = new Map(members.map(([first], index) => [first!.person, index]));
    const labels = own.map(({ person }) => numbers.get(person)!);
    const drawn = samplePairs(labels, Infinity, seed + fold, { perPerson, impostors });
    const named = (same: boolean) => (pair: readonly [number, number]) => ({
      a: own[pair[0]]!.name,
      b: own[pair[1]]!.name,
      same,
      fold,
    });
    return [...drawn.genuine.map(named(true)), ...drawn.impostor.map(named(false))];
  });
  return { pairs, note: noteOf(folder, pairs, perPerson, folds.length) };
}

/**
 * Deals people to folds so that each has about as many genuine pairs; one fold if there are too few
 * people for ten.
 */
function disjointFolds(
  people: readonly FolderPicture[][],
  perPerson: number,
  seed: number,
): FolderPicture[][][] {
  const genuineOf = ({ length }: readonly FolderPicture[]) =>
    Math.min(perPerson, (length * (length - 1)) / 2);
  const withPairs = people.filter(({ length }) => length > 1).length;
  if (withPairs < FOLDS || people.length < MIN_PEOPLE_PER_FOLD * FOLDS) return [[...people]];
  const folds = Array.from({ length: FOLDS }, () => ({
    genuine: 0,
    people: [] as FolderPicture[][],
  }));
  const order = shuffled(people, seededRandom(seed, 0x666f6c64));
  order.sort((a, b) => genuineOf(b) - genuineOf(a));
  for (const person of order) {
    // People without a genuine pair come last, and go where there are the fewest people.
    const least = folds.reduce((best, each) =>
      each.genuine < best.genuine ||
      (each.genuine === best.genuine && each.people.length < best.people.length)
        ? each
        : best,
    );
    const emptiest = folds.reduce((best, each) =>
      each.people.length < best.people.length ? each : best,
    );
    const fold = genuineOf(person) > 0 ? least : emptiest;
    fold.genuine += genuineOf(person);
    fold.people.push(person);
  }
  const areEnough = folds.every(({ people: own }) => own.length >= MIN_PEOPLE_PER_FOLD);
  return areEnough ? folds.map(({ people: own }) => own) : [[...people]];
}

const ONE_FOLDER_A_PERSON =
  'Put the pictures of each person in a folder of their own, two or more of each.';

/** @throws StudioError `bad-source` if there can't be pairs of both kinds */
function requirePeople(folder: string, people: readonly (readonly FolderPicture[])[]): void {
  const fail = (found: string) => {
    throw new StudioError('bad-source', found, ONE_FOLDER_A_PERSON);
  };
  if (people.length === 0)
    fail(
      `No picture of ${folder} that can be read lies in a folder of its person: ` +
        'no pairs can be made.',
    );
  if (people.length === 1)
    fail(
      `All pictures of ${folder} lie in one folder, ${people[0]![0]!.person}: ` +
        'no impostor pair can be made of one person.',
    );
  if (people.every(({ length }) => length === 1))
    fail(
      `The ${count(people.length)} folders of ${folder} hold one picture each: ` +
        'no genuine pair can be made of them.',
    );
}

function noteOf(
  folder: string,
  pairs: readonly NamedPair[],
  perPerson: number,
  folds: number,
): string {
  const genuine = pairs.filter(({ same }) => same).length;
  const shared =
    folds > 1
      ? `in ${FOLDS} folds, and nobody is in two of them`
      : 'with too few people for folds that share nobody';
  return (
    `${counted(pairs.length, 'pair')} were made from the folders of ${folder}: ` +
    `${count(genuine)} genuine, at most ${count(perPerson)} of each person, and ` +
    `${count(pairs.length - genuine)} impostor, ${shared}.`
  );
}
