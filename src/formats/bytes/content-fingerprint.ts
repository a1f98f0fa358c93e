import type { ByteSource } from './byte-source';
import { sha256Hex, sha256OfText } from './sha256-hex';

const KIBIBYTE = 2 ** 10;
/** A larger file is looked at in so many blocks at most, of so many bytes. */
const [MAX_BLOCKS, BLOCK_BYTES] = [18, 64 * KIBIBYTE];
/** Blocks of a file that has to make do with little: its head, its tail and two between. */
const MIN_BLOCKS = 4;
/** Bytes of a set of files that are read to know it again; and of each, however many there are. */
const [SET_BYTES, MIN_OF_A_FILE] = [64 * KIBIBYTE ** 2, 64 * KIBIBYTE];
/** Pieces that a file is hashed in where it is hashed whole. */
const PIECE_BYTES = 4 * KIBIBYTE ** 2;

/** Bytes of each of so many files that {@link contentFingerprint} may read. */
export const bytesOfEach = (files: number): number =>
  Math.max(MIN_OF_A_FILE, Math.floor(SET_BYTES / Math.max(1, files)));

/**
 * A SHA-256 that a file is known again by. Its name is no part of it, unless a server vouches for
 * the file: its ETag tells the states of one address apart, not files.
 *
 * A file of `most` bytes or fewer is hashed whole, and a copy of it is the same file. A larger one
 * is looked at in up to 18 blocks of 64 KiB, its head and tail among them and the others evenly
 * between, together with its size and the time when it was last changed: that alone tells of an
 * edit between the blocks. (So a copy that doesn't keep the time counts as another file. Features
 * made once more than needed cost minutes; features of other pictures are wrong.) Of a file on a
 * server that has an ETag or a Last-Modified, nothing is read.
 * @param most see {@link bytesOfEach}
 * @throws whatever the source throws
 */
export async function contentFingerprint(
  source: ByteSource,
  most: number,
  signal?: AbortSignal,
): Promise<string> {
  if (source.validator !== undefined) return fingerprintOfState(source);
  return fingerprintByReading(source, most, signal);
}

/** As {@link contentFingerprint}, whether or not a server vouches for the file. */
export async function fingerprintByReading(
  source: ByteSource,
  most: number,
  signal?: AbortSignal,
): Promise<string> {
  const { size, modified } = source;
  if (size <= Math.min(most, PIECE_BYTES)) return sha256Hex(await source.read(0, size, signal));
  if (size <= most) {
    return sha256OfText(JSON.stringify({ size, whole: await hashesOfAll(source, signal) }));
  }
  const blocks = await hashesOf(source, placesIn(size, most), signal);
  return sha256OfText(JSON.stringify({ size, modified, blocks }));
}

/**
 * The fingerprint of a file that a server vouches for. An ETag stands alone: of the same file a
 * browser tells the size or not, as the answer came packed or plain, out of its cache or not. A
 * date is only good to a second, so that the size belongs to it.
 */
export function fingerprintOfState({
  name,
  size,
  validator,
}: Pick<ByteSource, 'name' | 'validator'> & { readonly size?: number }): Promise<string> {
  const isTag = validator?.startsWith('"') === true;
  return sha256OfText(JSON.stringify(isTag ? { name, validator } : { name, size, validator }));
}

/** Where a file's blocks lie, the first at its head and the last at its tail. */
function placesIn(size: number, most: number): { offset: number; length: number }[] {
  const read = Math.min(most, MAX_BLOCKS * BLOCK_BYTES);
  const count = Math.max(MIN_BLOCKS, Math.floor(read / BLOCK_BYTES));
  const length = Math.floor(read / count);
  const offset = (i: number) => Math.floor(((size - length) * i) / (count - 1));
  return Array.from({ length: count }, (_, i) => ({ offset: offset(i), length }));
}

const hashesOf = (
  source: ByteSource,
  places: readonly { readonly offset: number; readonly length: number }[],
  signal: AbortSignal | undefined,
) =>
  Promise.all(
    places.map(async ({ offset, length }) => sha256Hex(await source.read(offset, length, signal))),
  );

/** One piece after another, so that no more than one of them is in memory. */
async function hashesOfAll(source: ByteSource, signal?: AbortSignal): Promise<string[]> {
  const hashes: string[] = [];
  for (let offset = 0; offset < source.size; offset += PIECE_BYTES) {
    signal?.throwIfAborted();
    const length = Math.min(PIECE_BYTES, source.size - offset);
    hashes.push(await sha256Hex(await source.read(offset, length, signal)));
  }
  return hashes;
}
