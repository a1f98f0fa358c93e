/**
 * The CRCs, by a reflected polynomial, of each byte alone and with one, two and three zero bytes
 * behind it.
 */
type Tables = readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array];

function tablesOf(polynomial: number): Tables {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    return crc;
  });
  const next = (table: Uint32Array) => table.map((crc) => (crc >>> 8) ^ first[crc & 255]!);
  const second = next(first);
  const third = next(second);
  return [first, second, third, next(third)];
}

const zip = tablesOf(0xedb88320);
const castagnoli = tablesOf(0x82f63b78);

/**
 * The CRC-32 of zip files, unsigned.
 * @param before the CRC of the bytes before these, for data in several parts
 */
export const crc32 = (bytes: Uint8Array, before = 0): number => crcOf(bytes, zip, before);

/** CRC-32C, Castagnoli's, unsigned. */
export const crc32c = (bytes: Uint8Array): number => crcOf(bytes, castagnoli);

/**
 * The masked CRC-32C of TFRecord files, unsigned. Rotating and adding a constant keeps the CRC
 * meaningful for data that contains CRCs itself.
 */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** Four bytes at a time, for speed: checkpoints have gigabytes. */
function crcOf(bytes: Uint8Array, [t0, t1, t2, t3]: Tables, before = 0): number {
  let crc = before ^ 0xffffffff;
  let i = 0;
  for (const whole = bytes.length - 3; i < whole; i += 4) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    crc = t3[crc & 255]! ^ t2[(crc >>> 8) & 255]! ^ t1[(crc >>> 16) & 255]! ^ t0[crc >>> 24]!;
  }
  for (; i < bytes.length; i++) crc = t0[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
