import { crc32 as zlibCrc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { crc32, crc32c, maskedCrc32c } from './crc32';

// RFC 3720, B.4, and the check value of CRC catalogues.
it.each([
  ['nothing', new Uint8Array(), 0],
  ['digits', new TextEncoder().encode('123456789'), 0xe3069283],
  ['32 zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['32 ascending', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
])('has the CRC-32C of %s', (_, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});

it.each([0, 1, 3, 4, 1000])('has the CRC-32 that zlib gives, of %d bytes', (length) => {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 37) & 255);
  expect(crc32(bytes)).toBe(zlibCrc32(bytes));
});

it('masks without a sign', () => {
  expect(maskedCrc32c(new Uint8Array())).toBe(0xa282ead8);
  // 0xe3069283 turned right by 15 is 0x2507c60d.
  expect(maskedCrc32c(new TextEncoder().encode('123456789'))).toBe(0x2507c60d + 0xa282ead8);
});
