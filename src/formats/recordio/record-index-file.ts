import type { ByteSource } from '../bytes/byte-source';
import { bytesOfEach, contentFingerprint } from '../bytes/content-fingerprint';
import { RecordIndex } from './record-index';
import { StudioError } from '../../core/studio-error';

/** "SCFRECIX", the version, and the size of the header that they begin. */
const [SIGNATURE, VERSION, HEADER] = [0x5849434552464353n, 2, 64];
/** Where a header holds what its `.rec` is known by, up to its end: so much of a SHA-256 fits. */
const CONTENTS_AT = 40;

/**
 * An index as a file that {@link decodeIndex} reads: 64 bytes of header, offsets as float64, then
 * keys, in the byte order of every machine that browsers run on (little-endian).
 * @throws whatever the source throws
 */
export async function encodeIndex(
  index: RecordIndex,
  rec: ByteSource,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const { offsets, keys } = index;
  const flat =
    keys instanceof Float64Array
      ? keys
      : Float64Array.from(keys.flatMap(({ place, key }) => [place, key]));
  const bytes = new Uint8Array(HEADER + 8 * (offsets.length + flat.length));
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, SIGNATURE, true);
  view.setUint32(8, VERSION, true);
  view.setUint32(12, keys instanceof Float64Array ? 1 : 0, true);
  view.setFloat64(16, index.fileSize, true);
  view.setFloat64(24, offsets.length, true);
  bytes.set(await contentsOf(rec, signal), CONTENTS_AT);
  new Float64Array(bytes.buffer, HEADER).set(offsets);
  new Float64Array(bytes.buffer, HEADER + 8 * offsets.length).set(flat);
  view.setUint32(36, hashOf(bytes), true);
  return bytes;
}

/**
 * Reads what {@link encodeIndex} wrote; the offsets are a view where they can be.
 * @throws StudioError `bad-source` for anything else, for damage, and where `rec` is not the file
 * that the index was made of, by its size and by its contents as {@link contentFingerprint} looks
 * at them; whatever the source throws
 */
export async function decodeIndex(
  bytes: Uint8Array,
  rec: ByteSource,
  signal?: AbortSignal,
): Promise<RecordIndex> {
  const bad = (found: string) =>
    new StudioError(
      'bad-source',
      `The kept index of ${rec.name} ${found}.`,
      'Let it be made anew.',
    );
  // Numbers can be viewed only where eight divides their place.
  const own = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
  const view = new DataView(own.buffer, own.byteOffset, own.byteLength);
  if (own.length < HEADER || own.length % 8 !== 0 || view.getBigUint64(0, true) !== SIGNATURE)
    throw bad('is none');
  if (view.getUint32(8, true) !== VERSION)
    throw bad(`has the version ${view.getUint32(8, true)}; ${VERSION} is read`);
  if (view.getUint32(36, true) !== hashOf(own)) throw bad('is damaged');
  const [size, count] = [view.getFloat64(16, true), view.getFloat64(24, true)];
  const contents = own.subarray(CONTENTS_AT, HEADER);
  const isOfRec = async () =>
    (await contentsOf(rec, signal)).every((byte, i) => byte === contents[i]);
  if (size !== rec.size || !(await isOfRec())) throw bad('belongs to another file');
  const numbers = (own.length - HEADER) / 8;
  const byPlace = view.getUint32(12, true) === 1;
  if (!(
    Number.isInteger(count) &&
    count >= 0 &&
    (byPlace ? numbers === 2 * count : numbers > count && (numbers - count) % 2 === 0)
  ))
    throw bad('is cut short');
  const offsets = new Float64Array(own.buffer, own.byteOffset + HEADER, count);
  const flat = new Float64Array(own.buffer, own.byteOffset + HEADER + 8 * count, numbers - count);
  if (byPlace) return RecordIndex.of(rec.name, offsets, flat, rec.size);
  const runs = Array.from({ length: flat.length / 2 }, (_, i) => ({
    place: flat[2 * i]!,
    key: flat[2 * i + 1]!,
  }));
  if (
    !runs.every(
      ({ place }, i) => (i === 0 ? place === 0 : place > runs[i - 1]!.place) && place < count,
    )
  )
    throw bad('is cut short');
  return RecordIndex.of(rec.name, offsets, runs, rec.size);
}

/** What a `.rec` is known by, cut to what a header has room for. */
async function contentsOf(rec: ByteSource, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const hex = await contentFingerprint(rec, bytesOfEach(1), signal);
  const byte = (i: number) => parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return Uint8Array.from({ length: HEADER - CONTENTS_AT }, (_, i) => byte(i));
}

/** A 32-bit hash of an encoded index, but for the place of the hash itself. */
function hashOf(bytes: Uint8Array): number {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  let hash = 0;
  for (let i = 0; i < words.length; i++) if (i !== 9) hash = mixed(hash, words[i]!);
  return hash >>> 0;
}

function mixed(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, 0x5bd1e995);
  return product ^ (product >>> 15);
}
