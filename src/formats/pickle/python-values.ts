import {
  kindOf,
  PickledDict,
  PickledObject,
  PickleGlobal,
  type PickleConstructor,
  type Spend,
} from './pickle-objects';

/** A constructor for a global that may be a value, but may not be called. */
export const onlyNamed = (what: string) => (): never => {
  throw new Error(`a ${what} that is made, where only its name was expected`);
};

/**
 * An object that only holds attributes, such as an `argparse.Namespace`. They become its items.
 */
class PickledNamespace extends PickledDict {
  override build(state: unknown): void {
    // An object with slots would have a pair as its state; a namespace has no slots.
    if (!(state instanceof Map))
      throw new Error(`the attributes of a namespace in ${kindOf(state)}`);
    for (const [key, value] of state) this.set(key, value);
  }
}

/** A dict from a list of pairs, as protocols 0 and 1 write it. Newer ones set the items later. */
function ordered([pairs = []]: readonly unknown[], spend: Spend): PickledDict {
  const dict = new PickledDict();
  if (pairs instanceof Map) spend(pairs.size);
  else if (Array.isArray(pairs)) spend(2 * pairs.length);
  else throw new Error(`an ordered dict of ${kindOf(pairs)}`);
  for (const pair of pairs as Iterable<unknown>) {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw new Error(`an ordered dict with ${kindOf(pair)} among its pairs`);
    }
    dict.set(pair[0], pair[1]);
  }
  return dict;
}

/**
 * A defaultdict. Its first argument makes missing values: it must be a named class or None.
 */
function defaulting([factory = null, ...more]: readonly unknown[]): PickledDict {
  const isNamed = factory === null || factory instanceof PickleGlobal;
  if (!isNamed || more.length > 0) throw new Error(`a defaultdict of ${kindOf(factory)}`);
  return new PickledDict();
}

/** A deque. Its items are set later; the second argument is its maximum length. */
function queue([items = []]: readonly unknown[]): unknown[] {
  const isEmpty = Array.isArray(items) && items.length === 0;
  if (!isEmpty) throw new Error(`a deque that begins with ${kindOf(items)}`);
  return [];
}

/** Joins the parts of a path. The first part is the root, if there is one. */
const pathOf =
  (separator: '/' | '\\') =>
  (parts: readonly unknown[], spend: Spend): string => {
    if (!parts.every((part) => typeof part === 'string'))
      throw new Error(`a path of ${kindOf(parts)}`);
    spend(parts.reduce((sum, { length }) => sum + length, 0));
    const [root = '.', ...rest] = parts;
    const joined = rest.join(separator);
    return root.endsWith(separator) || rest.length === 0
      ? `${root}${joined}`
      : `${root}${separator}${joined}`;
  };

const digits = (value: number, width = 2): string => String(value).padStart(width, '0');
const bytesOf = (value: unknown, length: number): Uint8Array => {
  if (value instanceof Uint8Array && value.length === length) return value;
  throw new Error(`a date of ${kindOf(value)}, where ${length} bytes were expected`);
};
/** "2024-05-31", from two bytes for the year and one each for month and day. */
const dateOf = ([packed]: readonly unknown[]): string => dayOf(bytesOf(packed, 4));
function dayOf(bytes: Uint8Array): string {
  const year = 256 * bytes[0]! + bytes[1]!;
  // The highest bit is the `fold`: the second of two equal hours when the clocks go back.
  const month = bytes[2]! & 127;
  return `${digits(year, 4)}-${digits(month)}-${digits(bytes[3]!)}`;
}

/** "2024-05-31T13:05:00.250000", without the time zone. */
function momentOf([packed]: readonly unknown[]): string {
  const bytes = bytesOf(packed, 10);
  const micros = 65536 * bytes[7]! + 256 * bytes[8]! + bytes[9]!;
  const time = [...bytes.subarray(4, 7)].map((part) => digits(part)).join(':');
  return `${dayOf(bytes)}T${time}${micros ? `.${digits(micros, 6)}` : ''}`;
}

/** A timedelta, in seconds. */
function spanOfTime(parts: readonly unknown[]): number {
  const [days = 0, seconds = 0, micros = 0] = parts;
  if (![days, seconds, micros].every((part) => typeof part === 'number')) {
    throw new Error(`a timedelta of ${kindOf(parts)}`);
  }
  return 86400 * (days as number) + (seconds as number) + (micros as number) / 1e6;
}

/** A value that is ignored: a time zone. */
class Unread extends PickledObject {
  override build(): void {
    // Its state is ignored.
  }
}

const BUILTIN_TYPES = 'object int long float complex bool str unicode list tuple dict'.split(' ');
const NUMPY_TYPES =
  'bool_ bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 str_'.split(
    ' ',
  );
const LIGHTNING_MODULES = [
  ...['pytorch_lightning', 'lightning.pytorch'].map((root) => `${root}.utilities.parsing`),
  ...['lightning_fabric', 'lightning.fabric'].map((root) => `${root}.utilities.data`),
];

/** Lists one constructor under each name of each module. */
function each(
  modules: readonly string[],
  names: readonly string[],
  construct: PickleConstructor,
): [string, PickleConstructor][] {
  return modules.flatMap((module) =>
    names.map((name): [string, PickleConstructor] => [`${module} ${name}`, construct]),
  );
}

/**
 * The globals of plain values of Python's standard library that settings hold: ordered and
 * defaulting dicts, counts, queues, namespaces, paths, dates, and the names of types; for {@link
 * UnpickleOptions.allow}. Dicts and namespaces become Maps, paths and dates texts. None of them
 * runs code, reaches a file or loads a class.
 */
export const pythonGlobals: ReadonlyMap<string, PickleConstructor> = new Map<
  string,
  PickleConstructor
>([
  ['collections OrderedDict', ordered],
  ['collections defaultdict', defaulting],
  ['collections Counter', ([counts]) => (counts instanceof Map ? counts : new PickledDict())],
  ['collections deque', queue],
  ['argparse Namespace', () => new PickledNamespace()],
  ['types SimpleNamespace', () => new PickledNamespace()],
  // Lightning's hyper-parameters: a dict whose items are its attributes too.
  ...each(LIGHTNING_MODULES, ['AttributeDict'], () => new PickledDict()),
  ...each(['pathlib', 'pathlib._local'], ['PosixPath', 'PurePosixPath'], pathOf('/')),
  ...each(['pathlib', 'pathlib._local'], ['WindowsPath', 'PureWindowsPath'], pathOf('\\')),
  ['datetime datetime', momentOf],
  ['datetime date', dateOf],
  ['datetime timedelta', spanOfTime],
  ['datetime timezone', () => new Unread()],
  ...each(['builtins', '__builtin__'], BUILTIN_TYPES, onlyNamed('builtin type')),
  ...each(['numpy'], NUMPY_TYPES, onlyNamed('numpy type')),
]);
