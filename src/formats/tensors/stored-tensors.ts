import type { ByteSource } from '../bytes/byte-source';
import { messageOf, StudioError } from '../../core/studio-error';
import { elementBytes, toFloat32 } from './tensor-elements';
import type { TensorEntry, TensorFile, TensorFileValue } from './tensor-file';

/** An array, and where its elements lie. */
export interface StoredTensor extends TensorEntry {
  /** Where its storage begins in the file, in bytes; looked up when the array is read. */
  readonly storageAt: () => Promise<number>;
  /** Offset of its first element in the storage, in elements. */
  readonly offset: number;
  /** Elements between neighbours along each axis. */
  readonly strides: readonly number[];
}

/** A {@link TensorFile} over arrays that lie somewhere in a source. */
export class StoredTensors implements TensorFile {
  readonly #source: ByteSource;
  readonly name: string;
  readonly size: number;

  constructor(
    source: ByteSource,
    readonly form: TensorFile['form'],
    readonly entries: ReadonlyMap<string, StoredTensor>,
    readonly values: ReadonlyMap<string, TensorFileValue>,
    readonly metadata: Readonly<Record<string, string>> = {},
  ) {
    this.#source = source;
    this.name = source.name;
    this.size = source.size;
  }

  async read(name: string, signal?: AbortSignal): Promise<Float32Array> {
    const tensor = this.#at(name);
    return this.#gather(tensor, tensor.offset, tensor.shape, signal);
  }

  async readRows(
    name: string,
    from: number,
    count: number,
    signal?: AbortSignal,
  ): Promise<Float32Array> {
    const tensor = this.#at(name);
    const [rows, ...row] = tensor.shape;
    if (
      rows === undefined ||
      !(
        Number.isInteger(from) &&
        Number.isInteger(count) &&
        from >= 0 &&
        count >= 0 &&
        from + count <= rows
      )
    ) {
      throw badFile(
        this.name,
        `Rows ${from} to ${from + count} of "${name}" were asked for; its shape is ` +
          `[${tensor.shape.join(', ')}].`,
      );
    }
    return this.#gather(tensor, tensor.offset + from * tensor.strides[0]!, [count, ...row], signal);
  }

  #at(name: string): StoredTensor {
    const tensor = this.entries.get(name);
    if (tensor) return tensor;
    throw badFile(this.name, `It has no array "${name}"; it has ${this.#someNames()}.`);
  }

  /** The first names of the file, for a message. */
  #someNames(): string {
    const names = [...this.entries.keys()].slice(0, 5).join(', ') || 'none';
    return this.entries.size > 5 ? `${names} …` : names;
  }

  async #gather(
    { dtype, strides, storageAt }: StoredTensor,
    offset: number,
    shape: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<Float32Array> {
    const count = product(shape);
    if (count === 0) return new Float32Array();
    const width = elementBytes[dtype];
    const span = spanOf(shape, strides);
    const bytes = await this.#source.read(
      (await storageAt()) + offset * width,
      span * width,
      signal,
    );
    const values = toFloat32(bytes, dtype);
    return isContiguous(shape, strides) ? values : inOrder(values, shape, strides);
  }
}

/** The strides of an array that lies in one piece, row by row. */
export function rowMajor(shape: readonly number[]): number[] {
  const strides: number[] = [];
  shape.reduceRight((step, side) => {
    strides.unshift(step);
    return step * side;
  }, 1);
  return strides;
}

/** Elements from an array's first to its last, both counted, in its storage; 0 for an empty one. */
export function spanOf(shape: readonly number[], strides: readonly number[]): number {
  return product(shape) === 0
    ? 0
    : 1 + shape.reduce((sum, side, axis) => sum + (side - 1) * strides[axis]!, 0);
}

/**
 * Elements of an array of this shape. A side of 0 makes it 0, even where the others multiply to
 * infinity.
 */
export const product = (shape: readonly number[]): number =>
  shape.includes(0) ? 0 : shape.reduce((all, side) => all * side, 1);

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  const expected = rowMajor(shape);
  return shape.every((side, axis) => side === 1 || strides[axis] === expected[axis]);
}

/** Elements of a strided array, row by row. */
function inOrder(
  values: Float32Array,
  shape: readonly number[],
  strides: readonly number[],
): Float32Array {
  const ordered = new Float32Array(product(shape));
  const index = new Array<number>(shape.length).fill(0);
  let at = 0;
  for (let to = 0; to < ordered.length; to++) {
    ordered[to] = values[at]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= shape[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return ordered;
}

/** The error of an unusable file of arrays. @param options a next step other than the usual one */
export function badFile(
  name: string,
  found: string,
  options: ErrorOptions & { readonly nextStep?: string } = {},
): StudioError {
  const {
    nextStep = 'Choose a PyTorch (.pt, .pth) or safetensors file, and get it again where it ' +
      'may be cut short.',
  } = options;
  return new StudioError(
    'bad-checkpoint',
    `${name} can't be used as a file of arrays. ${found}`,
    nextStep,
    options,
  );
}

/**
 * Runs `read` and turns any error into one that names the file.
 * @throws StudioError `bad-checkpoint`
 */
export function namingFile<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof StudioError && thrown.code === 'bad-checkpoint') throw thrown;
    if (thrown instanceof StudioError)
      throw new StudioError(
        'bad-checkpoint',
        `${name} can't be used. ${thrown.message}`,
        thrown.nextStep,
        { cause: thrown },
      );
    throw badFile(name, `It has ${messageOf(thrown)}.`, { cause: thrown });
  }
}
