import type { ByteSource } from './byte-source';
import { sha256Hex, sha256OfText } from './sha256-hex';

const KIBIBYTE = 2 ** 10;
/** A large file is sampled in at most this many blocks of this size. */
const [MAX_BLOCKS, BLOCK_BYTES] = [18, 64 * KIBIBYTE];
/** The fewest blocks of a sampled file: its beginning, its end and two between. */
const MIN_BLOCKS = 4;
/** Bytes that are read of a whole set of files; and of each file at least. */
const [SET_BYTES, MIN_FILE_BYTES] = [64 * KIBIBYTE ** 2, 64 * KIBIBYTE];
/** A file that is hashed whole is read in pieces of this size. */
const PIECE_BYTES = 4 * KIBIBYTE ** 2;

/** Bytes that {@link contentFingerprint} may read of each file, in a set of `files` files. */
export const maxFingerprintBytes = (files: number): number =>
  Math.max(MIN_FILE_BYTES, Math.floor(SET_BYTES / Math.max(1, files)));

/**
 * A SHA-256 that identifies a file by its contents, without its name. Only where the server sends a
 * validator is the address part of it: an ETag tells apart the states of one address, not files.
 *
 * A file of at most `maxBytes` is hashed whole, so a copy has the same fingerprint. Of a larger
 * one, up to 18 blocks of 64 KiB are hashed, the first at its beginning, the last at its end and
 * the others evenly between, together with its size and the time of its last change: only the time
 * shows an edit between the blocks. (So a copy that doesn't keep the time counts as another file.
 * Computing features once more costs minutes; using the features of other pictures is wrong.) Of a
 * file whose server sends an ETag or a Last-Modified, nothing is read.
 * @param maxBytes see {@link maxFingerprintBytes}
 * @throws whatever the source throws
 */
export async function contentFingerprint(
  source: ByteSource,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<string> {
  if (source.validator !== undefined) return fingerprintOfState(source);
  return fingerprintByReading(source, maxBytes, signal);
}

/** As {@link contentFingerprint}, but ignores the server's validator and reads the file. */
export async function fingerprintByReading(
  source: ByteSource,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<string> {
  const { size, modified } = source;
  if (size <= Math.min(maxBytes, PIECE_BYTES)) return sha256Hex(await source.read(0, size, signal));
  if (size <= maxBytes) {
    return sha256OfText(JSON.stringify({ size, whole: await hashesOfPieces(source, signal) }));
  }
  const blocks = await hashesOfBlocks(source, blocksIn(size, maxBytes), signal);
  return sha256OfText(JSON.stringify({ size, modified, blocks }));
}

/**
 * The fingerprint of a file whose server sends a validator. An ETag is used without the size: for
 * the same file a browser may or may not report the size, depending on compression and on its
 * cache. A date is only precise to a second, so the size is added to it.
 */
export function fingerprintOfState({
  name,
  size,
  validator,
}: Pick<ByteSource, 'name' | 'validator'> & { readonly size?: number }): Promise<string> {
  const isTag = validator?.startsWith('"') === true;
  return sha256OfText(JSON.stringify(isTag ? { name, validator } : { name, size, validator }));
}

/** A range of a file, in bytes. */
interface Block {
  readonly offset: number;
  readonly length: number;
}

/** The blocks of a file that are hashed, the first at its beginning and the last at its end. */
function blocksIn(size: number, maxBytes: number): Block[] {
  const read = Math.min(maxBytes, MAX_BLOCKS * BLOCK_BYTES);
  const count = Math.max(MIN_BLOCKS, Math.floor(read / BLOCK_BYTES));
  const length = Math.floor(read / count);
  const offset = (i: number) => Math.floor(((size - length) * i) / (count - 1));
  return Array.from({ length: count }, (_, i) => ({ offset: offset(i), length }));
}

const hashesOfBlocks = (
  source: ByteSource,
  blocks: readonly Block[],
  signal: AbortSignal | undefined,
) =>
  Promise.all(
    blocks.map(async ({ offset, length }) => sha256Hex(await source.read(offset, length, signal))),
  );

/** Reads one piece after another, so that only one is in memory. */
async function hashesOfPieces(source: ByteSource, signal?: AbortSignal): Promise<string[]> {
  const hashes: string[] = [];
  for (let offset = 0; offset < source.size; offset += PIECE_BYTES) {
    signal?.throwIfAborted();
    const length = Math.min(PIECE_BYTES, source.size - offset);
    hashes.push(await sha256Hex(await source.read(offset, length, signal)));
  }
  return hashes;
}
