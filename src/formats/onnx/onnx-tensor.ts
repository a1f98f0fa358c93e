import type { PbfReader } from 'pbf';
import {
  DOUBLE_DATA,
  ELEMENTS,
  FLOAT_DATA,
  float32,
  float64,
  INT32_DATA,
  INT64_DATA,
  varintCount,
  varints,
  type Element,
  type Numbers,
} from './onnx-elements';
import { badModel, message } from './onnx-message';
import { StudioError } from '../../core/studio-error';

/**
 * A constant of the graph. Integers are float64 numbers: shapes and indices stay far below 2⁵³.
 */
export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /**
   * Its elements in row-major order, float32 where the file has float32, float16 or bfloat16. They
   * may be a view of the file, so don't write to them; or a new array at each access, so don't keep
   * them longer than needed.
   */
  readonly data: Float32Array | Float64Array;
  /** Whether its elements are integers: shapes, axes, indices, or quantised weights. */
  readonly whole: boolean;
}

/**
 * A tensor whose bytes lie in another file. Its {@link OnnxTensor.data} can be read after `put` was
 * called with them.
 */
export interface ExternalTensor {
  readonly name: string;
  /** The other file, as the model names it; unchecked. */
  readonly location: string;
  readonly offset: number;
  /** In bytes, computed from the tensor's shape. */
  readonly length: number;
  put(bytes: Uint8Array): void;
}

/** Data types that aren't supported, and their bits: float8, 4-bit and 2-bit numbers. */
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
  /** A list that is packed in one piece, as its bytes. */
  packed: { field: number; bytes: Uint8Array } | null;
  /** A list in several pieces, as numbers. */
  listed: { field: number; values: number[] } | null;
}

/**
 * Reads a TensorProto. Checks that it has as many numbers as its shape says, but decodes them only
 * when `data` is read.
 * @param external called for a tensor whose numbers lie in another file
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
    // The data's location: 0 means in this file.
    else if (tag === 14) into.external = pbf.readVarint() !== 0;
  });
  const { name, dims, dataType } = draft;
  const element = Object.hasOwn(ELEMENTS, dataType) ? ELEMENTS[dataType] : undefined;
  if (FEW_BITS.has(dataType))
    throw new StudioError(
      'bad-model',
      `This network is quantised to ${FEW_BITS.get(dataType)} bits: its tensor "${name}" ` +
        'holds such numbers.',
      'Use the float model that this one was made from.',
    );
  if (!element)
    throw badModel(
      `Its tensor "${name}" is of data type ${dataType}; float32, float16, bfloat16, ` +
        'float64, int8 to int64, uint8, uint16 and bool are read.',
      'Export the model again with float32 weights.',
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
  const { found, decode } = contentOf(draft, element);
  if (found !== size) throw wrong(found);
  return {
    ...shared,
    get data() {
      return decode();
    },
  };
}

/** How many elements a tensor has, and a function that decodes them. */
function contentOf(
  { raw, packed, listed }: Draft,
  element: Element,
): { found: number; decode: () => Numbers } {
  if (raw) return { found: raw.length / element.bytes, decode: () => element.fromBytes(raw) };
  const values = listed?.field === element.list ? listed.values : [];
  if (packed?.field !== element.list)
    return { found: values.length, decode: () => element.fromList(values) };
  const { bytes } = packed;
  // Packed floats have the same bytes as raw ones.
  if (element.list === FLOAT_DATA || element.list === DOUBLE_DATA) {
    const width = element.list === FLOAT_DATA ? 4 : 8;
    return { found: bytes.length / width, decode: () => element.fromBytes(bytes) };
  }
  return { found: varintCount(bytes), decode: () => element.fromList(varints(bytes)) };
}

/** A list has one piece or several. A single piece is decoded later, several immediately. */
function readList(pbf: PbfReader, field: Element['list'], into: Draft): void {
  const isFirst = !into.packed && !into.listed;
  if (isFirst && pbf.type === 2) {
    into.packed = { field, bytes: pbf.readBytes() };
    return;
  }
  const values = into.listed?.field === field ? into.listed.values : [];
  if (into.packed?.field === field) {
    for (const value of unpacked(field, into.packed.bytes)) values.push(value);
    into.packed = null;
  }
  into.listed = { field, values };
  if (field === FLOAT_DATA) pbf.readPackedFloat(values);
  else if (field === DOUBLE_DATA) pbf.readPackedDouble(values);
  else pbf.readPackedVarint(values, true);
}

/** The numbers of a packed piece of a list. */
function unpacked(field: Element['list'], bytes: Uint8Array): Numbers {
  if (field === FLOAT_DATA) return float32(bytes);
  return field === DOUBLE_DATA ? float64(bytes) : varints(bytes);
}

/** Reads a StringStringEntryProto. */
function readEntry(pbf: PbfReader, into: Map<string, string>): void {
  const entry = message(pbf, { key: '', value: '' }, (tag, draft) => {
    if (tag === 1) draft.key = pbf.readString();
    else if (tag === 2) draft.value = pbf.readString();
  });
  into.set(entry.key, entry.value);
}

/** Where a tensor lies in another file. @param length in bytes, computed from its shape */
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
