/** Kept shards are hashed, written and checked in blocks of so many bytes; the last one may be shorter. */
export const BLOCK_BYTES = 2 ** 20;

/**
 * A 53-bit hash of a block, to find what a disk or a crash did to it. It is no guard against a forger, who could write the
 * hash as well; so it is no cryptographic one, and a reader waits a millisecond or two for a block, not for another thread
 * that gets a copy. Each word's step can be undone, so that a damaged word always leaves another state behind it; of larger
 * damages one in 2^53 is missed, and that is as much as a number of JSON holds.
 *
 * Words are read in this machine's byte order: what is kept never leaves it.
 */
export function blockHash(bytes: Uint8Array): number {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const words = new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length >>> 2);
  const tail = aligned.subarray(words.length * 4);
  let a = bytes.length ^ 0x3c6ef372;
  let b = ~bytes.length ^ 0x5be0cd19;
  for (let i = 0; i < words.length + tail.length; i++) {
    const word = i < words.length ? words[i]! : tail[i - words.length]!;
    const x = a ^ word;
    const y = b ^ word;
    // Turned before it is multiplied: a product's low bits know nothing of the high ones.
    a = (Math.imul((x << 15) | (x >>> 17), 0x2c1b3c6d) + 0x297a2d39) | 0;
    b = (Math.imul((y << 11) | (y >>> 21), 0x735a2d97) + 0x1b56c4e9) | 0;
  }
  return (stirred(b) >>> 11) * 2 ** 32 + stirred(a);
}

/** Each bit of the state into all of the hash. */
function stirred(state: number): number {
  let x = state ^ (state >>> 15);
  x = Math.imul(x, 0x2c1b3c6d);
  x = Math.imul(x ^ (x >>> 12), 0x297a2d39);
  return (x ^ (x >>> 15)) >>> 0;
}
