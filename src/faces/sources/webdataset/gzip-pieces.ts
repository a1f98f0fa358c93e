/** A part of a gzip file. */
export interface GzipPiece {
  readonly bytes: Uint8Array;
  /**
   * What a member before this piece would have unpacked to, in bytes and modulo 2^32, where this
   * piece begins as a member does; else null.
   */
  readonly sizeBefore: number | null;
}

/** How a member begins: the mark, "deflate", and flags of which three bits are reserved. */
const [MARK, HEAD_BYTES, RESERVED] = [[0x1f, 0x8b, 0x08], 4, 0xe0];
/** A member takes no fewer bytes. */
const MIN_MEMBER = 18;
/** Behind a member's data: its checksum, then its size. */
const SIZE_BYTES = 4;

/**
 * A gzip file's bytes, cut wherever a member can begin (RFC 1952). Four bytes like a header's come
 * by chance once in 128 MiB or so: whether one is, the size before it tells.
 */
export async function* gzipPieces(input: AsyncIterable<Uint8Array>): AsyncGenerator<GzipPiece> {
  let position = 0;
  let sizeBefore: number | null = null;
  /** The last bytes that were given. */
  let tail = new Uint8Array(SIZE_BYTES) as Uint8Array;
  let held = new Uint8Array() as Uint8Array;
  function* give(bytes: Uint8Array): Generator<GzipPiece> {
    if (bytes.length === 0) return;
    tail = joined(tail, bytes.subarray(-SIZE_BYTES)).slice(-SIZE_BYTES);
    position += bytes.length;
    yield { bytes, sizeBefore };
    sizeBefore = null;
  }
  for await (const chunk of input) {
    const data = held.length > 0 ? joined(held, chunk) : chunk;
    let from = 0;
    let at = data.indexOf(MARK[0]!);
    for (; at >= 0; at = data.indexOf(MARK[0]!, at + 1)) {
      if (!MARK.every((byte, i) => (data[at + i] ?? byte) === byte)) continue;
      // Its rest comes with the next chunk.
      if (at + HEAD_BYTES > data.length) break;
      if ((data[at + HEAD_BYTES - 1]! & RESERVED) !== 0) continue;
      if (position + at - from < MIN_MEMBER) continue;
      yield* give(data.subarray(from, at));
      sizeBefore = new DataView(tail.buffer).getUint32(0, true);
      from = at;
    }
    const end = at < 0 ? data.length : at;
    yield* give(data.subarray(from, end));
    held = data.slice(end);
  }
  yield* give(held);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
