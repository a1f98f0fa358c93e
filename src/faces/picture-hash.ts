/**
 * A hash of a picture's bytes in 53 bits: two multiplying lanes over its 32-bit words, each finished on its own. Equal bytes
 * give equal hashes; among six million different pictures two share one about once in five hundred sets. Fast rather than
 * safe: whoever wants two pictures to share one can make them.
 * @returns a whole number, 0 ≤ hash < 2^53
 */
export function pictureHash(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let [low, high] = [bytes.length ^ 0x2545f491, bytes.length ^ 0x6c8e9cf5];
  const whole = bytes.length & ~3;
  for (let at = 0; at < whole; at += 4) {
    const word = view.getInt32(at, true);
    low = Math.imul(low ^ word, 0x9e3779b1);
    low ^= low >>> 15;
    high = Math.imul(high ^ word, 0x5f356495);
    high ^= high >>> 13;
  }
  for (let at = whole; at < bytes.length; at++) {
    low = Math.imul(low ^ bytes[at]!, 0x9e3779b1);
    high = Math.imul(high ^ bytes[at]!, 0x5f356495);
  }
  return (finished(high) & 0x1fffff) * 2 ** 32 + finished(low);
}

/** Spreads every bit over all of them; a bijection, so that nothing is lost. */
function finished(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
  hash = Math.imul(hash ^ (hash >>> 15), 0x735a2d97);
  return (hash ^ (hash >>> 15)) >>> 0;
}
