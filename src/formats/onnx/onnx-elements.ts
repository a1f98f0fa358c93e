import { PbfReader } from 'pbf';
import { badModel } from './onnx-message';
import { messageOf } from '../../core/studio-error';
import { toFloat32 } from '../tensors/tensor-elements';

/** The lists of a TensorProto that may hold its numbers, by their field numbers. */
export const FLOAT_DATA = 4;
export const INT32_DATA = 5;
export const INT64_DATA = 7;
export const DOUBLE_DATA = 10;

export type Numbers = Float32Array | Float64Array;

/** An element type of a tensor. */
export interface Element {
  /** Bytes of an element. */
  readonly bytes: number;
  /** Whether elements are integers. */
  readonly whole: boolean;
  /** The list that holds such elements if they aren't in `raw_data`. */
  readonly list: typeof FLOAT_DATA | typeof INT32_DATA | typeof INT64_DATA | typeof DOUBLE_DATA;
  fromBytes(bytes: Uint8Array): Numbers;
  /** From the list's numbers; half-precision ones are listed as their bits. */
  fromList(values: ArrayLike<number>): Numbers;
}

/** The element types that are read, by `TensorProto.DataType`. */
export const ELEMENTS: Readonly<Record<number, Element>> = {
  1: {
    bytes: 4,
    whole: false,
    list: FLOAT_DATA,
    fromBytes: float32,
    fromList: (values) => Float32Array.from(values),
  },
  2: {
    bytes: 1,
    whole: true,
    list: INT32_DATA,
    fromBytes: each(1, (view, at) => view.getUint8(at)),
    fromList: (values) => Float64Array.from(values),
  },
  3: {
    bytes: 1,
    whole: true,
    list: INT32_DATA,
    fromBytes: each(1, (view, at) => view.getInt8(at)),
    fromList: (values) => Float64Array.from(values),
  },
  4: {
    bytes: 2,
    whole: true,
    list: INT32_DATA,
    fromBytes: each(2, (view, at) => view.getUint16(at, true)),
    fromList: (values) => Float64Array.from(values),
  },
  5: {
    bytes: 2,
    whole: true,
    list: INT32_DATA,
    fromBytes: each(2, (view, at) => view.getInt16(at, true)),
    fromList: (values) => Float64Array.from(values),
  },
  6: {
    bytes: 4,
    whole: true,
    list: INT32_DATA,
    fromBytes: each(4, (view, at) => view.getInt32(at, true)),
    fromList: (values) => Float64Array.from(values),
  },
  7: {
    bytes: 8,
    whole: true,
    list: INT64_DATA,
    fromBytes: each(8, (view, at) => Number(view.getBigInt64(at, true))),
    fromList: (values) => Float64Array.from(values),
  },
  9: {
    bytes: 1,
    whole: true,
    list: INT32_DATA,
    fromBytes: each(1, (view, at) => view.getUint8(at)),
    fromList: (values) => Float64Array.from(values),
  },
  10: {
    bytes: 2,
    whole: false,
    list: INT32_DATA,
    fromBytes: (bytes) => toFloat32(bytes, 'F16'),
    fromList: (values) => ofBits(values, 'F16'),
  },
  11: {
    bytes: 8,
    whole: false,
    list: DOUBLE_DATA,
    fromBytes: float64,
    fromList: (values) => Float64Array.from(values),
  },
  16: {
    bytes: 2,
    whole: false,
    list: INT32_DATA,
    fromBytes: (bytes) => toFloat32(bytes, 'BF16'),
    fromList: (values) => ofBits(values, 'BF16'),
  },
};

/** The bytes, or a copy if they aren't aligned for elements of `width` bytes. */
const aligned = (bytes: Uint8Array, width: number) =>
  bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);

export function float32(bytes: Uint8Array): Float32Array {
  const { buffer, byteOffset, length } = aligned(bytes, 4);
  return new Float32Array(buffer, byteOffset, length >>> 2);
}

export function float64(bytes: Uint8Array): Float64Array {
  return each(8, (view, at) => view.getFloat64(at, true))(bytes);
}

/** Decodes elements of `width` bytes by a function of a DataView. */
function each(
  width: number,
  at: (view: DataView, byte: number) => number,
): (bytes: Uint8Array) => Float64Array {
  return (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Float64Array.from({ length: Math.floor(bytes.length / width) }, (_, i) =>
      at(view, width * i),
    );
  };
}

/** Half-precision numbers from a list of their bits. */
function ofBits(values: ArrayLike<number>, dtype: 'F16' | 'BF16'): Float32Array {
  const bits = Uint16Array.from(values);
  const wrong = bits.findIndex((each, i) => each !== values[i]);
  if (wrong >= 0)
    throw badModel(
      `One of its tensors lists ${values[wrong]} as the bits of a half-precision number.`,
    );
  return toFloat32(new Uint8Array(bits.buffer), dtype);
}

/** Number of varints: each ends with a byte below 128. NaN if the last one is cut short. */
export function varintCount(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte < 0x80) count++;
  return bytes.length > 0 && bytes[bytes.length - 1]! >= 0x80 ? NaN : count;
}

export function varints(bytes: Uint8Array): Float64Array {
  const values = new Float64Array(varintCount(bytes));
  const pbf = new PbfReader(bytes);
  try {
    for (let i = 0; i < values.length; i++) values[i] = pbf.readVarint(true);
  } catch (cause) {
    throw badModel(`One of its lists of whole numbers can't be read (${messageOf(cause)}).`);
  }
  return values;
}
