import { seededRandom } from '../../core/seeded-random';
import type { InputConvention } from '../../engine/input-convention';
import type { Backbone } from '../../models/backbones/backbone';
import { dot } from '../../core/vector';
import { readFaces } from '../read-faces';
import { conventionText } from '../../models/backbones/input-convention-text';

/** An aligned crop and whose it is. */
export interface KnownFace {
  /** 112 × 112 × 3 RGB bytes. */
  readonly crop: Uint8Array;
  /** Any two values that are equal mean one person. */
  readonly person: string | number;
}

/**
 * How a backbone tells people apart when its colours come in the order in use, and in the other.
 */
export interface ColourOrders {
  readonly faces: number;
  readonly people: number;
  /** Mean cosine of genuine pairs less that of impostor pairs, fed as it is. */
  readonly asFed: number;
  /** The same, with red and blue exchanged. */
  readonly exchanged: number;
  /** 95 % bootstrap interval, over people, of what the exchange gains. */
  readonly gain: readonly [low: number, high: number];
}

/** Whether a person has ended the work meanwhile. */
export type IsStopped = () => boolean | Promise<boolean>;

/** Faces that are tried, at most. */
export const MAX_TRIED = 32;
/** People with two faces and more, at least: of fewer the interval means nothing. */
const MIN_PEOPLE = 6;

const RESAMPLES = 2000;
/** Of either side. */
const TAIL = 0.025;

/**
 * Reads faces in both orders of colours and compares how well people are told apart by either.
 * @param faces those of people with a single one among them tell nothing, and are left out; the
 * first
 * {@link MAX_TRIED} others are read
 * @param isStopped asked before each of the two readings
 * @returns null where too few people have two faces, and where it was stopped
 * @throws StudioError as {@link readFaces}
 */
export async function compareColourOrders(
  faces: readonly KnownFace[],
  backbone: Backbone,
  seed: number,
  isStopped: IsStopped = () => false,
): Promise<ColourOrders | null> {
  const tried = withCompany(faces.filter((face) => hasCompany(face, faces)).slice(0, MAX_TRIED));
  const people = [...new Set(tried.map(({ person }) => person))];
  if (people.length < MIN_PEOPLE || (await isStopped())) return null;
  const read = async (crops: readonly Uint8Array[]) =>
    (await readFaces(crops, backbone, [], { flip: false })).map(({ mu }) => mu);
  const asFed = await read(tried.map(({ crop }) => crop));
  if (await isStopped()) return null;
  const exchanged = await read(tried.map(({ crop }) => withRedAndBlueExchanged(crop)));
  const owners = tried.map(({ person }) => people.indexOf(person));
  const [before, after] = [
    sumsOf(asFed, owners, people.length),
    sumsOf(exchanged, owners, people.length),
  ];
  const everyone = [...people.keys()];
  const random = seededRandom(seed, 0xc0104);
  const gains = Array.from({ length: RESAMPLES }, () => {
    const drawn = everyone.map(() => random.int(people.length));
    return separation(after, drawn) - separation(before, drawn);
  })
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const at = (share: number) => gains[Math.round(share * (gains.length - 1))]!;
  return {
    faces: tried.length,
    people: people.length,
    asFed: separation(before, everyone),
    exchanged: separation(after, everyone),
    gain: [at(TAIL), at(1 - TAIL)],
  };
}

const hasCompany = ({ person, crop }: KnownFace, faces: readonly KnownFace[]) =>
  faces.some((other) => other.person === person && other.crop !== crop);

/** Without those whose company was cut off. */
const withCompany = (faces: readonly KnownFace[]) =>
  faces.filter((face) => hasCompany(face, faces));

/**
 * Sums of cosines between the faces of two people, or of one, and how many there are:
 * [person][person].
 */
interface CosineSums {
  readonly sums: readonly Float64Array[];
  readonly counts: readonly Float64Array[];
}

function sumsOf(
  mus: readonly Float32Array[],
  owners: readonly number[],
  people: number,
): CosineSums {
  const square = () => Array.from({ length: people }, () => new Float64Array(people));
  const [sums, counts] = [square(), square()];
  mus.forEach((a, i) => {
    mus.slice(i + 1).forEach((b, j) => {
      const [from, to] = [owners[i]!, owners[i + 1 + j]!];
      const cosine = dot(a, b);
      for (const [row, column] of from === to
        ? [[from, to]]
        : [
            [from, to],
            [to, from],
          ]) {
        sums[row!]![column!]! += cosine;
        counts[row!]![column!]! += 1;
      }
    });
  });
  return { sums, counts };
}

/** Mean genuine less mean impostor cosine among people, each of whom may be drawn several times. */
function separation({ sums, counts }: CosineSums, drawn: readonly number[]): number {
  let [genuine, genuineCount, impostor, impostorCount] = [0, 0, 0, 0];
  drawn.forEach((a, i) => {
    genuine += sums[a]![a]!;
    genuineCount += counts[a]![a]!;
    for (let j = i + 1; j < drawn.length; j++) {
      const b = drawn[j]!;
      // The same person drawn twice is no impostor.
      if (a === b) continue;
      impostor += sums[a]![b]!;
      impostorCount += counts[a]![b]!;
    }
  });
  return genuine / genuineCount - impostor / impostorCount;
}

/** What a network sees of a crop when its colours come in the other order. */
export function withRedAndBlueExchanged(crop: Uint8Array): Uint8Array {
  const exchanged = crop.slice();
  for (let at = 0; at + 2 < crop.length; at += 3) {
    exchanged[at] = crop[at + 2]!;
    exchanged[at + 2] = crop[at]!;
  }
  return exchanged;
}

/**
 * What there is to say of a comparison: nothing where the order in use is the better one, or where
 * it isn't sure.
 * @param input what the backbone is fed
 */
export function colourOrderNotice(orders: ColourOrders, input: InputConvention): string | null {
  const { faces, people, asFed, exchanged, gain } = orders;
  if (gain[0] <= 0) return null;
  const other: InputConvention = { ...input, order: input.order === 'RGB' ? 'BGR' : 'RGB' };
  const shown = (value: number) => value.toFixed(3);
  return (
    `The backbone seems to expect ${other.order}: on ${faces} faces of ${people} people the mean ` +
    `cosine of genuine pairs lies ${shown(exchanged)} above that of impostor pairs when it is fed ` +
    `${other.order}, and ${shown(asFed)} as it is fed now, in ${input.order} (95 % interval of the ` +
    `gain ${shown(gain[0])} to ${shown(gain[1])}). --input-convention "${conventionText(other)}" ` +
    'feeds it so; in the page, Channels under Models.'
  );
}

/** Whether the order of colours is worth a trial: not where the very file is known. */
export const isOrderInDoubt = ({ description }: Backbone): boolean =>
  description.inputOrigin.kind !== 'file';
