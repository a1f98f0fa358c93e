import { isList } from './pickle-machine';

/**
 * Counts items or bytes that are copied out of a pickle's values; throws when they exceed the size
 * of the file.
 */
export type Spend = (count: number) => void;

/**
 * Makes the value for a call of a global: a pure function of the arguments, which may throw. It
 * calls `spend` before it copies from the arguments, because a small file can pass one value a
 * million times.
 */
export type PickleConstructor = (args: readonly unknown[], spend: Spend) => unknown;

/** Returned by a constructor if the pickle may set state on the object afterwards (BUILD). */
export abstract class PickledObject {
  /** @throws Error for an invalid state */
  abstract build(state: unknown): void;
}

/**
 * A dict of another class, such as an OrderedDict. Attributes that are set on it are ignored.
 */
export class PickledDict extends Map<unknown, unknown> {
  build(state: unknown): void {
    // A state_dict has an attribute `_metadata`, for example, which isn't needed.
    void state;
  }
}

/**
 * An allowed global as a value, for example a class among another constructor's arguments.
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
   * Makes a stand-in for a global that is neither allowed nor dangerous, so that a message can
   * describe the file.
   */
  readonly foreign?: (name: string) => PickleConstructor;
  /** Finds an object outside the pickle by its id. Without it such ids are refused. */
  readonly persistentId?: (id: unknown) => unknown;
}

/** Thrown for a feature that isn't supported. The pickle may be undamaged. */
export class Refusal extends Error {}

/** A global that isn't allowed. */
export class RefusedGlobal extends Refusal {
  constructor(
    /** "module name", as in {@link UnpickleOptions.allow}. */
    readonly global: string,
    /**
     * Whether it could run a program or reach files. No pickle of plain data asks for such a one.
     */
    readonly isDangerous: boolean,
  ) {
    const why = isDangerous ? 'could run a program' : 'is not allowed';
    super(`the global ${global.slice(0, 200).replace(' ', '.')}, which ${why}`);
  }
}

/** The items of a list or tuple; null for anything else. */
export function itemsOf(value: unknown): readonly unknown[] | null {
  return Array.isArray(value) ? value : null;
}

/**
 * Describes a value in a few words, for messages. Never looks inside it: printing a value that a
 * small file nests can take forever.
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
