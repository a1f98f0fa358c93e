import type { CropDecoder } from '../../faces/decode/crop-decoder';
import type { FaceRecord } from '../../faces/face-record';
import type { FaceSource } from '../../faces/face-source';
import type { PhotoNetworks } from '../align/find-faces';
import { StudioError } from '../../core/studio-error';
import { seededRandom } from '../../core/seeded-random';
import type { Backbone } from '../../models/backbones/backbone';
import {
  colourOrderNotice,
  compareColourOrders,
  exchangedSentence,
  isOrderInDoubt,
  MAX_FACES,
  prefersExchanged,
  type IsStopped,
  type KnownFace,
} from './colour-order';
import type { EvaluationSet } from '../evaluation/evaluation-set';
import { locatePictures } from '../locate-pictures';

/** Faces of each person: few, so that many people are compared. */
const FACES_PER_PERSON = 2;
/** Records read from a source, at most. In sets ordered by person they are of a dozen people. */
const MAX_RECORDS = 4000;
/** Records read from a server, at most: fewer, so that training starts soon. */
const MAX_SERVED_RECORDS = 1000;

/** Options of {@link facesOfSource}. */
export interface SourceFacesOptions {
  readonly source: FaceSource;
  readonly decoder: CropDecoder;
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** Called now and then; true ends the test without a result. */
  readonly isStopped?: IsStopped;
}

/**
 * Takes a few crops from a source: two of each person, from the first people that have two.
 * Pictures that can't be decoded are skipped; training reports them when it reads the source.
 * @throws StudioError from the source; `signal`'s reason
 */
export async function facesOfSource(options: SourceFacesOptions): Promise<KnownFace[]> {
  const { source, decoder, seed, signal } = options;
  const byLabel = new Map<number, FaceRecord[]>();
  const maxRecords = source.isServed ? MAX_SERVED_RECORDS : MAX_RECORDS;
  let records = 0;
  let completePeople = 0;
  for await (const record of source.open({ seed, epoch: 0, shuffleBuffer: 0, signal })) {
    signal?.throwIfAborted();
    const own = byLabel.get(record.label) ?? [];
    if (own.length < FACES_PER_PERSON) {
      own.push(record);
      byLabel.set(record.label, own);
      if (own.length === FACES_PER_PERSON) completePeople++;
    }
    records++;
    if (records >= maxRecords || completePeople * FACES_PER_PERSON >= MAX_FACES) break;
  }
  const faces: KnownFace[] = [];
  const complete = [...byLabel.values()].filter(({ length }) => length === FACES_PER_PERSON);
  for (const { label, encoded } of complete.flat()) {
    const crop = await decoder.decodeCrop(encoded, null).catch((thrown: unknown) => {
      if (thrown instanceof StudioError && thrown.code === 'bad-image') return null;
      throw thrown;
    });
    if (crop) faces.push({ crop, person: label });
  }
  return faces;
}

/**
 * Tests both orders of colours on a source's faces, if the backbone's order is in doubt.
 * @returns a notice for the person; null if there is nothing to say
 * @throws StudioError from the source or the backbone; `signal`'s reason
 */
export async function colourNoticeOfSource(
  options: SourceFacesOptions & { readonly backbone: Backbone },
): Promise<string | null> {
  const { backbone, seed, isStopped } = options;
  if (!isOrderInDoubt(backbone)) return null;
  const orders = await compareColourOrders(await facesOfSource(options), backbone, seed, isStopped);
  return orders && colourOrderNotice(orders, backbone.input);
}

/**
 * As {@link colourNoticeOfSource}, on faces of an evaluation set. Pictures of a `.bin` are tested
 * with a backbone whose order is known too: a script that encoded them may have exchanged them.
 * @throws StudioError and what the set throws
 */
export async function colourNoticeOfSet(
  options: SetFacesOptions & { readonly backbone: Backbone },
): Promise<string | null> {
  const { backbone, set, seed, isStopped } = options;
  const isInDoubt = isOrderInDoubt(backbone);
  if (!isInDoubt && !set.isBin) return null;
  const orders = await compareColourOrders(await facesOfSet(options), backbone, seed, isStopped);
  if (!orders) return null;
  if (isInDoubt) return colourOrderNotice(orders, backbone.input);
  return prefersExchanged(orders) ? exchangedSentence(set.name, orders, backbone.input) : null;
}

/** Options of {@link facesOfSet}. */
export interface SetFacesOptions {
  readonly set: EvaluationSet;
  readonly networks: PhotoNetworks | null;
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** Called now and then; true ends the test without a result. */
  readonly isStopped?: IsStopped;
}

/**
 * Takes a few crops from an evaluation set, aligned as the evaluation does: two of each person if
 * the set names people, otherwise those of genuine pairs spread over the set.
 * @throws StudioError and what the set throws; `signal`'s reason
 */
export async function facesOfSet({
  set,
  networks,
  seed,
  signal,
  isStopped,
}: SetFacesOptions): Promise<KnownFace[]> {
  const personOf = choosePictures(set, seed);
  const pictures = [...personOf.keys()];
  const decode = (picture: string) => set.decode(picture);
  const faces: KnownFace[] = [];
  const located = locatePictures(pictures, {
    policy: 'single',
    decode,
    networks,
    signal,
    isStopped,
  });
  for await (const { index, face } of located) {
    if (face) faces.push({ crop: face.crops[0]!, person: personOf.get(pictures[index]!)! });
  }
  return faces;
}

/** Chooses pictures at random, and maps each to its person. */
function choosePictures(
  { pictures, pairs }: EvaluationSet,
  seed: number,
): Map<string, string | number> {
  const personOf = new Map<string, string | number>();
  const maxPeople = MAX_FACES / FACES_PER_PERSON;
  const byPerson = new Map<string, string[]>();
  for (const { name, person } of pictures) {
    byPerson.set(person, [...(byPerson.get(person) ?? []), name]);
  }
  const people = [...byPerson].filter(([, own]) => own.length >= FACES_PER_PERSON);
  const random = seededRandom(seed, 0xface);
  for (let left = Math.min(maxPeople, people.length); left > 0; left--) {
    const [[person, own]] = people.splice(random.int(people.length), 1) as [[string, string[]]];
    for (const name of own.slice(0, FACES_PER_PERSON)) personOf.set(name, person);
  }
  if (personOf.size > 0) return personOf;
  const genuine = pairs.filter(({ same }) => same);
  const step = Math.max(1, Math.floor(genuine.length / maxPeople));
  for (let at = 0; at < genuine.length && personOf.size < MAX_FACES; at += step) {
    const { a, b } = genuine[at]!;
    // A picture in two pairs would be mapped to two people.
    if (a === b || personOf.has(a) || personOf.has(b)) continue;
    for (const name of [a, b]) personOf.set(name, at);
  }
  return personOf;
}
