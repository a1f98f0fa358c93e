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
  isOrderInDoubt,
  MAX_TRIED,
  type IsStopped,
  type KnownFace,
} from './colour-order';
import type { EvaluationSet } from '../evaluation/evaluation-set';
import { readPictures } from '../read-pictures';

/** Faces of each person, so that many people come together. */
const FACES_EACH = 2;
/**
 * Records of a source that are looked through, at most: sets that lie person by person give a dozen
 * people in so many.
 */
const MAX_RECORDS = 4000;
/** Of a server, from which training is to begin soon. */
const MAX_SERVED = 1000;

/** Where a few faces are taken from. */
export interface FewFacesOptions {
  readonly source: FaceSource;
  readonly decoder: CropDecoder;
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** Asked now and then: whether to end without a finding. */
  readonly isStopped?: IsStopped;
}

/**
 * A few crops of a source, two of each person, of the first people that have two. What can't be
 * decoded is left out here:
 * whoever reads the source tells of it.
 * @throws StudioError from the source; `signal`'s reason
 */
export async function fewFaces(options: FewFacesOptions): Promise<KnownFace[]> {
  const { source, decoder, seed, signal } = options;
  const byLabel = new Map<number, FaceRecord[]>();
  const most = source.isServed ? MAX_SERVED : MAX_RECORDS;
  let [looked, complete] = [0, 0];
  for await (const record of source.open({ seed, epoch: 0, shuffleBuffer: 0, signal })) {
    signal?.throwIfAborted();
    const own = byLabel.get(record.label) ?? [];
    if (own.length < FACES_EACH) {
      own.push(record);
      byLabel.set(record.label, own);
      if (own.length === FACES_EACH) complete++;
    }
    if (++looked >= most || complete * FACES_EACH >= MAX_TRIED) break;
  }
  const faces: KnownFace[] = [];
  const whole = [...byLabel.values()].filter((records) => records.length === FACES_EACH).flat();
  for (const { label, encoded } of whole) {
    const crop = await decoder.decodeCrop(encoded, null).catch((thrown: unknown) => {
      if (thrown instanceof StudioError && thrown.code === 'bad-image') return null;
      throw thrown;
    });
    if (crop) faces.push({ crop, person: label });
  }
  return faces;
}

/**
 * Tries both orders of colours on a source's faces, where the backbone's is in doubt.
 * @returns what there is to say; null where nothing is
 * @throws StudioError from the source or the backbone; `signal`'s reason
 */
export async function colourNotice(
  options: FewFacesOptions & { readonly backbone: Backbone },
): Promise<string | null> {
  const { backbone, seed, isStopped } = options;
  if (!isOrderInDoubt(backbone)) return null;
  const orders = await compareColourOrders(await fewFaces(options), backbone, seed, isStopped);
  return orders && colourOrderNotice(orders, backbone.input);
}

/**
 * As {@link colourNotice}, on faces of an evaluation.
 * @throws StudioError and what the set throws
 */
export async function colourNoticeOfSet(
  options: FewOfSetOptions & { readonly backbone: Backbone },
): Promise<string | null> {
  const { backbone, seed, isStopped } = options;
  if (!isOrderInDoubt(backbone)) return null;
  const orders = await compareColourOrders(await fewOfSet(options), backbone, seed, isStopped);
  return orders && colourOrderNotice(orders, backbone.input);
}

/** Where a few faces of an evaluation are taken from. */
export interface FewOfSetOptions {
  readonly set: EvaluationSet;
  readonly networks: PhotoNetworks | null;
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** Asked now and then: whether to end without a finding. */
  readonly isStopped?: IsStopped;
}

/**
 * A few crops of an evaluation's set, found and aligned as it reads them: two of each person where
 * it knows people, and the
 * two of genuine pairs that lie far apart where it knows pairs alone.
 * @throws StudioError and what the set throws; `signal`'s reason
 */
async function fewOfSet({
  set,
  networks,
  seed,
  signal,
  isStopped,
}: FewOfSetOptions): Promise<KnownFace[]> {
  const owners = ownersIn(set, seed);
  const crops: Uint8Array[] = [];
  const tasks = [...owners.keys()].map((picture) => ({ picture, variants: [null] }));
  const { faces } = await readPictures(tasks, {
    decode: (picture) => set.decode(picture),
    networks,
    read: async (taken) => {
      crops.push(...taken);
      return taken.map(() => NO_FEATURES);
    },
    signal,
    isStopped,
  });
  // One crop a picture that isn't lost, in their order.
  const found = tasks.filter((_, at) => faces[at] !== null);
  return found.map(({ picture }, at) => ({ crop: crops[at]!, person: owners.get(picture)! }));
}

const NO_FEATURES = {
  embedding: new Float32Array(),
  mu: new Float32Array(),
  embeddingNorm: 0,
  concentrations: [],
} as const;

/** Pictures that are tried, and whose they are. */
function ownersIn({ pictures, pairs }: EvaluationSet, seed: number): Map<string, string | number> {
  const owners = new Map<string, string | number>();
  const most = MAX_TRIED / FACES_EACH;
  const byPerson = new Map<string, string[]>();
  for (const { name, person } of pictures) {
    byPerson.set(person, [...(byPerson.get(person) ?? []), name]);
  }
  const people = [...byPerson].filter(([, own]) => own.length >= FACES_EACH);
  const random = seededRandom(seed, 0xface);
  for (let left = Math.min(most, people.length); left > 0; left--) {
    const [[person, own]] = people.splice(random.int(people.length), 1) as [[string, string[]]];
    for (const name of own.slice(0, FACES_EACH)) owners.set(name, person);
  }
  if (owners.size > 0) return owners;
  const genuine = pairs.filter(({ same }) => same);
  const step = Math.max(1, Math.floor(genuine.length / most));
  for (let at = 0; at < genuine.length && owners.size < MAX_TRIED; at += step) {
    const { a, b } = genuine[at]!;
    // A picture of two pairs would make one person of two.
    if (a === b || owners.has(a) || owners.has(b)) continue;
    for (const name of [a, b]) owners.set(name, at);
  }
  return owners;
}
