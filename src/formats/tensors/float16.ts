/** Numbers of IEEE binary16 (halves): a sign, five bits of exponent, ten of fraction. */

/** The largest finite half. */
export const MAX_FLOAT16 = 65504;

let halves: Float32Array | null = null;

/** The values of all 65,536 halves by their bits; computed at the first call. */
export function halfValues(): Float32Array {
  halves ??= Float32Array.from({ length: 65536 }, (_, bits) => half(bits));
  return halves;
}

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  const isSubnormal = exponent === 0;
  const magnitude = isSubnormal
    ? fraction * 2 ** -24
    : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return sign * magnitude;
}

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/** The bits of the half nearest to a number, ties to even; an infinity past {@link MAX_FLOAT16}. */
export function halfBits(value: number): number {
  float[0] = value;
  const bits = word[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // From halfway between the largest half and the next power of two on.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // A subnormal half is a whole number of 2⁻²⁴; adding 2²³ of those rounds to it.
    float[0] = Math.abs(value) + 0.5;
    return sign | (word[0]! - 0x3f000000);
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}
