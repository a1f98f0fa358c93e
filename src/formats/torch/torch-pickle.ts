import { foreignError, ForeignObject } from '../pickle/foreign-object';
import { numpyGlobals } from '../pickle/numpy-pickle';
import { unpickle } from '../pickle/pickle';
import {
  kindOf,
  PickleGlobal,
  RefusedGlobal,
  type PickleConstructor,
  type Spend,
  type UnpickleOptions,
} from '../pickle/pickle-objects';
import { onlyNamed, pythonGlobals } from '../pickle/python-values';
import { product, spanOf } from '../tensors/stored-tensors';
import { count } from '../../core/number-words';
import { StudioError } from '../../core/studio-error';
import type { TensorDtype, TensorFileValue } from '../tensors/tensor-file';

/** A block of elements that tensors are views of. */
export interface TorchStorage {
  readonly key: string;
  readonly dtype: TensorDtype;
  /** Elements. */
  readonly numel: number;
}

/** A tensor as the pickle describes it: a view of a storage. Offset and strides in elements. */
export class TorchTensor {
  constructor(
    readonly storage: TorchStorage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

/** Storage classes of PyTorch, without the suffix Storage. */
const STORAGES: Readonly<Record<string, TensorDtype>> = {
  Double: 'F64',
  Float: 'F32',
  Half: 'F16',
  BFloat16: 'BF16',
  Long: 'I64',
  Int: 'I32',
  Short: 'I16',
  Char: 'I8',
  Byte: 'U8',
  Bool: 'BOOL',
};
const DTYPES = [
  ...['float64', 'double', 'float32', 'float', 'float16', 'half', 'bfloat16', 'float8_e4m3fn'],
  ...['float8_e5m2', 'complex64', 'cfloat', 'complex128', 'cdouble', 'int64', 'long', 'int32'],
  ...['int', 'int16', 'short', 'int8', 'uint8', 'bool', 'qint8', 'quint8', 'qint32'],
];
/** Far more axes than any saved array has. */
const MAX_AXES = 64;

function tensorOf([storage, offset, size, stride]: readonly unknown[]): TorchTensor {
  if (!(storage instanceof Storage)) throw new Error('a tensor without a storage');
  const shape = sidesOf(size);
  const strides = sidesOf(stride);
  if (
    !isSide(offset) ||
    !shape ||
    !strides ||
    shape.length !== strides.length ||
    shape.length > MAX_AXES
  )
    throw new Error(`a tensor of shape ${kindOf(size)} and strides ${kindOf(stride)}`);
  const count = product(shape);
  const span = spanOf(shape, strides);
  // An expanded tensor repeats one element by a stride of 0, and could claim any size.
  if (count > storage.numel || offset + span > storage.numel) {
    throw new Error(
      `a tensor of shape [${shape.join(', ')}] at ${offset} in a storage of ` +
        `${storage.numel} elements`,
    );
  }
  return new TorchTensor(storage, offset, shape, strides);
}

const isSide = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
const sidesOf = (value: unknown): number[] | null =>
  Array.isArray(value) && value.every(isSide) ? [...(value as number[])] : null;

class Storage implements TorchStorage {
  constructor(
    readonly key: string,
    readonly dtype: TensorDtype,
    readonly numel: number,
  ) {}
}

const first = ([value]: readonly unknown[]): unknown => value;
const sizeOf = ([items = []]: readonly unknown[], spend: Spend): unknown => {
  if (!Array.isArray(items)) throw new Error(`a torch.Size of ${kindOf(items)}`);
  spend(items.length);
  return Object.freeze([...(items as unknown[])]);
};
/** "cuda:0". */
const deviceOf = ([kind, index]: readonly unknown[]): unknown =>
  typeof kind === 'string' && typeof index === 'number' ? `${kind}:${index}` : kind;

/**
 * All globals that checkpoints of weights, optimisers and settings need. Any other is refused by
 * name.
 */
const globals: ReadonlyMap<string, PickleConstructor> = new Map<string, PickleConstructor>([
  ...pythonGlobals,
  ...numpyGlobals,
  ['torch._utils _rebuild_tensor_v2', tensorOf],
  ['torch._utils _rebuild_tensor', tensorOf],
  ['torch._utils _rebuild_parameter', first],
  ['torch._utils _rebuild_parameter_with_state', first],
  ['torch Size', sizeOf],
  ['torch device', deviceOf],
  ['torch.torch_version TorchVersion', first],
  ...Object.keys(STORAGES).map((name): [string, PickleConstructor] => [
    `torch ${name}Storage`,
    onlyNamed('storage class'),
  ]),
  ...DTYPES.map((name): [string, PickleConstructor] => [`torch ${name}`, onlyNamed('dtype')]),
]);

/**
 * The value of a PyTorch pickle, the storages that it names, and the offset of the byte behind it.
 */
export interface TorchPickle {
  readonly value: unknown;
  readonly storages: ReadonlyMap<string, TorchStorage>;
  readonly end: number;
}

/**
 * Reads a pickle as PyTorch writes it. Tensors become {@link TorchTensor}s; nothing is imported or
 * called.
 * @throws StudioError `bad-source` as {@link unpickle}. For an object of another class the message
 * names the class and says whether it is a whole model.
 */
export function unpickleTorch(bytes: Uint8Array, name: string, offset = 0): TorchPickle {
  const storages = new Map<string, TorchStorage>();
  const persistentId = (id: unknown): TorchStorage => {
    const [kind, type, key, , numel, view] = Array.isArray(id) ? (id as unknown[]) : [];
    const dtype =
      type instanceof PickleGlobal
        ? STORAGES[/^torch (\w+)Storage$/.exec(type.name)?.[1] ?? '']
        : undefined;
    if (kind !== 'storage' || !dtype || typeof key !== 'string' || !isSide(numel))
      throw new Error(`a storage that is described by ${kindOf(id)}`);
    if (view !== undefined && view !== null)
      throw new Error(
        `a storage "${key.slice(0, 40)}" that is a part of another, as only old files have it`,
      );
    const known = storages.get(key);
    if (known && (known.dtype !== dtype || known.numel !== numel))
      throw new Error(
        `the storage "${key.slice(0, 40)}" twice, as ${known.numel} × ${known.dtype} and ` +
          `${numel} × ${dtype}`,
      );
    const storage = known ?? new Storage(key, dtype, numel);
    storages.set(key, storage);
    return storage;
  };
  const options: UnpickleOptions = { name, offset, allow: globals, persistentId };
  try {
    return { ...unpickle(bytes, options), storages };
  } catch (thrown) {
    if (!(thrown instanceof StudioError && thrown.cause instanceof RefusedGlobal)) throw thrown;
    if (thrown.cause.isDangerous) throw thrown;
    throw foreignError(surveyOf(bytes, options), isArray, thrown);
  }
}

const isArray = (value: unknown): boolean => value instanceof TorchTensor;

/**
 * Reads a pickle with objects of other classes in it, only to describe it in a message. Null where
 * it can't be read to its end even so.
 * @throws StudioError `bad-source` for a dangerous global, wherever it stands
 */
function surveyOf(bytes: Uint8Array, options: UnpickleOptions): unknown {
  try {
    const foreign = (global: string) => () => new ForeignObject(global);
    return unpickle(bytes, { ...options, foreign }).value;
  } catch (thrown) {
    if (!(thrown instanceof StudioError)) throw thrown;
    if (thrown.cause instanceof RefusedGlobal) throw thrown;
    return null;
  }
}

/** The largest checkpoints have some thousands of paths. */
const MAX_PATHS = 500_000;
const MAX_PATH_LENGTH = 2000;
/** Nesting of containers. Keys may be empty, so {@link MAX_PATH_LENGTH} doesn't bound it. */
const MAX_DEPTH = 100;

/**
 * The leaves of an unpickled tree by dotted path. Leaves out a container inside itself, and values
 * that are neither arrays nor plain (bytes, sets).
 * @throws Error for too many, too long or too deep paths, or two values of one path
 */
export function leavesOf(root: unknown): {
  tensors: Map<string, TorchTensor>;
  values: Map<string, TensorFileValue>;
} {
  const tensors = new Map<string, TorchTensor>();
  const values = new Map<string, TensorFileValue>();
  /** A stack for depth first in the file's order. No recursion: a file may nest very deep. */
  const waiting: { path: string; value: unknown; above: Chain | null }[] = [
    { path: '', value: root, above: null },
  ];
  let visits = 0;
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { path, value, above } = next;
    if (++visits > MAX_PATHS) throw tooMany();
    if (path.length > MAX_PATH_LENGTH)
      throw new Error(`a path of ${path.length} characters; at most ${MAX_PATH_LENGTH} are read`);
    const items = childrenOf(value);
    if (items) {
      if (isAmong(value, above)) continue;
      const chain = { value, above, depth: (above?.depth ?? 0) + 1 };
      if (chain.depth > MAX_DEPTH)
        throw new Error(`containers more than ${MAX_DEPTH} deep in one another`);
      for (const [key, item] of items.reverse())
        waiting.push({ path: path === '' ? key : `${path}.${key}`, value: item, above: chain });
    } else if (tensors.has(path) || values.has(path))
      throw new Error(`two values of the path "${path}"`);
    else if (value instanceof TorchTensor) tensors.set(path, value);
    else if (value instanceof PickleGlobal) values.set(path, value.name.replace(' ', '.'));
    else if (isPlain(value)) values.set(path, value);
  }
  return { tensors, values };
}

/** A container and those around it. */
interface Chain {
  readonly value: unknown;
  readonly above: Chain | null;
  readonly depth: number;
}

const tooMany = () => new Error(`more than ${count(MAX_PATHS)} paths`);

function isAmong(value: unknown, above: Chain | null): boolean {
  for (let link = above; link; link = link.above) if (link.value === value) return true;
  return false;
}

function childrenOf(value: unknown): [string, unknown][] | null {
  if (value instanceof Map) {
    if (value.size > MAX_PATHS) throw tooMany();
    return [...value].map(([key, item]) => [
      typeof key === 'object' ? kindOf(key) : String(key),
      item,
    ]);
  }
  if (!Array.isArray(value)) return null;
  if (value.length > MAX_PATHS) throw tooMany();
  return value.map((item: unknown, index) => [String(index), item]);
}

const isPlain = (value: unknown): value is TensorFileValue =>
  value === null || ['number', 'bigint', 'string', 'boolean'].includes(typeof value);
