import { halfValues } from '../tensors/float16';
import {
  kindOf,
  PickledObject,
  PickleGlobal,
  Refusal,
  type PickleConstructor,
  type Spend,
} from './pickle-objects';
import { isList } from './pickle-machine';
import { exact } from './pickle-values';

/** A supported element type. */
interface Element {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  readonly at: (view: DataView, index: number) => NumpyElement;
}

/** The value of one element. An integer is a number where that is exact, a bigint otherwise. */
export type NumpyElement = boolean | number | bigint | string;

/** Element types by numpy's codes: `f8` is a float of eight bytes. */
const ELEMENTS: ReadonlyMap<string, Element> = new Map<string, Element>([
  ['b1', { name: 'bool', size: 1, at: (view, i) => view.getUint8(i) !== 0 }],
  ['u1', { name: 'uint8', size: 1, at: (view, i) => view.getUint8(i) }],
  ['u2', { name: 'uint16', size: 2, at: (view, i) => view.getUint16(2 * i, true) }],
  ['u4', { name: 'uint32', size: 4, at: (view, i) => view.getUint32(4 * i, true) }],
  ['u8', { name: 'uint64', size: 8, at: (view, i) => exact(view.getBigUint64(8 * i, true)) }],
  ['i1', { name: 'int8', size: 1, at: (view, i) => view.getInt8(i) }],
  ['i2', { name: 'int16', size: 2, at: (view, i) => view.getInt16(2 * i, true) }],
  ['i4', { name: 'int32', size: 4, at: (view, i) => view.getInt32(4 * i, true) }],
  ['i8', { name: 'int64', size: 8, at: (view, i) => exact(view.getBigInt64(8 * i, true)) }],
  ['f2', { name: 'float16', size: 2, at: (view, i) => halfValues()[view.getUint16(2 * i, true)]! }],
  ['f4', { name: 'float32', size: 4, at: (view, i) => view.getFloat32(4 * i, true) }],
  ['f8', { name: 'float64', size: 8, at: (view, i) => view.getFloat64(8 * i, true) }],
]);
/** Python objects, which are in a list and not in bytes. */
const OBJECT: Element = {
  name: 'object',
  size: 0,
  at: () => {
    throw new Error('a numpy object without a list');
  },
};
/** In characters. */
const MAX_TEXT_LENGTH = 2 ** 20;

/** The element type of a code; null for an unsupported one: complex numbers, dates, records. */
function elementOf(code: string): Element | null {
  if (/^O\d?$/.test(code)) return OBJECT;
  const letters = Number(/^U(\d{1,7})$/.exec(code)?.[1] ?? NaN);
  return letters <= MAX_TEXT_LENGTH ? textElement(letters) : (ELEMENTS.get(code) ?? null);
}

/** Texts of a fixed length: four bytes a character, padded with zeros. */
function textElement(length: number): Element {
  const at = (view: DataView, index: number): string => {
    const codes = Array.from({ length }, (_, i) => view.getUint32(4 * (index * length + i), true));
    if (codes.some((code) => code > 0x10ffff))
      throw new Error('a text with a character beyond U+10FFFF');
    return codes
      .map((code) => String.fromCodePoint(code))
      .join('')
      .replace(/\0+$/, '');
  };
  return { name: 'text', size: 4 * length, at };
}

/** A numpy dtype: one of the element types, little-endian. */
class NumpyType extends PickledObject {
  constructor(readonly element: Element) {
    super();
  }

  /** `(3, byte order, …)`, as numpy writes it; only the byte order counts for these types. */
  override build(state: unknown): void {
    const order = Array.isArray(state) ? textOf(state[1]) : '';
    if (order !== '|' && order !== '<' && !(order === '=' && this.element.size === 1))
      throw new Error(`a numpy type of byte order "${order}"`);
  }
}

/** A numpy array of any shape. */
export class NumpyArray extends PickledObject {
  #element: Element | null = null;
  #bytes: Uint8Array = new Uint8Array();
  #shape: readonly number[] = [];
  #length = 0;
  #items: readonly unknown[] | null = null;

  /** Element type by numpy's name, or `text`; `empty` before its state is set. */
  get type(): string {
    return this.#element?.name ?? 'empty';
  }

  /** Sides. */
  get shape(): readonly number[] {
    return this.#shape;
  }

  /** Whether at most one side differs from 1. OpenCV gives encoded pictures of such shapes. */
  get isFlat(): boolean {
    return this.#shape.filter((side) => side !== 1).length <= 1;
  }

  /** Elements. */
  get length(): number {
    return this.#length;
  }

  /** The elements as they lie in the file, little-endian; a view. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /**
   * Element `index`, 0 ≤ index < length: a {@link NumpyElement}, or whatever an array of objects
   * holds.
   */
  at(index: number): unknown {
    return this.#items ? this.#items[index] : this.#element!.at(viewOf(this.#bytes), index);
  }

  /** `(1, shape, type, Fortran order, bytes)`. */
  override build(state: unknown): void {
    const [version, shape, type, , data] = Array.isArray(state) ? state : [];
    if (version !== 1) throw new Error('the state of a numpy array in another version');
    this.fill(shape, type, data);
  }

  /** @throws Error unless `data` is as long as shape and type say: bytes, or a list of objects */
  fill(shape: unknown, type: unknown, data: unknown): void {
    if (!(type instanceof NumpyType)) throw new Error('a numpy array without a type');
    const { element } = type;
    const isRightKind = element === OBJECT ? isList(data) : data instanceof Uint8Array;
    if (!isRightKind) throw new Error(`a numpy array of ${element.name} in ${kindOf(data)}`);
    const sides = Array.isArray(shape) ? (shape as unknown[]) : [shape];
    if (!sides.every(isSide)) {
      throw new Error(`a numpy array of shape (${sides.slice(0, 8).map(kindOf).join(', ')})`);
    }
    const length = sides.reduce((product, side) => product * side, 1);
    const held = data as Uint8Array | readonly unknown[];
    const expected = element === OBJECT ? length : length * element.size;
    // Texts of no characters take no bytes, so an array could claim any number of them.
    const isBounded = element === OBJECT || element.size > 0 || length <= 1;
    if (held.length !== expected || !isBounded) {
      const unit = element === OBJECT ? 'objects' : 'bytes';
      throw new Error(`a numpy array of ${length} × ${element.name} in ${held.length} ${unit}`);
    }
    if (held instanceof Uint8Array) this.#bytes = held;
    else this.#items = held;
    this.#element = element;
    this.#shape = [...sides];
    this.#length = length;
  }
}

const isSide = (side: unknown): side is number =>
  Number.isSafeInteger(side) && (side as number) >= 0;
const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** A short text for codes and messages. Python 2 writes such texts as byte strings. */
function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return new TextDecoder().decode(value.subarray(0, 20));
  return typeof value === 'string' ? value.slice(0, 20) : kindOf(value);
}

function typeOf([code]: readonly unknown[]): NumpyType {
  const element = elementOf(textOf(code));
  if (!element)
    throw new Refusal(
      `a numpy type "${textOf(code)}"; booleans, whole numbers, floats and texts are read`,
    );
  return new NumpyType(element);
}

function scalarOf([type, data]: readonly unknown[], spend: Spend): NumpyElement {
  if (
    !(type instanceof NumpyType) ||
    !(data instanceof Uint8Array) ||
    data.length !== type.element.size
  )
    throw new Error('a numpy scalar without its bytes');
  spend(data.length);
  return type.element.at(viewOf(data), 0);
}

/** The class of an array. It may be an argument of another constructor, but is never called. */
function arrayClass(): never {
  throw new Error('a numpy array made otherwise than by _reconstruct');
}

function reconstructed([type]: readonly unknown[]): NumpyArray {
  if (!(type instanceof PickleGlobal) || type.construct !== arrayClass)
    throw new Error('a numpy array of another class');
  return new NumpyArray();
}

/** Protocol 5 gives the bytes first: `(bytes, type, shape, order)`. */
function fromBuffer([data, type, shape]: readonly unknown[]): NumpyArray {
  const array = new NumpyArray();
  array.fill(shape, type, data);
  return array;
}

/**
 * The globals of pickled numpy arrays and of single elements, as numpy 1 and 2 write them; for
 * {@link UnpickleOptions.allow}. Arrays become {@link NumpyArray}s, elements plain values.
 */
export const numpyGlobals: ReadonlyMap<string, PickleConstructor> = new Map<
  string,
  PickleConstructor
>([
  ['numpy ndarray', arrayClass],
  ['numpy dtype', typeOf],
  ...['numpy.core', 'numpy._core'].flatMap((core): [string, PickleConstructor][] => [
    [`${core}.multiarray _reconstruct`, reconstructed],
    [`${core}.multiarray scalar`, scalarOf],
    [`${core}.numeric _frombuffer`, fromBuffer],
  ]),
]);
