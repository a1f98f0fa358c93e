import type { ShownFace } from '../../../studio/protocol';

/** What is known of a pair besides its scores. One picture beside itself is one person, too. */
export type PairTruth = 'one-picture' | 'same-person' | 'different-people';

type Side = readonly Pick<ShownFace, 'person'>[];

/**
 * The truth of a pair, by the people that a source of faces names; null where that isn't known, or
 * a side mixes people.
 * @param isOnePicture whoever it shows
 */
export function pairTruth(a: Side, b: Side, isOnePicture: boolean): PairTruth | null {
  if (isOnePicture) return 'one-picture';
  const [one, other] = [personOf(a), personOf(b)];
  if (!one || !other || one.source !== other.source) return null;
  return one.label === other.label ? 'same-person' : 'different-people';
}

/** Whether a side shows several people, as far as its source names them. */
export function mixesPeople(side: Side): boolean {
  const known = side.flatMap(({ person }) => (person ? [`${person.source} ${person.label}`] : []));
  return new Set(known).size > 1;
}

function personOf(side: Side): ShownFace['person'] {
  const person = side[0]?.person ?? null;
  const isSame = (each: ShownFace['person']) =>
    each?.source === person?.source && each?.label === person?.label;
  return side.every((face) => isSame(face.person)) ? person : null;
}

/** The truth in a few words; null where it isn't known. */
export const truthText = (truth: PairTruth | null): string | null =>
  truth === null ? null : `In truth: ${TRUTH_WORDS[truth]}`;

const TRUTH_WORDS: Readonly<Record<PairTruth, string>> = {
  'one-picture': 'the same picture twice',
  'same-person': 'the same person',
  'different-people': 'different people',
};

/** Whether a verdict fits the truth. */
export const isRight = (accepted: boolean, truth: PairTruth): boolean =>
  accepted === (truth !== 'different-people');
