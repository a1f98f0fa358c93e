import { isDangerousGlobal } from './dangerous-globals';
import { isList, PickleMachine } from './pickle-machine';
import {
  decimalOf,
  encodeLatin1,
  floatOf,
  latin1Of,
  longOf,
  quotedBytes,
  rawUnicodeOf,
  utf8Of,
} from './pickle-values';
import { messageOf, StudioError } from '../../core/studio-error';

/**
 * Counts items or bytes that are copied out of a pickle's values, which together can't be more than
 * the file.
 */
export type Spend = (count: number) => void;

/**
 * Makes the value that a pickle asks a global for: pure, from the arguments alone. It may throw.
 * What it copies out of them it spends first, as a small file can give one value a million times.
 */
export type PickleConstructor = (args: readonly unknown[], spend: Spend) => unknown;

/** What an allowed constructor returns where the pickle may set state on it afterwards (BUILD). */
export abstract class PickledObject {
  /** @throws any Error for a state that isn't one */
  abstract build(state: unknown): void;
}

/**
 * A dict of another class, such as an OrderedDict. What is set on it besides its items is left out.
 */
export class PickledDict extends Map<unknown, unknown> {
  build(state: unknown): void {
    // Attributes of a dict (a state_dict's `_metadata`) say nothing of its items.
    void state;
  }
}

/**
 * A global that the caller allows, as a value: a class among another constructor's arguments, say.
 */
export class PickleGlobal {
  constructor(
    /** "module name", as in {@link UnpickleOptions.allow}. */
    readonly name: string,
    readonly construct: PickleConstructor,
  ) {}
}

/** How a pickle is read. */
export interface UnpickleOptions {
  /** The file's name, for messages. */
  readonly name?: string;
  /** Where the pickle begins, in bytes; 0 if left out. */
  readonly offset?: number;
  /** The only globals that are not refused, by "module name" with a space between. */
  readonly allow?: ReadonlyMap<string, PickleConstructor>;
  /**
   * Stands in for a global that isn't allowed and isn't dangerous either, so that a message can say
   * what it is for.
   */
  readonly foreign?: (name: string) => PickleConstructor;
  /** Finds what lies outside the pickle by its id; without it such ids are refused. */
  readonly persistentId?: (id: unknown) => unknown;
}

/** What a pickle holds, and where the byte behind it lies: files may hold several. */
export interface Unpickled {
  readonly value: unknown;
  readonly end: number;
}

/**
 * Reads a pickle of protocols 0 to 5 without ever importing or calling anything of its choice.
 *
 * None is null; bool, str and float are boolean, string and number; int is a number, or a bigint
 * beyond ±(2^53 − 1). Byte strings (Python 2's str and bytearray too) are Uint8Arrays: views of
 * `bytes`, unless they are escaped in the file. A list is an array, a tuple a frozen one, a set a
 * Set, a dict a Map whose byte-string keys have become Latin-1 text. Values may refer to themselves
 * and nest as deep as the file is long, so whoever walks through them should not recurse.
 *
 * Time and memory are bounded by the length of `bytes`: claimed lengths are checked before anything
 * is made.
 * @throws StudioError `bad-source` with the byte offset: for a global that isn't allowed (named;
 * its cause is a {@link RefusedGlobal}), an unknown opcode, a damaged or broken-off pickle
 */
export function unpickle(bytes: Uint8Array, options: UnpickleOptions = {}): Unpickled {
  // A Node Buffer gives views that are Buffers; a plain array gives plain ones.
  const machine = new PickleMachine(
    new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length),
    options.offset ?? 0,
  );
  for (;;) {
    const at = machine.at;
    try {
      if (at >= bytes.length) throw new Error('its end, where more was expected');
      const code = machine.uint8();
      if (code === 0x2e) return { value: machine.pop(), end: machine.at };
      const run = opcodes.get(code);
      if (!run)
        throw new Error(`opcode 0x${code.toString(16).padStart(2, '0')}, which is not read`);
      run(machine, options);
    } catch (thrown) {
      if (thrown instanceof StudioError) throw thrown;
      const reason = messageOf(thrown);
      const found = `${options.name ?? 'The pickle'} has at byte ${at} ${reason}.`;
      throw new StudioError('bad-source', found, nextStepOf(thrown), { cause: thrown });
    }
  }
}

/** Something that may be a whole pickle, but not one that is read here. */
export class Refusal extends Error {}

/** A global that isn't allowed. */
export class RefusedGlobal extends Refusal {
  constructor(
    /** "module name", as in {@link UnpickleOptions.allow}. */
    readonly global: string,
    /** Whether it could run a program or reach files: nothing that holds plain data asks for it. */
    readonly isDangerous: boolean,
  ) {
    const why = isDangerous ? 'could run a program' : 'is not allowed';
    super(`the global ${global.slice(0, 200).replace(' ', '.')}, which ${why}`);
  }
}

function nextStepOf(thrown: unknown): string {
  if (!(thrown instanceof Refusal)) {
    return 'Get the file again: it may be cut short or no pickle at all.';
  }
  const only = 'Only plain values are read, and nothing in a file is ever called.';
  return thrown instanceof RefusedGlobal && thrown.isDangerous
    ? `${only} Use a file from a source you trust.`
    : `${only} Save it again with nothing but numbers, texts, lists, dicts and arrays in it.`;
}

type Opcode = (machine: PickleMachine, options: UnpickleOptions) => void;

/**
 * Globals that stand for plain values: how Python writes byte strings and sets in protocols that
 * have no opcode for them.
 */
type PlainGlobal = (machine: PickleMachine, args: readonly unknown[]) => unknown;
const plainGlobals: ReadonlyMap<string, PlainGlobal> = new Map<string, PlainGlobal>([
  ['_codecs encode', (machine, [text, encoding]) => encoded(machine, text, encoding)],
  ...['__builtin__', 'builtins'].flatMap((module): [string, PlainGlobal][] => [
    [`${module} bytes`, byteString],
    [`${module} bytearray`, byteString],
    [`${module} set`, setOf],
    [`${module} frozenset`, setOf],
  ]),
]);

function encoded(machine: PickleMachine, text: unknown, encoding: unknown): Uint8Array {
  if (typeof text !== 'string' || (encoding !== 'latin1' && encoding !== 'latin-1'))
    throw new Error('a text encoded otherwise than in latin1');
  machine.spend(text.length);
  return encodeLatin1(text);
}

function byteString(machine: PickleMachine, args: readonly unknown[]): Uint8Array {
  if (args.length === 0) return new Uint8Array();
  if (args[0] instanceof Uint8Array) return args[0];
  return encoded(machine, args[0], args[1]);
}

function setOf(machine: PickleMachine, [items = []]: readonly unknown[]): Set<unknown> {
  if (!Array.isArray(items)) throw new Error('a set of something that is no list');
  machine.spend(items.length);
  return new Set(items);
}

function globalOf(
  machine: PickleMachine,
  { allow, foreign }: UnpickleOptions,
  module: unknown,
  name: unknown,
): PickleGlobal {
  if (typeof module !== 'string' || typeof name !== 'string')
    throw new Error('a global without a name');
  const key = `${module} ${name}`;
  const construct = allow?.get(key);
  if (construct) return new PickleGlobal(key, construct);
  const plain = plainGlobals.get(key);
  if (plain) return new PickleGlobal(key, (args) => plain(machine, args));
  const isDangerous = isDangerousGlobal(module, name);
  if (foreign && !isDangerous) return new PickleGlobal(key, foreign(key));
  throw new RefusedGlobal(key, isDangerous);
}

function call(machine: PickleMachine, callee: unknown, args: unknown): unknown {
  if (!(callee instanceof PickleGlobal)) throw new Refusal('a call of something that is no global');
  if (!Array.isArray(args)) throw new Error(`arguments for ${callee.name} that are no tuple`);
  return callee.construct(args, (count) => machine.spend(count));
}

function persistent({ persistentId }: UnpickleOptions, id: unknown): unknown {
  if (!persistentId) throw new Refusal('a reference to something outside the file');
  return persistentId(id);
}

const tuple = (items: unknown[]): readonly unknown[] => Object.freeze(items);
const indexOf = (line: Uint8Array): number => {
  const index = decimalOf(latin1Of(line));
  if (typeof index !== 'number' || index < 0) throw new Error(`memo place ${index}`);
  return index;
};
const integer = (text: string): number | bigint | boolean =>
  text === '00' ? false : text === '01' ? true : decimalOf(text);
const refuse =
  (what: string): Opcode =>
  () => {
    throw new Refusal(what);
  };

/** By the letters of pickle.py. */
const opcodes: ReadonlyMap<number, Opcode> = new Map(
  Object.entries<Opcode>({
    // Numbers and None.
    N: (m) => m.push(null),
    '\x88': (m) => m.push(true),
    '\x89': (m) => m.push(false),
    I: (m) => m.push(integer(latin1Of(m.line()))),
    J: (m) => m.push(m.int32()),
    K: (m) => m.push(m.uint8()),
    M: (m) => m.push(m.uint16()),
    L: (m) => m.push(decimalOf(latin1Of(m.line()).replace(/L$/, ''))),
    '\x8a': (m) => m.push(longOf(m.take(m.uint8()))),
    '\x8b': (m) => m.push(longOf(m.take(m.uint32()))),
    F: (m) => m.push(floatOf(latin1Of(m.line()))),
    G: (m) => m.push(m.float64()),
    // Byte strings: Python 2's str, bytes, bytearray.
    S: (m) => m.push(quotedBytes(m.line())),
    T: (m) => m.push(m.take(m.uint32())),
    U: (m) => m.push(m.take(m.uint8())),
    B: (m) => m.push(m.take(m.uint32())),
    C: (m) => m.push(m.take(m.uint8())),
    '\x8e': (m) => m.push(m.take(m.uint64())),
    '\x96': (m) => m.push(m.take(m.uint64())),
    // Text.
    V: (m) => m.push(rawUnicodeOf(m.line())),
    X: (m) => m.push(utf8Of(m.take(m.uint32()))),
    '\x8c': (m) => m.push(utf8Of(m.take(m.uint8()))),
    '\x8d': (m) => m.push(utf8Of(m.take(m.uint64()))),
    // Containers.
    ')': (m) => m.push(tuple([])),
    t: (m) => m.push(tuple(m.popToMark())),
    '\x85': (m) => m.push(tuple(m.popMany(1))),
    '\x86': (m) => m.push(tuple(m.popMany(2))),
    '\x87': (m) => m.push(tuple(m.popMany(3))),
    ']': (m) => m.push([]),
    l: (m) => m.push(m.popToMark()),
    a: (m) => m.append(m.popMany(1)),
    e: (m) => m.append(m.popToMark()),
    '}': (m) => m.push(new Map()),
    d: (m) => {
      const items = m.popToMark();
      m.push(new Map());
      m.setItems(items);
    },
    s: (m) => m.setItems(m.popMany(2)),
    u: (m) => m.setItems(m.popToMark()),
    '\x8f': (m) => m.push(new Set()),
    '\x90': (m) => {
      const [items, target] = [m.popToMark(), m.top()];
      if (!(target instanceof Set)) throw new Error('items for something that is no set');
      for (const item of items) target.add(item);
    },
    '\x91': (m) => m.push(new Set(m.popToMark())),
    // Stack and memo.
    '(': (m) => m.mark(),
    '0': (m) => m.discard(),
    '1': (m) => void m.popToMark(),
    '2': (m) => m.push(m.top()),
    p: (m) => m.remember(indexOf(m.line())),
    q: (m) => m.remember(m.uint8()),
    r: (m) => m.remember(m.uint32()),
    '\x94': (m) => m.remember(),
    g: (m) => m.recall(indexOf(m.line())),
    h: (m) => m.recall(m.uint8()),
    j: (m) => m.recall(m.uint32()),
    // Globals: allowed by name or refused.
    c: (m, options) => m.push(globalOf(m, options, utf8Of(m.line()), utf8Of(m.line()))),
    '\x93': (m, options) => {
      const [module, name] = m.popMany(2);
      m.push(globalOf(m, options, module, name));
    },
    R: (m) => {
      const [callee, args] = m.popMany(2);
      m.push(call(m, callee, args));
    },
    '\x81': (m) => {
      const [callee, args] = m.popMany(2);
      m.push(call(m, callee, args));
    },
    '\x92': (m) => {
      const [callee, args, named] = m.popMany(3);
      if (!(named instanceof Map) || named.size > 0)
        throw new Refusal('a call with named arguments');
      m.push(call(m, callee, args));
    },
    b: (m) => {
      const state = m.pop();
      const target = m.top();
      if (!(target instanceof PickledObject || target instanceof PickledDict))
        throw new Refusal('a state for something that has none');
      target.build(state);
    },
    i: (m, options) =>
      m.push(call(m, globalOf(m, options, utf8Of(m.line()), utf8Of(m.line())), m.popToMark())),
    o: (m) => {
      const [callee, ...args] = m.popToMark();
      m.push(call(m, callee, args));
    },
    P: (m, options) => m.push(persistent(options, utf8Of(m.line()))),
    Q: (m, options) => m.push(persistent(options, m.pop())),
    '\x82': refuse('an object by its registered number'),
    '\x83': refuse('an object by its registered number'),
    '\x84': refuse('an object by its registered number'),
    '\x97': refuse('a buffer outside the file'),
    '\x98': refuse('a buffer outside the file'),
    // The frame around what follows.
    '\x80': (m) => {
      const protocol = m.uint8();
      if (protocol > 5) throw new Error(`protocol ${protocol}; 0 to 5 are read`);
    },
    '\x95': (m) => {
      const [length, left] = [m.uint64(), m.bytes.length - m.at];
      if (length > left) throw new Error(`a frame of ${length} bytes, where ${left} are left`);
    },
  }).map(([letter, run]) => [letter.charCodeAt(0), run]),
);

/** The items of a list or tuple; null for anything else. */
export function itemsOf(value: unknown): readonly unknown[] | null {
  return Array.isArray(value) ? value : null;
}

/**
 * A few words on a value, for messages. Never looks inside it: a small file can nest a value that
 * is endless to print.
 */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (isList(value)) return `a list of ${value.length}`;
  if (Array.isArray(value)) return `a tuple of ${value.length}`;
  if (value instanceof Map) return `a dict of ${value.size}`;
  if (value instanceof Set) return `a set of ${value.size}`;
  if (typeof value === 'string') return `the text "${value.slice(0, 40)}"`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'bigint' ? 'a large whole number' : 'an object';
}
