/**
 * A 53-bit hash of bytes: to find what a disk or a crash did to them, or which of many pictures are
 * the same. It is no guard against a forger, so it is no cryptographic one, and takes a millisecond
 * or two for a megabyte, not another thread that gets a copy. Each word's step can be undone, so
 * that a changed word always leaves another state behind it; of larger differences one in 2^53 is
 * missed, and that is as much as a number of JSON holds. Among six million different pictures two
 * share one about once in five hundred sets.
 *
 * Words are read in this machine's byte order: a hash that is kept never leaves it.
 * @returns a whole number, 0 ≤ hash < 2^53
 */
export function byteHash(bytes: Uint8Array): number {
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
