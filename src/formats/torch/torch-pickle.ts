import { foreignError, ForeignObject } from '../pickle/foreign-object';
import { numpyGlobals } from '../pickle/numpy-pickle';
import {
  kindOf,
  PickleGlobal,
  RefusedGlobal,
  unpickle,
  type PickleConstructor,
  type Spend,
  type UnpickleOptions,
} from '../pickle/pickle';
import { onlyNamed, pythonGlobals } from '../pickle/python-values';
import { product, spanOf } from '../tensors/stored-tensors';
import { StudioError } from '../../core/studio-error';
import type { TensorDtype, TensorFileValue } from '../tensors/tensor-file';

/** A block of elements that tensors look into. */
export interface TorchStorage {
  readonly key: string;
  readonly dtype: TensorDtype;
  /** Elements. */
  readonly numel: number;
}

/** A tensor as its pickle has it: a view of a storage. */
export class TorchTensor {
  constructor(
    readonly storage: TorchStorage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

/** Storage classes of PyTorch, less the word Storage. */
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
/** Nothing that is saved has more axes. */
const MAX_AXES = 64;

function tensorOf([storage, offset, size, stride]: readonly unknown[]): TorchTensor {
  if (!(storage instanceof Storage)) throw new Error('a tensor without a storage');
  const [shape, strides] = [sidesOf(size), sidesOf(stride)];
  if (
    !isSide(offset) ||
    !shape ||
    !strides ||
    shape.length !== strides.length ||
    shape.length > MAX_AXES
  )
    throw new Error(`a tensor of shape ${kindOf(size)} and strides ${kindOf(stride)}`);
  const [count, span] = [product(shape), spanOf(shape, strides)];
  // An expanded tensor says one element many times over, and could claim any size.
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
 * All that a checkpoint of weights, of an optimiser and of settings asks for; whatever else is
 * refused by its name.
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
 * What a pickle of PyTorch holds, the storages that it names, and where the byte behind it lies.
 */
export interface TorchPickle {
  readonly value: unknown;
  readonly storages: ReadonlyMap<string, TorchStorage>;
  readonly end: number;
}

/**
 * Reads a pickle as PyTorch writes it. Tensors become {@link TorchTensor}s; nothing is imported or
 * called.
 * @throws StudioError `bad-source`: see {@link unpickle}; an object of another class is named, and
 * a whole model is called one
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
 * What a pickle with other classes in it holds, to tell what it is; null where it can't be read to
 * its end even so.
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

/** Paths that a file may have; the largest checkpoints have some thousands. */
const MAX_PATHS = 500_000;
const MAX_PATH_LENGTH = 2000;
/**
 * How deep containers may lie in one another. Keys may be empty, so that the length of a path
 * doesn't tell.
 */
const MAX_DEEP = 100;

/**
 * The leaves of an unpickled tree by dotted path. Containers that are met again inside themselves
 * are left out, and so are values that are neither arrays nor plain (bytes, sets).
 * @throws Error for more, longer or deeper paths than a checkpoint has, or two values of one path
 */
export function leavesOf(root: unknown): {
  tensors: Map<string, TorchTensor>;
  values: Map<string, TensorFileValue>;
} {
  const tensors = new Map<string, TorchTensor>();
  const values = new Map<string, TensorFileValue>();
  /** Depth first, in the file's order; by hand, as a file may nest as deep as it is long. */
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
      if (chain.depth > MAX_DEEP)
        throw new Error(`containers more than ${MAX_DEEP} deep in one another`);
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

interface Chain {
  readonly value: unknown;
  readonly above: Chain | null;
  readonly depth: number;
}

const tooMany = () => new Error(`more than ${MAX_PATHS.toLocaleString('en')} paths`);

function isAmong(value: unknown, above: Chain | null): boolean {
  for (let link = above; link; link = link.above) if (link.value === value) return true;
  return false;
}

function childrenOf(value: unknown): [string, unknown][] | null {
  const count = value instanceof Map ? value.size : Array.isArray(value) ? value.length : 0;
  if (count > MAX_PATHS) throw tooMany();
  if (value instanceof Map)
    return [...value].map(([key, item]) => [
      typeof key === 'object' ? kindOf(key) : String(key),
      item,
    ]);
  if (Array.isArray(value)) return value.map((item: unknown, index) => [String(index), item]);
  return null;
}

const isPlain = (value: unknown): value is TensorFileValue =>
  value === null || ['number', 'bigint', 'string', 'boolean'].includes(typeof value);
