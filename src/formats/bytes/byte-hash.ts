/**
 * A 53-bit hash of bytes: it finds damage by a disk or a crash, and equal pictures among many. It
 * is not cryptographic, so it doesn't guard against forgery; but a megabyte takes only a
 * millisecond or two, and no copy has to go to another thread. Each word's step is invertible, so a
 * single changed word always changes the state. Of larger differences one in 2^53 is missed. 53
 * bits are what a JSON number holds. In one of about five hundred sets of six million pictures, two
 * different pictures share a hash.
 *
 * Words are read in this machine's byte order, so a stored hash is valid on this machine only.
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
    // Rotated before multiplying: a product's low bits don't depend on the high ones.
    a = (Math.imul((x << 15) | (x >>> 17), 0x2c1b3c6d) + 0x297a2d39) | 0;
    b = (Math.imul((y << 11) | (y >>> 21), 0x735a2d97) + 0x1b56c4e9) | 0;
  }
  return (stirred(b) >>> 11) * 2 ** 32 + stirred(a);
}

/** Spreads each bit of the state over the whole hash. */
function stirred(state: number): number {
  let x = state ^ (state >>> 15);
  x = Math.imul(x, 0x2c1b3c6d);
  x = Math.imul(x ^ (x >>> 12), 0x297a2d39);
  return (x ^ (x >>> 15)) >>> 0;
}
