import { joinedBytes } from '../../../formats/bytes/joined-bytes';

/** A piece of a gzip file. */
export interface GzipPiece {
  readonly bytes: Uint8Array;
  /**
   * Set if this piece begins like a member: the unpacked size of the previous member according to
   * its trailer, in bytes modulo 2^32. Null otherwise.
   */
  readonly sizeBefore: number | null;
}

/** A member begins with the magic number and the method "deflate". */
const MAGIC = [0x1f, 0x8b, 0x08];
/** The magic number and a byte of flags. */
const HEAD_BYTES = 4;
/** Flag bits that must be 0. */
const RESERVED_FLAGS = 0xe0;
/** Smallest possible member. */
const MIN_MEMBER_BYTES = 18;
/** A member ends with its checksum and then its unpacked size. */
const SIZE_BYTES = 4;

/**
 * Cuts a gzip file wherever a member can begin (RFC 1952). Four bytes that look like a header occur
 * by chance about once in 128 MiB; the caller checks `sizeBefore` to tell.
 */
export async function* gzipPieces(input: AsyncIterable<Uint8Array>): AsyncGenerator<GzipPiece> {
  let position = 0;
  let sizeBefore: number | null = null;
  /** The last bytes that were yielded. */
  let tail = new Uint8Array(SIZE_BYTES) as Uint8Array;
  let held = new Uint8Array() as Uint8Array;
  function* emit(bytes: Uint8Array): Generator<GzipPiece> {
    if (bytes.length === 0) return;
    tail = joinedBytes([tail, bytes.subarray(-SIZE_BYTES)]).slice(-SIZE_BYTES);
    position += bytes.length;
    yield { bytes, sizeBefore };
    sizeBefore = null;
  }
  for await (const chunk of input) {
    const data = held.length > 0 ? joinedBytes([held, chunk]) : chunk;
    let from = 0;
    let at = data.indexOf(MAGIC[0]!);
    for (; at >= 0; at = data.indexOf(MAGIC[0]!, at + 1)) {
      if (!MAGIC.every((byte, i) => (data[at + i] ?? byte) === byte)) continue;
      // The rest of the header is in the next chunk.
      if (at + HEAD_BYTES > data.length) break;
      if ((data[at + HEAD_BYTES - 1]! & RESERVED_FLAGS) !== 0) continue;
      if (position + at - from < MIN_MEMBER_BYTES) continue;
      yield* emit(data.subarray(from, at));
      sizeBefore = new DataView(tail.buffer).getUint32(0, true);
      from = at;
    }
    const end = at < 0 ? data.length : at;
    yield* emit(data.subarray(from, end));
    held = data.slice(end);
  }
  yield* emit(held);
}
