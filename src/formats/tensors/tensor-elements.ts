import { halfValues } from './float16';
import type { TensorDtype } from './tensor-file';

/** Bytes of one element. */
export const elementBytes: Readonly<Record<TensorDtype, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

/**
 * Little-endian elements as float32, in an array of its own. float64 and whole numbers are rounded
 * to the nearest; NaN and infinities stay what they are.
 * @param bytes a whole number of elements
 */
export function toFloat32(bytes: Uint8Array, dtype: TensorDtype): Float32Array {
  const count = bytes.length / elementBytes[dtype];
  const values = new Float32Array(count);
  if (dtype === 'F32') {
    new Uint8Array(values.buffer).set(bytes);
    return values;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = readers[dtype];
  for (let i = 0; i < count; i++) values[i] = at(view, i);
  return values;
}

const readers: Readonly<
  Record<Exclude<TensorDtype, 'F32'>, (view: DataView, index: number) => number>
> = {
  F64: (view, i) => view.getFloat64(8 * i, true),
  F16: (view, i) => halfValues()[view.getUint16(2 * i, true)]!,
  BF16: (view, i) => bfloat(view.getUint16(2 * i, true)),
  I64: (view, i) => Number(view.getBigInt64(8 * i, true)),
  I32: (view, i) => view.getInt32(4 * i, true),
  I16: (view, i) => view.getInt16(2 * i, true),
  I8: (view, i) => view.getInt8(i),
  U8: (view, i) => view.getUint8(i),
  BOOL: (view, i) => (view.getUint8(i) === 0 ? 0 : 1),
};

const word = new DataView(new ArrayBuffer(4));

/** The upper half of a float32. */
function bfloat(bits: number): number {
  word.setUint32(0, bits * 65536);
  return word.getFloat32(0);
}
