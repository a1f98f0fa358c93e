import { exact } from './pickle-values';
import { kindOf, PickledObject, PickleGlobal, type PickleConstructor } from './pickle';

/** The element types that are understood, by numpy's codes. */
interface Element {
  readonly name: 'uint8' | 'bool' | 'int64';
  /** Bytes. */
  readonly size: number;
}
const ELEMENTS: ReadonlyMap<string, Element> = new Map<string, Element>([
  ['u1', { name: 'uint8', size: 1 }],
  ['b1', { name: 'bool', size: 1 }],
  ['i8', { name: 'int64', size: 8 }],
]);

/** A numpy dtype: one of the three element types, little-endian. */
class NumpyType extends PickledObject {
  constructor(readonly element: Element) {
    super();
  }

  /** `(3, byte order, …)`, as numpy writes it; only the byte order counts for these types. */
  override build(state: unknown): void {
    const order = Array.isArray(state) ? textOf(state[1]) : '';
    if (order !== '|' && order !== '<' && !(order === '=' && this.element.size === 1)) throw new Error(`a numpy type of byte order "${order}"`);
  }
}

/** A numpy array of one dimension, or of more that are all 1 but one (as OpenCV gives encoded pictures). */
export class NumpyArray extends PickledObject {
  #element: Element | null = null;
  #bytes: Uint8Array = new Uint8Array();

  /** Element type; `empty` before its state has come. */
  get type(): Element['name'] | 'empty' {
    return this.#element?.name ?? 'empty';
  }

  /** Elements. */
  get length(): number {
    return this.#bytes.length / (this.#element?.size ?? 1);
  }

  /** The elements as they lie in the file, little-endian; a view. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Element `index`, 0 ≤ index < length: a boolean, or a number where it is exact as one. */
  at(index: number): boolean | number | bigint {
    return elementOf(this.#element!, this.#bytes, index);
  }

  /** `(1, shape, type, Fortran order, bytes)`. */
  override build(state: unknown): void {
    const [version, shape, type, , data] = Array.isArray(state) ? state : [];
    if (version !== 1) throw new Error('the state of a numpy array in another version');
    this.fill(shape, type, data);
  }

  /** @throws Error unless `data` is as long as shape and type say */
  fill(shape: unknown, type: unknown, data: unknown): void {
    if (!(type instanceof NumpyType) || !(data instanceof Uint8Array)) throw new Error('a numpy array of objects');
    const sides = Array.isArray(shape) ? shape : [shape];
    if (!sides.every((side) => Number.isSafeInteger(side) && (side as number) >= 0) || sides.filter((side) => side !== 1).length > 1) {
      throw new Error(`a numpy array of shape (${sides.slice(0, 8).map(kindOf).join(', ')}); one dimension was expected`);
    }
    const length = (sides as number[]).reduce((product, side) => product * side, 1);
    if (data.length !== length * type.element.size) throw new Error(`a numpy array of ${length} × ${type.element.name} in ${data.length} bytes`);
    this.#element = type.element;
    this.#bytes = data;
  }
}

function elementOf({ name }: Element, bytes: Uint8Array, index: number): boolean | number | bigint {
  if (name === 'int64') return exact(new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getBigInt64(8 * index, true));
  return name === 'bool' ? bytes[index] !== 0 : bytes[index]!;
}

/** Python 2 writes such texts as byte strings. */
function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return new TextDecoder().decode(value.subarray(0, 20));
  return typeof value === 'string' ? value.slice(0, 20) : kindOf(value);
}

function typeOf([code]: readonly unknown[]): NumpyType {
  const element = ELEMENTS.get(textOf(code));
  if (!element) throw new Error(`a numpy type "${textOf(code)}"; u1, b1 and i8 are read`);
  return new NumpyType(element);
}

function scalarOf([type, data]: readonly unknown[]): boolean | number | bigint {
  if (!(type instanceof NumpyType) || !(data instanceof Uint8Array) || data.length !== type.element.size) throw new Error('a numpy scalar without its bytes');
  return elementOf(type.element, data, 0);
}

/** The class of an array, only as an argument. */
function arrayClass(): never {
  throw new Error('a numpy array made otherwise than by _reconstruct');
}

function reconstructed([type]: readonly unknown[]): NumpyArray {
  if (!(type instanceof PickleGlobal) || type.construct !== arrayClass) throw new Error('a numpy array of another class');
  return new NumpyArray();
}

/** Protocol 5 gives the bytes first: `(bytes, type, shape, order)`. */
function fromBuffer([data, type, shape]: readonly unknown[]): NumpyArray {
  const array = new NumpyArray();
  array.fill(shape, type, data);
  return array;
}

/**
 * The globals of pickled numpy arrays of uint8, bool and int64 in one dimension, and of single elements, as numpy 1 and 2
 * write them; for {@link UnpickleOptions.allow}. Arrays become {@link NumpyArray}s, elements plain values.
 */
export const numpyGlobals: ReadonlyMap<string, PickleConstructor> = new Map<string, PickleConstructor>([
  ['numpy ndarray', arrayClass],
  ['numpy dtype', typeOf],
  ...['numpy.core', 'numpy._core'].flatMap((core): [string, PickleConstructor][] => [
    [`${core}.multiarray _reconstruct`, reconstructed],
    [`${core}.multiarray scalar`, scalarOf],
    [`${core}.numeric _frombuffer`, fromBuffer],
  ]),
]);
