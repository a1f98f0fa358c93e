import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/seeded-random';
import { byteHash } from './byte-hash';

const randomBytes = (length: number, seed = 1) => {
  const random = seededRandom(seed);
  return Uint8Array.from({ length }, () => random.int(256));
};

describe('byteHash', () => {
  it('is a safe integer, and doesn’t depend on the offset in the buffer', () => {
    const bytes = randomBytes(1003);
    const hash = byteHash(bytes);
    expect(Number.isSafeInteger(hash) && hash >= 0).toBe(true);
    for (const shift of [1, 2, 3, 4]) {
      const moved = new Uint8Array(bytes.length + shift);
      moved.set(bytes, shift);
      expect(byteHash(moved.subarray(shift))).toBe(hash);
    }
  });

  it('changes with every flipped bit, in the last bytes that fill no word too', () => {
    const bytes = randomBytes(67);
    const seen = new Set([byteHash(bytes)]);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      seen.add(byteHash(bytes));
      bytes[bit >> 3]! ^= 1 << (bit & 7);
    }
    expect(seen.size).toBe(67 * 8 + 1);
  });

  it('changes where one bit is flipped in two words, unlike a plain sum or product', () => {
    const bytes = randomBytes(64);
    const seen = new Set([byteHash(bytes)]);
    for (let bit = 0; bit < 32; bit++) {
      for (let word = 1; word < 16; word++) {
        const damaged = bytes.slice();
        for (const at of [0, word]) damaged[at * 4 + (bit >> 3)]! ^= 1 << (bit & 7);
        seen.add(byteHash(damaged));
      }
    }
    expect(seen.size).toBe(32 * 15 + 1);
  });

  it('changes with lost tails, zeroed bytes and swapped pages', () => {
    const bytes = randomBytes(4 * 4096);
    const swapped = bytes.slice();
    swapped.set(bytes.subarray(0, 4096), 4096);
    swapped.set(bytes.subarray(4096, 8192), 0);
    const zeroed = bytes.slice().fill(0, 8192);
    const hashes = [
      bytes,
      swapped,
      zeroed,
      bytes.subarray(0, 8192),
      new Uint8Array(),
      new Uint8Array(1),
      new Uint8Array(4),
      new Uint8Array(2 ** 20),
      new Uint8Array(2 ** 20 - 4),
    ].map(byteHash);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('sets each of its bits for about half of all blocks', () => {
    const counts = new Array<number>(53).fill(0);
    for (let i = 0; i < 2000; i++) {
      const hash = BigInt(byteHash(Uint8Array.of(i & 255, i >> 8, 0, 0, 0)));
      for (let bit = 0; bit < 53; bit++) counts[bit]! += Number((hash >> BigInt(bit)) & 1n);
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
