import { PbfReader } from 'pbf';
import { badModel, message } from './onnx-message';
import { messageOf, StudioError } from '../../core/studio-error';
import { toFloat32 } from '../tensors/tensor-elements';

/**
 * A constant of the graph. Integers come as float64 numbers: shapes and indices stay far below 2⁵³.
 */
export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /**
   * Its elements in row-major order, float32 where the file has float32, float16 or bfloat16. They
   * may be a view of the file, not to be written to, or made anew each time: who asks keeps them no
   * longer than needed.
   */
  readonly data: Float32Array | Float64Array;
  /** Whether its elements are whole numbers: shapes, axes, indices, or weights of few bits. */
  readonly whole: boolean;
}

/**
 * A tensor whose bytes lie in another file: its {@link OnnxTensor.data} is there once `put` has
 * been given them.
 */
export interface ExternalTensor {
  readonly name: string;
  /** The other file, as the model has it; unchecked. */
  readonly location: string;
  readonly offset: number;
  /** In bytes: what the tensor's shape asks for. */
  readonly length: number;
  put(bytes: Uint8Array): void;
}

/** The lists of a TensorProto that numbers may stand in, by their field numbers. */
const FLOAT_DATA = 4;
const INT32_DATA = 5;
const INT64_DATA = 7;
const DOUBLE_DATA = 10;

type Numbers = Float32Array | Float64Array;

interface Element {
  readonly bytes: number;
  readonly whole: boolean;
  /** The list that holds such elements where they are no `raw_data`. */
  readonly list: typeof FLOAT_DATA | typeof INT32_DATA | typeof INT64_DATA | typeof DOUBLE_DATA;
  fromBytes(bytes: Uint8Array): Numbers;
  /** Of the list's numbers; half-precision ones are listed as their bits. */
  fromList(values: ArrayLike<number>): Numbers;
}

/** The element types that are read, by `TensorProto.DataType`. */
const elements: Readonly<Record<number, Element>> = {
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
    fromBytes: each(8, (view, at) => view.getFloat64(at, true)),
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

/** Types that no operator here makes float numbers of, and their bits: float8, 4 and 2 bits. */
const FEW_BITS: ReadonlyMap<number, number> = new Map([
  [17, 8],
  [18, 8],
  [19, 8],
  [20, 8],
  [21, 4],
  [22, 4],
  [23, 4],
  [24, 8],
  [25, 2],
  [26, 2],
]);

interface Draft {
  name: string;
  dims: number[];
  dataType: number;
  raw: Uint8Array | null;
  external: boolean;
  where: Map<string, string>;
  /** A list that came packed in one piece, as its bytes, and what came otherwise, as numbers. */
  packed: { field: number; bytes: Uint8Array } | null;
  listed: { field: number; values: number[] } | null;
}

/**
 * Reads a TensorProto. Numbers are left where they lie until they are asked for; that there are as
 * many as the shape says is checked at once.
 * @param external is told of a tensor whose numbers lie in another file
 * @throws StudioError `bad-model`
 */
export function readTensor(pbf: PbfReader, external: (tensor: ExternalTensor) => void): OnnxTensor {
  const draft: Draft = {
    name: '',
    dims: [],
    dataType: 0,
    raw: null,
    external: false,
    where: new Map(),
    packed: null,
    listed: null,
  };
  message(pbf, draft, (tag, into) => {
    if (tag === 1) pbf.readPackedVarint(into.dims, true);
    else if (tag === 2) into.dataType = pbf.readVarint();
    else if (tag === FLOAT_DATA || tag === INT32_DATA || tag === INT64_DATA || tag === DOUBLE_DATA)
      readList(pbf, tag, into);
    else if (tag === 8) into.name = pbf.readString();
    else if (tag === 9) into.raw = pbf.readBytes();
    else if (tag === 13) readEntry(pbf, into.where);
    // Where the data lies: 0 is in this file, and may be written out.
    else if (tag === 14) into.external = pbf.readVarint() !== 0;
  });
  const { name, dims, dataType } = draft;
  const element = Object.hasOwn(elements, dataType) ? elements[dataType] : undefined;
  if (FEW_BITS.has(dataType))
    throw new StudioError(
      'bad-model',
      `This network is quantised to ${FEW_BITS.get(dataType)} bits: its tensor "${name}" ` +
        'holds such numbers.',
      'Take the float model, from which this one was made.',
    );
  if (!element)
    throw badModel(
      `Its tensor "${name}" is of data type ${dataType}; float32, float16, bfloat16, ` +
        'float64, int8 to int64, uint8, uint16 and bool are read.',
      'Export the model anew with float32 weights.',
    );
  const size = dims.reduce((product, side) => product * side, 1);
  const wrong = (found: number) =>
    badModel(
      `Its tensor "${name}" holds ${found} values; its shape [${dims.join(', ')}] asks for ` +
        `${size}.`,
    );
  if (!Number.isSafeInteger(size * element.bytes) || dims.some((side) => side < 0))
    throw badModel(`Its tensor "${name}" has the shape [${dims.join(', ')}].`);
  const shared = { name, dims, whole: element.whole };
  if (draft.external) {
    const held: { bytes: Uint8Array | null } = { bytes: null };
    const put = (bytes: Uint8Array) => {
      if (bytes.length !== size * element.bytes) throw wrong(bytes.length / element.bytes);
      held.bytes = bytes;
    };
    external({ name, ...placeOf(draft, size * element.bytes), put });
    return {
      ...shared,
      get data() {
        if (!held.bytes)
          throw badModel(
            `Its tensor "${name}" keeps its data in another file, which has not been read.`,
          );
        return element.fromBytes(held.bytes);
      },
    };
  }
  const { found, make } = contentOf(draft, element);
  if (found !== size) throw wrong(found);
  return {
    ...shared,
    get data() {
      return make();
    },
  };
}

/** How many elements there are, and how they are had. */
function contentOf(
  { raw, packed, listed }: Draft,
  element: Element,
): { found: number; make: () => Numbers } {
  if (raw) return { found: raw.length / element.bytes, make: () => element.fromBytes(raw) };
  const values = listed?.field === element.list ? listed.values : [];
  if (packed?.field !== element.list)
    return { found: values.length, make: () => element.fromList(values) };
  // Packed floats lie as raw ones do.
  const width = element.list === FLOAT_DATA ? 4 : element.list === DOUBLE_DATA ? 8 : 0;
  if (width > 0)
    return { found: packed.bytes.length / width, make: () => element.fromBytes(packed.bytes) };
  return { found: varintCount(packed.bytes), make: () => element.fromList(varints(packed.bytes)) };
}

/** A list comes in one piece or in many; only of the latter are the numbers read at once. */
function readList(pbf: PbfReader, field: Element['list'], into: Draft): void {
  const first = !into.packed && !into.listed;
  if (first && pbf.type === 2) {
    into.packed = { field, bytes: pbf.readBytes() };
    return;
  }
  const values = into.listed?.field === field ? into.listed.values : [];
  if (into.packed?.field === field) {
    const { bytes } = into.packed;
    for (const value of field === FLOAT_DATA
      ? float32(bytes)
      : field === DOUBLE_DATA
        ? elements[11]!.fromBytes(bytes)
        : varints(bytes))
      values.push(value);
    into.packed = null;
  }
  into.listed = { field, values };
  if (field === FLOAT_DATA) pbf.readPackedFloat(values);
  else if (field === DOUBLE_DATA) pbf.readPackedDouble(values);
  else pbf.readPackedVarint(values, true);
}

function readEntry(pbf: PbfReader, into: Map<string, string>): void {
  const entry = message(pbf, { key: '', value: '' }, (tag, draft) => {
    if (tag === 1) draft.key = pbf.readString();
    else if (tag === 2) draft.value = pbf.readString();
  });
  into.set(entry.key, entry.value);
}

function placeOf(
  { name, where }: Draft,
  length: number,
): Pick<ExternalTensor, 'location' | 'offset' | 'length'> {
  const number = (key: string, otherwise: number) => {
    const text = where.get(key);
    if (text === undefined) return otherwise;
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!Number.isSafeInteger(value))
      throw badModel(
        `Its tensor "${name}" lies in another file at ${key} "${text}"; a number of bytes ` +
          'was expected.',
      );
    return value;
  };
  const claimed = number('length', length);
  if (claimed !== length)
    throw badModel(
      `Its tensor "${name}" has ${claimed} bytes in another file; its shape asks for ${length}.`,
    );
  return { location: where.get('location') ?? '', offset: number('offset', 0), length };
}

/** A copy that begins where elements of that many bytes may, where the bytes themselves don't. */
const aligned = (bytes: Uint8Array, width: number) =>
  bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);

function float32(bytes: Uint8Array): Float32Array {
  const { buffer, byteOffset, length } = aligned(bytes, 4);
  return new Float32Array(buffer, byteOffset, length >>> 2);
}

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

/** Half-precision numbers that are listed as their bits. */
function ofBits(values: ArrayLike<number>, dtype: 'F16' | 'BF16'): Float32Array {
  const bits = Uint16Array.from(values);
  const strange = bits.findIndex((each, i) => each !== values[i]);
  if (strange >= 0)
    throw badModel(
      `One of its tensors lists ${values[strange]} as the bits of a half-precision number.`,
    );
  return toFloat32(new Uint8Array(bits.buffer), dtype);
}

/** Every varint ends with the one byte of it that is below 128. */
function varintCount(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte < 0x80) count++;
  return bytes.length > 0 && bytes[bytes.length - 1]! >= 0x80 ? NaN : count;
}

function varints(bytes: Uint8Array): Float64Array {
  const values = new Float64Array(varintCount(bytes));
  const pbf = new PbfReader(bytes);
  try {
    for (let i = 0; i < values.length; i++) values[i] = pbf.readVarint(true);
  } catch (cause) {
    throw badModel(`One of its lists of whole numbers can't be read (${messageOf(cause)}).`);
  }
  return values;
}
