/** How an array's elements are stored, by the names that safetensors gives them. */
export const tensorDtypes = [
  'F64',
  'F32',
  'F16',
  'BF16',
  'I64',
  'I32',
  'I16',
  'I8',
  'U8',
  'BOOL',
] as const;
export type TensorDtype = (typeof tensorDtypes)[number];

/** Describes an array of a file; its elements are read through the {@link TensorFile}. */
export interface TensorEntry {
  /**
   * Its path, the keys on the way to it joined by dots: `arc_face_state_dict.weight`,
   * `opt_state.state.0.exp_avg`. A list counts from 0. A file that is one bare array has the empty
   * path.
   */
  readonly name: string;
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
}

/** A plain value of a checkpoint. A whole number beyond 2⁵³ is a bigint. */
export type TensorFileValue = number | bigint | string | boolean | null;

/**
 * A file of named arrays with random access: opening it reads the list of names only, and each
 * array is read on request. It may be larger than memory.
 */
export interface TensorFile {
  /** The file's name, for messages. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  readonly form: 'torch-zip' | 'torch-legacy' | 'safetensors';
  /** In the file's order, by path. */
  readonly entries: ReadonlyMap<string, TensorEntry>;
  /**
   * Numbers and texts among the arrays, by path: `epoch`, `global_step`,
   * `opt_state.param_groups.0.lr`.
   */
  readonly values: ReadonlyMap<string, TensorFileValue>;
  /** The metadata of a safetensors file; empty for PyTorch's. */
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * An array's elements in row-major order, as float32 whatever they are stored as.
   * @throws StudioError `bad-checkpoint` for a name that isn't there or bytes that don't fit;
   * whatever the source throws
   */
  read(name: string, signal?: AbortSignal): Promise<Float32Array>;
  /**
   * Rows `from` to `from + count` along an array's first axis, without reading the others where it
   * lies in one piece.
   * @throws StudioError as {@link read}
   */
  readRows(name: string, from: number, count: number, signal?: AbortSignal): Promise<Float32Array>;
}
