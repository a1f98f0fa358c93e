import { describe, expect, it } from 'vitest';
import { toFloat32 } from './tensor-elements';
import type { TensorDtype } from './tensor-file';

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

describe('elements as float32', () => {
  it('have the value of every half that there is', () => {
    const values = toFloat32(
      bytesOf(Uint16Array.from({ length: 65536 }, (_, bits) => bits)),
      'F16',
    );
    // What IEEE 754 says of sign, exponent and fraction, by way of float32's own bits.
    const word = new DataView(new ArrayBuffer(4));
    const expected = (bits: number): number => {
      const [sign, exponent, fraction] = [bits >> 15, (bits >> 10) & 31, bits & 1023];
      if (exponent === 0) return (sign ? -1 : 1) * (fraction / 16_777_216);
      word.setUint32(
        0,
        ((sign << 31) | ((exponent === 31 ? 255 : exponent + 112) << 23) | (fraction << 13)) >>> 0,
      );
      return word.getFloat32(0);
    };
    for (let bits = 0; bits < 65536; bits++)
      if (!Object.is(values[bits], expected(bits)))
        expect(values[bits], bits.toString(16)).toBe(expected(bits));
    expect(values[1]).toBe(2 ** -24);
    expect(values[0x7bff]).toBe(65504);
    expect(values[0x8000]).toBe(-0);
  });

  it('keep bfloat16 as the upper half of a float32, subnormals too', () => {
    const wide = Float32Array.of(1.5, -0, 1e-40, -3e38, Infinity, NaN);
    const upper = Uint16Array.from(new Uint32Array(wide.buffer), (bits) => bits >>> 16);
    const kept = Float32Array.from(wide);
    new Uint32Array(kept.buffer).forEach((bits, i, all) => (all[i] = (bits & 0xffff0000) >>> 0));
    expect(toFloat32(bytesOf(upper), 'BF16')).toEqual(kept);
  });

  it('keep float32 bit by bit, at an odd place too', () => {
    const file = new Uint8Array(13);
    file.set(bytesOf(Uint32Array.of(0x7fc12345, 1, 0xff800000)), 1);
    expect([...new Uint32Array(toFloat32(file.subarray(1), 'F32').buffer)]).toEqual([
      0x7fc12345, 1, 0xff800000,
    ]);
  });

  const kinds: readonly (readonly [TensorDtype, ArrayBufferView, number[]])[] = [
    [
      'F64',
      Float64Array.of(1 / 3, 1e300, -1e300, 1e-320, NaN),
      [Math.fround(1 / 3), Infinity, -Infinity, 0, NaN],
    ],
    [
      'I64',
      BigInt64Array.of(-1n, 2n ** 24n, 2n ** 40n, -(2n ** 63n)),
      [-1, 2 ** 24, 2 ** 40, -(2 ** 63)],
    ],
    ['I32', Int32Array.of(-(2 ** 31), 7), [-(2 ** 31), 7]],
    ['I16', Int16Array.of(-32768, 32767), [-32768, 32767]],
    ['I8', Int8Array.of(-128, 127), [-128, 127]],
    ['U8', Uint8Array.of(0, 255), [0, 255]],
    ['BOOL', Uint8Array.of(0, 1, 2), [0, 1, 1]],
  ];
  it.each(kinds)('are converted from %s', (dtype, stored, expected) => {
    expect([...toFloat32(bytesOf(stored), dtype)]).toEqual(expected);
    const moved = new Uint8Array(stored.byteLength + 1);
    moved.set(bytesOf(stored), 1);
    expect([...toFloat32(moved.subarray(1), dtype)], 'at an odd place').toEqual(expected);
  });

  it('are a copy', () => {
    const bytes = bytesOf(Float32Array.of(1));
    const values = toFloat32(bytes, 'F32');
    bytes.fill(0);
    expect(values[0]).toBe(1);
  });
});
