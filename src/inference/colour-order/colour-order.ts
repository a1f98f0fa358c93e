import { seededRandom } from '../../core/seeded-random';
import type { InputConvention } from '../../engine/input-convention';
import type { Backbone } from '../../models/backbones/backbone';
import { dot } from '../../core/vector';
import { FaceReader } from '../face-reader';
import { locatedCrop } from '../locate-face';
import { formatInputConvention } from '../../models/backbones/input-convention-text';

/*
 * Tests whether a backbone expects RGB or BGR: it should tell people apart better in the order it
 * was trained with. `known-faces.ts` collects the faces for the test.
 */

/** An aligned crop of a known person. */
export interface KnownFace {
  /** 112 × 112 × 3 RGB bytes. */
  readonly crop: Uint8Array;
  /** Equal values mean the same person. */
  readonly person: string | number;
}

/** How well a backbone tells people apart with its colours in the current order and exchanged. */
export interface ColourOrders {
  readonly faces: number;
  readonly people: number;
  /** Mean cosine of genuine pairs minus that of impostor pairs, in the current order. */
  readonly asFed: number;
  /** The same, with red and blue exchanged. */
  readonly exchanged: number;
  /** 95 % bootstrap interval, over people, of `exchanged` − `asFed`. */
  readonly gain: readonly [low: number, high: number];
  /** Faces whose embedding is longer with the colours exchanged. */
  readonly longerExchanged: number;
}

/** Whether the person has stopped the work in the meantime. */
export type IsStopped = () => boolean | Promise<boolean>;

/** Faces in a comparison, at most. */
export const MAX_FACES = 32;
/** People with two or more faces, at least; with fewer the interval means nothing. */
export const MIN_PEOPLE = 6;

const BOOTSTRAP_SAMPLES = 2000;
/** Share of samples outside the interval, on either side. */
const TAIL = 0.025;

/**
 * Embeds faces in both orders of colours and compares how well either separates people.
 * @param faces the first {@link MAX_FACES} of people with two or more faces are used
 * @param isStopped called before each of the two readings
 * @returns null if too few people have two faces, and if it was stopped
 * @throws StudioError as {@link FaceReader.read}
 */
export async function compareColourOrders(
  faces: readonly KnownFace[],
  backbone: Backbone,
  seed: number,
  isStopped: IsStopped = () => false,
): Promise<ColourOrders | null> {
  const candidates = withSeveralFaces(faces).slice(0, MAX_FACES);
  // Cutting the list off may leave a person with a single face.
  const tried = withSeveralFaces(candidates);
  const people = [...new Set(tried.map(({ person }) => person))];
  if (people.length < MIN_PEOPLE || (await isStopped())) return null;
  const reader = new FaceReader(backbone, [], 'single');
  const read = (crops: readonly Uint8Array[]) =>
    reader.read(crops.map((crop) => locatedCrop(crop, 'single')));
  const asFed = await read(tried.map(({ crop }) => crop));
  if (await isStopped()) return null;
  const exchanged = await read(tried.map(({ crop }) => withRedAndBlueExchanged(crop)));
  const personOf = tried.map(({ person }) => people.indexOf(person));
  const sumsOf = (readings: typeof asFed) =>
    cosineSums(
      readings.map(({ mu }) => mu),
      personOf,
      people.length,
    );
  const [before, after] = [sumsOf(asFed), sumsOf(exchanged)];
  const everyone = [...people.keys()];
  const random = seededRandom(seed, 0xc0104);
  const gains = Array.from({ length: BOOTSTRAP_SAMPLES }, () => {
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
    longerExchanged: exchanged.filter(
      ({ embeddingNorm }, i) => embeddingNorm > asFed[i]!.embeddingNorm,
    ).length,
  };
}

/** The faces whose person has another face among them. */
const withSeveralFaces = (faces: readonly KnownFace[]) =>
  faces.filter(({ person, crop }) =>
    faces.some((other) => other.person === person && other.crop !== crop),
  );

/** Sums of the cosines between the faces of two people, and their numbers: [person][person]. */
interface CosineSums {
  readonly sums: readonly Float64Array[];
  readonly counts: readonly Float64Array[];
}

function cosineSums(
  mus: readonly Float32Array[],
  personOf: readonly number[],
  people: number,
): CosineSums {
  const square = () => Array.from({ length: people }, () => new Float64Array(people));
  const [sums, counts] = [square(), square()];
  mus.forEach((a, i) => {
    mus.slice(i + 1).forEach((b, j) => {
      const [one, other] = [personOf[i]!, personOf[i + 1 + j]!];
      const cosine = dot(a, b);
      sums[one]![other]! += cosine;
      counts[one]![other]! += 1;
      if (one === other) return;
      sums[other]![one]! += cosine;
      counts[other]![one]! += 1;
    });
  });
  return { sums, counts };
}

/** Mean genuine minus mean impostor cosine among drawn people, who may be drawn repeatedly. */
function separation({ sums, counts }: CosineSums, drawn: readonly number[]): number {
  let [genuine, genuineCount, impostor, impostorCount] = [0, 0, 0, 0];
  drawn.forEach((a, i) => {
    genuine += sums[a]![a]!;
    genuineCount += counts[a]![a]!;
    for (let j = i + 1; j < drawn.length; j++) {
      const b = drawn[j]!;
      // The same person drawn twice is not an impostor pair.
      if (a === b) continue;
      impostor += sums[a]![b]!;
      impostorCount += counts[a]![b]!;
    }
  });
  return genuine / genuineCount - impostor / impostorCount;
}

/** A copy of a crop with red and blue exchanged. */
export function withRedAndBlueExchanged(crop: Uint8Array): Uint8Array {
  const exchanged = crop.slice();
  for (let at = 0; at + 2 < crop.length; at += 3) {
    exchanged[at] = crop[at + 2]!;
    exchanged[at + 2] = crop[at]!;
  }
  return exchanged;
}

/** A sign test's deviations at which the share of longer embeddings is no chance: p = 1e-3. */
const NO_CHANCE = 3.1;

/**
 * Whether the other order is better with confidence: it tells people apart better, or embeddings
 * are longer in it (they are the longer, the more a face looks like those of the training) and
 * people aren't told apart worse.
 */
export function prefersExchanged(orders: ColourOrders): boolean {
  const { faces, gain, asFed, exchanged, longerExchanged } = orders;
  if (gain[0] > 0) return true;
  const deviations = (longerExchanged - faces / 2) / (Math.sqrt(faces) / 2);
  return exchanged > asFed && deviations > NO_CHANCE;
}

/**
 * Says of an evaluation set's pictures whether red and blue seem exchanged in them, with the
 * numbers that show it. For a backbone whose own order is known.
 * @param input the backbone's current convention
 */
export function exchangedSentence(
  set: string,
  orders: ColourOrders,
  input: InputConvention,
): string {
  const { faces, people, asFed, exchanged, gain, longerExchanged } = orders;
  const shown = (value: number) => value.toFixed(3);
  const figures =
    `on ${faces} faces of ${people} people the mean cosine of genuine pairs lies ` +
    `${shown(asFed)} above that of impostor pairs as they are and ${shown(exchanged)} with red ` +
    `and blue exchanged (95 % interval of the difference ${shown(gain[0])} to ` +
    `${shown(gain[1])}), ` +
    `and ${longerExchanged} of ${faces} embeddings are longer exchanged`;
  if (!prefersExchanged(orders))
    return `Red and blue of ${set} seem to be in their places: ${figures}.`;
  const other: InputConvention = { ...input, order: input.order === 'RGB' ? 'BGR' : 'RGB' };
  return (
    `Red and blue seem to be exchanged in the pictures of ${set}: ${figures}. ` +
    `--input-convention "${formatInputConvention(other)}" reads them so; ` +
    'in the page, Channels under Models.'
  );
}

/**
 * Phrases the result for a person; null unless the other order is better with confidence.
 * @param input the backbone's current convention
 */
export function colourOrderNotice(orders: ColourOrders, input: InputConvention): string | null {
  const { faces, people, asFed, exchanged, gain } = orders;
  if (gain[0] <= 0) return null;
  const other: InputConvention = { ...input, order: input.order === 'RGB' ? 'BGR' : 'RGB' };
  const shown = (value: number) => value.toFixed(3);
  return (
    `The backbone seems to expect ${other.order}: on ${faces} faces of ${people} people the ` +
    `mean cosine of genuine pairs lies ${shown(exchanged)} above that of impostor pairs when it ` +
    `is fed ${other.order}, and ${shown(asFed)} as it is fed now, in ${input.order} (95 % ` +
    `interval of the gain ${shown(gain[0])} to ${shown(gain[1])}). ` +
    `--input-convention "${formatInputConvention(other)}" feeds it so; ` +
    'in the page, Channels under Models.'
  );
}

/** Whether the order of colours should be tested: not if the backbone's file is known. */
export const isOrderInDoubt = ({ description }: Backbone): boolean =>
  description.inputOrigin.kind !== 'file';
