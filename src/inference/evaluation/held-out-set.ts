import { count, counted } from '../../core/number-words';
import { severity, type FaceRecord, type RgbImage } from '../../faces/face-record';
import type { FaceSource } from '../../faces/face-source';
import type { NamedPair } from '../picture-plan';
import type { EvaluationSet } from './evaluation-set';
import { pairsFromFolders } from './folder-pairs';

/** Clean pictures of each person, at most: they bound how many faces are read. */
export const HELD_OUT_PICTURES = 8;
/** Genuine pairs of one person, at most. */
const PAIRS_PER_PERSON = 20;
/** Impostor pairs for each genuine one: a FAR of a hundredth needs 3,000 of them. */
const IMPOSTORS_PER_GENUINE = 4;

/** Pairs that so many people give at most. */
export const heldOutPairs = (people: number): number =>
  people * PAIRS_PER_PERSON * (1 + IMPOSTORS_PER_GENUINE);

/** Options of {@link heldOutSet}. */
export interface HeldOutSetOptions {
  /** Names the set, within sentences too. */
  readonly name: string;
  readonly source: FaceSource;
  /** The people whose pictures are taken. */
  readonly people: ReadonlySet<number>;
  /** Draws the pairs. */
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** Called with the records read. */
  readonly onProgress?: (records: number) => void;
  /** Called for each record. @throws what ends the reading */
  readonly gate?: () => Promise<void>;
  /** @throws StudioError `bad-image` */
  readonly decode: (encoded: Uint8Array, name: string) => Promise<RgbImage>;
}

/**
 * Pairs of a source's people who were held out from training: up to {@link HELD_OUT_PICTURES}
 * pictures of each that nothing degrades yet, held in memory. Pictures are degraded once for all
 * their pairs, so that thousands of pairs need only a few hundred readings.
 * @throws StudioError from the source; `bad-source` if the pictures give no pairs of one kind
 */
export async function heldOutSet(options: HeldOutSetOptions): Promise<EvaluationSet> {
  const { name, source, people, seed, signal, onProgress, gate, decode } = options;
  const taken = new Map<number, number>();
  const records = new Map<string, FaceRecord>();
  let read = 0;
  for await (const record of source.open({ seed: 0, epoch: 0, shuffleBuffer: 0, signal })) {
    await gate?.();
    onProgress?.(++read);
    const { label, key, degradation } = record;
    const before = taken.get(label) ?? 0;
    if (!people.has(label) || before >= HELD_OUT_PICTURES) continue;
    if (degradation && severity(degradation) > 0) continue;
    taken.set(label, before + 1);
    records.set(key, record);
  }
  const pictures = [...records.values()]
    .map(({ key, label }) => ({ name: key, person: `person ${label}` }))
    .sort((a, b) => a.name.localeCompare(b.name, 'en'));
  const made = pairsFromFolders(name, pictures, {
    perPerson: PAIRS_PER_PERSON,
    impostorsPerGenuine: IMPOSTORS_PER_GENUINE,
    seed,
  });
  return {
    name,
    pairs: made.pairs,
    pictures,
    missingPictures: [],
    isDegradedOnce: true,
    notes: [noteOf(pictures.length, made.pairs)],
    decode: async (picture) => decode(records.get(picture)!.encoded, `${picture} of ${name}`),
  };
}

function noteOf(pictures: number, pairs: readonly NamedPair[]): string {
  const genuine = pairs.filter(({ same }) => same).length;
  return (
    `${count(genuine)} pairs of one person and ${count(pairs.length - genuine)} of two, made of ` +
    `${counted(pictures, 'clean picture')}; each is degraded once, for all its pairs.`
  );
}
