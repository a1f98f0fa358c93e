/**
 * A float32 or int64 array for PyTorch, whose bytes are made when the file has come to it: a
 * checkpoint may be larger than memory.
 */
export interface TorchArray {
  readonly kind: 'array';
  readonly dtype: 'F32' | 'I64';
  readonly shape: readonly number[];
  /** The elements in row-major order, little-endian. Called once. */
  readonly bytes: () => Promise<Uint8Array>;
}

/**
 * A whole number to be pickled as Python's float, or a float as it is: 5 and 5.0 are two things to
 * PyTorch.
 */
export interface TorchFloat {
  readonly kind: 'float';
  readonly value: number;
}

/**
 * What a PyTorch file may hold: None, bool, int, float, str; a list, a tuple, a dict (of a `Map`,
 * keys text or whole numbers), an OrderedDict, and arrays. A plain number is pickled as an int
 * where it is whole and as a float otherwise.
 */
export type TorchValue =
  | null
  | boolean
  | number
  | string
  | TorchFloat
  | TorchArray
  | readonly TorchValue[]
  | { readonly kind: 'tuple'; readonly items: readonly TorchValue[] }
  | ReadonlyMap<string | number, TorchValue>
  | { readonly kind: 'ordered-dict'; readonly items: ReadonlyMap<string, TorchValue> };
