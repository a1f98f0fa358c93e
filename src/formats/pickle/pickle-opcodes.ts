import { isDangerousGlobal } from './dangerous-globals';
import type { PickleMachine } from './pickle-machine';
import {
  PickledDict,
  PickledObject,
  PickleGlobal,
  Refusal,
  RefusedGlobal,
  type UnpickleOptions,
} from './pickle-objects';
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

type Opcode = (machine: PickleMachine, options: UnpickleOptions) => void;

/**
 * Globals that make plain values: Python uses them for byte strings and sets in protocols that have
 * no opcode for them.
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
/** Protocols 0 and 1 write booleans as the integers "00" and "01". */
const integer = (text: string): number | bigint | boolean => {
  if (text === '00') return false;
  return text === '01' ? true : decimalOf(text);
};
const refuse =
  (what: string): Opcode =>
  () => {
    throw new Refusal(what);
  };

/** The opcodes by their characters in pickle.py. */
export const opcodes: ReadonlyMap<number, Opcode> = new Map(
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
    '1': (m) => {
      m.popToMark();
    },
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
    // Protocol and frames.
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
