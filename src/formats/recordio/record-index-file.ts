import type { ByteSource } from '../bytes/byte-source';
import { maxFingerprintBytes, contentFingerprint } from '../bytes/content-fingerprint';
import { RecordIndex } from './record-index';
import { StudioError } from '../../core/studio-error';

/** "SCFRECIX", with which the header begins, and the version behind it. */
const [SIGNATURE, VERSION] = [0x5849434552464353n, 2];
const HEADER_BYTES = 64;
/**
 * Offset of the `.rec`'s fingerprint in the header: the first 24 bytes of its SHA-256, which fill
 * the header.
 */
const FINGERPRINT_AT = 40;

/**
 * Writes an index as a file for {@link decodeIndex}: 64 bytes of header, offsets as float64, then
 * keys, all little-endian, which is the byte order of all machines that browsers run on.
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
  const bytes = new Uint8Array(HEADER_BYTES + 8 * (offsets.length + flat.length));
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, SIGNATURE, true);
  view.setUint32(8, VERSION, true);
  view.setUint32(12, keys instanceof Float64Array ? 1 : 0, true);
  view.setFloat64(16, index.fileSize, true);
  view.setFloat64(24, offsets.length, true);
  bytes.set(await fingerprintOf(rec, signal), FINGERPRINT_AT);
  new Float64Array(bytes.buffer, HEADER_BYTES).set(offsets);
  new Float64Array(bytes.buffer, HEADER_BYTES + 8 * offsets.length).set(flat);
  view.setUint32(36, hashOf(bytes), true);
  return bytes;
}

/**
 * Reads what {@link encodeIndex} wrote; the offsets are a view of `bytes` if alignment allows it.
 * @throws StudioError `bad-source` for anything else, for damage, and where size or
 * {@link contentFingerprint} show that the index was made of another file than `rec`; whatever the
 * source throws
 */
export async function decodeIndex(
  bytes: Uint8Array,
  rec: ByteSource,
  signal?: AbortSignal,
): Promise<RecordIndex> {
  const bad = (found: string) =>
    new StudioError('bad-source', `The stored index of ${rec.name} ${found}.`, 'Build it again.');
  // A Float64Array can only view bytes at a multiple of eight.
  const own = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
  const view = new DataView(own.buffer, own.byteOffset, own.byteLength);
  if (own.length < HEADER_BYTES || own.length % 8 !== 0 || view.getBigUint64(0, true) !== SIGNATURE)
    throw bad('is not an index');
  if (view.getUint32(8, true) !== VERSION)
    throw bad(`has the version ${view.getUint32(8, true)}; ${VERSION} is read`);
  if (view.getUint32(36, true) !== hashOf(own)) throw bad('is damaged');
  const size = view.getFloat64(16, true);
  const count = view.getFloat64(24, true);
  const fingerprint = own.subarray(FINGERPRINT_AT, HEADER_BYTES);
  const isOfRec = async () =>
    (await fingerprintOf(rec, signal)).every((byte, i) => byte === fingerprint[i]);
  if (size !== rec.size || !(await isOfRec())) throw bad('belongs to another file');
  const numbers = (own.length - HEADER_BYTES) / 8;
  const byPlace = view.getUint32(12, true) === 1;
  if (!(
    Number.isInteger(count) &&
    count >= 0 &&
    (byPlace ? numbers === 2 * count : numbers > count && (numbers - count) % 2 === 0)
  ))
    throw bad('is cut short');
  const offsets = new Float64Array(own.buffer, own.byteOffset + HEADER_BYTES, count);
  const keysAt = own.byteOffset + HEADER_BYTES + 8 * count;
  const flat = new Float64Array(own.buffer, keysAt, numbers - count);
  if (byPlace) return RecordIndex.of(rec.name, offsets, flat, rec.size);
  const runs = Array.from({ length: flat.length / 2 }, (_, i) => ({
    place: flat[2 * i]!,
    key: flat[2 * i + 1]!,
  }));
  const areAscending = runs.every(
    ({ place }, i) => (i === 0 ? place === 0 : place > runs[i - 1]!.place) && place < count,
  );
  if (!areAscending) throw bad('is cut short');
  return RecordIndex.of(rec.name, offsets, runs, rec.size);
}

/** The fingerprint of a `.rec`, cut to the bytes that the header has for it. */
async function fingerprintOf(
  rec: ByteSource,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const hex = await contentFingerprint(rec, maxFingerprintBytes(1), signal);
  const byte = (i: number) => parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return Uint8Array.from({ length: HEADER_BYTES - FINGERPRINT_AT }, (_, i) => byte(i));
}

/** A 32-bit hash of an encoded index, without the field of the hash itself. */
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
