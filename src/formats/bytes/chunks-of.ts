import type { ByteSource } from './byte-source';

/** Bytes of a chunk. */
const CHUNK = 4 * 2 ** 20;

/** All bytes of a source in order, a chunk at a time. @throws whatever the source throws */
export async function* chunksOf(source: ByteSource): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < source.size; at += CHUNK)
    yield await source.read(at, Math.min(CHUNK, source.size - at));
}
