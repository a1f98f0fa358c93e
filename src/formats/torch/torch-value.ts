/**
 * A float32 or int64 array for PyTorch. Its bytes are made when it is written, because a checkpoint
 * may be larger than memory.
 */
export interface TorchArray {
  readonly kind: 'array';
  readonly dtype: 'F32' | 'I64';
  readonly shape: readonly number[];
  /** The elements in row-major order, little-endian. Called once. */
  readonly bytes: () => Promise<Uint8Array>;
}

/**
 * A number that is pickled as Python's float even if it is whole: 5 and 5.0 differ in PyTorch.
 */
export interface TorchFloat {
  readonly kind: 'float';
  readonly value: number;
}

/**
 * A value for a PyTorch file: None, bool, int, float, str; a list, a tuple, a dict (of a `Map`,
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
