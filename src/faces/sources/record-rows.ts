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

/** The records of an index that are pictures. */
export interface RecordRows {
  readonly count: number;
  /** Index place of each row; if they are consecutive, only the place of the first. */
  readonly places: number | Uint32Array;
  readonly identities?: number;
  /** Records that should be rows but aren't. */
  readonly leftOut: readonly LeftOut[];
  /** Whether the set has InsightFace's record 0. */
  readonly hasRecordZero: boolean;
}

/** Further facts about a set. */
export interface RecordSet {
  /** The text of InsightFace's `property`. */
  readonly property?: string;
  /** Whether it came with an `.idx`; otherwise the index was built by scanning the file. */
  readonly isIndexed: boolean;
  /** Whether reading the whole file is cheap. */
  readonly isLocal: boolean;
}

/** Contents of record 0 in InsightFace's layout. */
interface Layout {
  /** The key after the last picture's. */
  readonly end: number;
  /** The key after the last person's. */
  readonly last: number;
}

/** Record 0 holds float32, which can't represent every whole number from here on. */
const FLOAT32_EXACT_LIMIT = 2 ** 24;
/** Records that are listed by name in a report. */
const MAX_NAMED_RECORDS = 10;

/** Reads a record, usually with a single read, since the index tells where the next one begins. */
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
 * Determines which records are pictures: by InsightFace's record 0 if there is one, otherwise all.
 * @throws StudioError `bad-source` if record 0 is inconsistent; whatever `rec` throws
 */
export async function recordRows(
  rec: ByteSource,
  index: RecordIndex,
  set: RecordSet,
  signal: AbortSignal | undefined,
): Promise<RecordRows> {
  const layout = await layoutOf(rec, index, signal);
  if (!layout) {
    const leftOut = set.isIndexed && set.isLocal ? await afterLast(rec, index, signal) : [];
    const identities = declaredPeople(set.property);
    return { count: index.count, places: 0, identities, leftOut, hasRecordZero: false };
  }
  const { end, last } = layout;
  const first = index.placeOf(1);
  const isRun = first >= 0 && index.consecutiveFrom(first) >= end - 1;
  const rows = isRun ? { count: end - 1, places: first } : placesByKey(index, end);
  const leftOut = [
    ...missingOf(rec, index, rows, end, set.isIndexed),
    ...beyondRecordZero(rec, index, last),
  ];
  return { ...rows, identities: last - end, leftOut, hasRecordZero: true };
}

/** Number of people by the first line. A longer text is no property file, and slow to search. */
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
  if (last < FLOAT32_EXACT_LIMIT) return { end, last };
  const exact = end < FLOAT32_EXACT_LIMIT ? end : await firstPersonKey(rec, index, end, signal);
  return { end: exact, last: Math.max(exact, keyAfterLast(index, last)) };
}

/** The largest rounding error of a whole number stored as this float32 value. */
const maxRoundingError = (value: number) => 2 ** (Math.floor(Math.log2(value)) - 24);

/**
 * The key of the first person's record. A person's record has no picture, but the keys of the
 * person's first picture and after the last.
 * @param rounded the key by record 0, rounded to float32
 */
async function firstPersonKey(
  rec: ByteSource,
  index: RecordIndex,
  rounded: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const reach = maxRoundingError(rounded);
  let afterPicture: number | undefined;
  for (let key = rounded - reach; key <= rounded + reach; key++) {
    const place = index.placeOf(key);
    const record =
      place < 0 ? null : await recordAt(rec, index, place, signal).catch(nullIfDamaged);
    if (record && record.flag === 2 && record.image.length === 0) return key;
    if (record) afterPicture = Math.min(key + 1, rounded + reach);
  }
  return afterPicture ?? rounded;
}

/** The key after the last one in the index, searched around the rounded value of record 0. */
function keyAfterLast(index: RecordIndex, rounded: number): number {
  const reach = maxRoundingError(rounded);
  for (let key = rounded + reach - 1; key >= rounded - reach - 1; key--) {
    if (index.placeOf(key) >= 0) return key + 1;
  }
  return rounded;
}

/** Handler for damaged records, whose kind is unknown. */
function nullIfDamaged(thrown: unknown): null {
  if (thrown instanceof StudioError && thrown.code === 'bad-shard') return null;
  throw thrown;
}

/** Places of the keys 1 to end − 1 in the index, in order of the keys. */
function placesByKey(index: RecordIndex, end: number): { count: number; places: Uint32Array } {
  const places = new Uint32Array(index.count);
  let count = 0;
  let last = 0;
  let inOrder = true;
  for (let place = 0; place < index.count; place++) {
    const key = index.keyAt(place);
    if (key < 1 || key >= end) continue;
    inOrder &&= key > last;
    last = key;
    places[count] = place;
    count++;
  }
  const found = places.slice(0, count);
  return { count, places: inOrder ? found : found.sort((a, b) => index.keyAt(a) - index.keyAt(b)) };
}

/** Pictures counted by record 0 that are missing from the index. */
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
  const nameUpTo = (from: number, to: number) => {
    for (let key = from; key < to && first.length < MAX_NAMED_RECORDS; key++)
      first.push(`${rec.name} ${key}`);
  };
  let expected = 1;
  for (const place of places) {
    const key = index.keyAt(place);
    nameUpTo(expected, key);
    expected = key + 1;
    if (first.length >= MAX_NAMED_RECORDS) break;
  }
  nameUpTo(expected, end);
  const kind: LeftOutKind = isIndexed ? 'not-indexed' : 'damaged-record';
  return [{ kind, count: missing, first }];
}

/** Records whose keys lie beyond those that record 0 counts. */
function beyondRecordZero(rec: ByteSource, index: RecordIndex, last: number): LeftOut[] {
  let count = 0;
  const first: string[] = [];
  for (const { from, to } of spansOf(index)) {
    for (let key = Math.max(from, last); key < to && first.length < MAX_NAMED_RECORDS; key++) {
      first.push(`${rec.name} ${key}: record 0 counts up to ${last - 1}`);
    }
    count += Math.max(0, to - Math.max(from, last));
  }
  return count > 0 ? [{ kind: 'not-listed', count, first }] : [];
}

/** The keys of an index as ranges [from, to). */
function* spansOf({ keys, count }: RecordIndex): Generator<{ from: number; to: number }> {
  if (keys instanceof Float64Array) {
    for (const key of keys) yield { from: key, to: key + 1 };
    return;
  }
  for (const [i, { place, key }] of keys.entries()) {
    yield { from: key, to: key + (keys[i + 1]?.place ?? count) - place };
  }
}

/** Records after the last one in the index, which a truncated index misses. */
async function afterLast(
  rec: ByteSource,
  index: RecordIndex,
  signal: AbortSignal | undefined,
): Promise<LeftOut[]> {
  const last = index.offsets.reduce((largest, offset) => Math.max(largest, offset), 0);
  const rest = partOf(rec, last);
  if (!(await beginsRecord(rest, 0, signal))) return [];
  // The first of them is in the index.
  const count = (await countRecords(rest, signal)) - 1;
  const first = [`${rec.name}: behind byte ${last}, where the index ends`];
  return count > 0 ? [{ kind: 'not-indexed', count, first }] : [];
}

/** Number of intact records of a file. */
export async function countRecords(rec: RecordBytes, signal?: AbortSignal): Promise<number> {
  if (!(await beginsRecord(rec, 0, signal))) return 0;
  let count = 0;
  for await (const found of scanRecords(rec, { signal, onDamage: () => undefined })) {
    if (found) count++;
  }
  return count;
}

/** The part of a file from `from` up to `to`, or up to its end. */
export function partOf(rec: ByteSource, from: number, to = rec.size): RecordBytes {
  return {
    name: rec.name,
    size: to - from,
    read: (offset, length, signal) => rec.read(from + offset, length, signal),
  };
}
