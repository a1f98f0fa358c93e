import type { ByteSource } from '../../formats/bytes/byte-source';
import type { RecordIndex } from '../../formats/recordio/record-index';
import {
  beginsRecord,
  readRecord,
  scanRecords,
  type ImageRecord,
  type RecordBytes,
} from '../../formats/recordio/recordio';
import { StudioError } from '../../core/studio-error';
import type { LeftOut, LeftOutKind } from '../survey/left-out';

/** Which of an index's records are pictures. */
export interface RecordRows {
  readonly count: number;
  /** Place in the index of each row; where they lie one behind the other, of the first. */
  readonly places: number | Uint32Array;
  readonly identities?: number;
  /** What isn't among the rows and should be. */
  readonly leftOut: readonly LeftOut[];
  /** The set has InsightFace's record 0. */
  readonly hasZero: boolean;
}

/** What else is known of a set. */
export interface RecordSet {
  /** The text of InsightFace's `property`. */
  readonly property?: string;
  /** An `.idx` came with it; else its index was made of what the file holds. */
  readonly isIndexed: boolean;
  /** Reading all of it is cheap. */
  readonly isLocal: boolean;
}

/** Record 0 in InsightFace's layout. */
interface Layout {
  /** The key behind the last picture's. */
  readonly end: number;
  /** The key behind the last person's. */
  readonly last: number;
}

/** From here on float32, in which record 0 counts, holds not every whole number. */
const EXACT = 2 ** 24;
/** Names that are told of what is left out. */
const NAMED = 10;

/** A record of an index, in one read as a rule: the index tells where the next one begins. */
export function recordAt(
  rec: ByteSource,
  index: RecordIndex,
  place: number,
  signal: AbortSignal | undefined,
): Promise<ImageRecord> {
  const offset = index.offsets[place]!;
  return readRecord(rec, offset, index.endAt(place) - offset, signal);
}

/**
 * Which records are pictures: by record 0 where it is InsightFace's, else all of them.
 * @throws StudioError `bad-source` where record 0 says what can't be; whatever `rec` throws
 */
export async function recordRows(
  rec: ByteSource,
  index: RecordIndex,
  set: RecordSet,
  signal: AbortSignal | undefined,
): Promise<RecordRows> {
  const layout = await layoutOf(rec, index, signal);
  if (!layout) {
    const leftOut = set.isIndexed && set.isLocal ? await behindLast(rec, index, signal) : [];
    const identities = declaredPeople(set.property);
    return { count: index.count, places: 0, identities, leftOut, hasZero: false };
  }
  const { end, last } = layout;
  const first = index.placeOf(1);
  const isRun = first >= 0 && index.consecutiveFrom(first) >= end - 1;
  const rows = isRun ? { count: end - 1, places: first } : placesByKey(index, end);
  const leftOut = [...missingOf(rec, index, rows, end, set.isIndexed), ...beyond(rec, index, last)];
  return { ...rows, identities: last - end, leftOut, hasZero: true };
}

/** The first line: what is longer is no property file, and slow to search. */
function declaredPeople(property = ''): number | undefined {
  const declared = /^\s*(\d{1,9})\s*(,|$)/m.exec(property.slice(0, 200))?.[1];
  return declared ? Number(declared) : undefined;
}

async function layoutOf(
  rec: ByteSource,
  index: RecordIndex,
  signal: AbortSignal | undefined,
): Promise<Layout | null> {
  const zero = index.placeOf(0);
  if (zero < 0) return null;
  const { flag, labels, image } = await recordAt(rec, index, zero, signal);
  if (flag !== 2 || image.length > 0) return null;
  const [end, last] = labels as unknown as [number, number];
  if (!(Number.isInteger(end) && Number.isInteger(last) && end >= 1 && last >= end)) {
    throw new StudioError(
      'bad-source',
      `${rec.name} says in record 0 that its pictures end before ${end} ` +
        `and its people before ${last}.`,
      'Get the file again.',
    );
  }
  if (last < EXACT) return { end, last };
  const exact = end < EXACT ? end : await firstPerson(rec, index, end, signal);
  return { end: exact, last: Math.max(exact, behindLastKey(index, last)) };
}

/** How far a whole number may lie from what float32 has made of it. */
const roundingOf = (value: number) => 2 ** (Math.floor(Math.log2(value)) - 24);

/**
 * The key of the first record of a person, by what the records there hold: pictures have one, and
 * a person has the keys of the first and behind the last in its place.
 * @param rounded what record 0 says
 */
async function firstPerson(
  rec: ByteSource,
  index: RecordIndex,
  rounded: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const reach = roundingOf(rounded);
  let behindPicture: number | undefined;
  for (let key = rounded - reach; key <= rounded + reach; key++) {
    const place = index.placeOf(key);
    const record =
      place < 0 ? null : await recordAt(rec, index, place, signal).catch(nullIfDamaged);
    if (record && record.flag === 2 && record.image.length === 0) return key;
    if (record) behindPicture = Math.min(key + 1, rounded + reach);
  }
  return behindPicture ?? rounded;
}

/** The key behind the last that the index has, about where record 0 says. */
function behindLastKey(index: RecordIndex, rounded: number): number {
  const reach = roundingOf(rounded);
  for (let key = rounded + reach - 1; key >= rounded - reach - 1; key--) {
    if (index.placeOf(key) >= 0) return key + 1;
  }
  return rounded;
}

/** A damaged record says nothing of what it was. */
function nullIfDamaged(thrown: unknown): null {
  if (thrown instanceof StudioError && thrown.code === 'bad-shard') return null;
  throw thrown;
}

/** Places of the keys 1 to end − 1 that an index has, in the order of the keys. */
function placesByKey(index: RecordIndex, end: number): { count: number; places: Uint32Array } {
  const places = new Uint32Array(index.count);
  let [count, last, inOrder] = [0, 0, true];
  for (let place = 0; place < index.count; place++) {
    const key = index.keyAt(place);
    if (key < 1 || key >= end) continue;
    inOrder &&= key > last;
    last = key;
    places[count++] = place;
  }
  const found = places.slice(0, count);
  return { count, places: inOrder ? found : found.sort((a, b) => index.keyAt(a) - index.keyAt(b)) };
}

/** Pictures that record 0 counts and the index hasn't. */
function missingOf(
  rec: ByteSource,
  index: RecordIndex,
  { count, places }: Pick<RecordRows, 'count' | 'places'>,
  end: number,
  isIndexed: boolean,
): LeftOut[] {
  const missing = end - 1 - count;
  if (missing <= 0 || typeof places === 'number') return [];
  const first: string[] = [];
  const name = (key: number) => first.length < NAMED && first.push(`${rec.name} ${key}`);
  let expected = 1;
  for (const place of places) {
    const key = index.keyAt(place);
    while (expected < key && first.length < NAMED) name(expected++);
    expected = key + 1;
    if (first.length >= NAMED) break;
  }
  while (expected < end && first.length < NAMED) name(expected++);
  const kind: LeftOutKind = isIndexed ? 'not-indexed' : 'damaged-record';
  return [{ kind, count: missing, first }];
}

/** Records whose keys lie behind all that record 0 counts. */
function beyond(rec: ByteSource, index: RecordIndex, last: number): LeftOut[] {
  let count = 0;
  const first: string[] = [];
  for (const { from, to } of spansOf(index)) {
    for (let key = Math.max(from, last); key < to && first.length < NAMED; key++) {
      first.push(`${rec.name} ${key}: record 0 counts up to ${last - 1}`);
    }
    count += Math.max(0, to - Math.max(from, last));
  }
  return count > 0 ? [{ kind: 'not-listed', count, first }] : [];
}

/** An index's keys, as spans [from, to). */
function* spansOf({ keys, count }: RecordIndex): Generator<{ from: number; to: number }> {
  if (keys instanceof Float64Array) {
    for (const key of keys) yield { from: key, to: key + 1 };
    return;
  }
  for (const [i, { place, key }] of keys.entries()) {
    yield { from: key, to: key + (keys[i + 1]?.place ?? count) - place };
  }
}

/** Records behind the last that the index names, as of an index that was cut short. */
async function behindLast(
  rec: ByteSource,
  index: RecordIndex,
  signal: AbortSignal | undefined,
): Promise<LeftOut[]> {
  const last = index.offsets.reduce((most, offset) => Math.max(most, offset), 0);
  const rest = partOf(rec, last);
  if (!(await beginsRecord(rest, 0, signal))) return [];
  // The first of them is the one that the index names.
  const count = (await countRecords(rest, signal)) - 1;
  const first = [`${rec.name}: behind byte ${last}, where the index ends`];
  return count > 0 ? [{ kind: 'not-indexed', count, first }] : [];
}

/** Whole records of a file, damaged places passed over. */
export async function countRecords(rec: RecordBytes, signal?: AbortSignal): Promise<number> {
  if (!(await beginsRecord(rec, 0, signal))) return 0;
  let count = 0;
  for await (const found of scanRecords(rec, { signal, onDamage: () => undefined })) {
    if (found) count++;
  }
  return count;
}

/** What of a file lies between two places; up to its end where the second is left out. */
export function partOf(rec: ByteSource, from: number, to = rec.size): RecordBytes {
  return {
    name: rec.name,
    size: to - from,
    read: (offset, length, signal) => rec.read(from + offset, length, signal),
  };
}
