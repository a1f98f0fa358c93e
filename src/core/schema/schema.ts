import * as v from 'valibot';

/*
 * What is read from outside (a file, a link, a store) is checked against a schema before it is
 * used: no cast. A schema's message is what was expected, such as "a whole number from 1 to 1000",
 * so that every sentence about a misfit is made in one place.
 *
 * What a person types is read strictly: an unknown name is refused. What a version of the studio
 * stored is read with forbearance: names that this version doesn't know are named, kept, and
 * written again with the file. A known name with an impossible value is refused in both.
 */

/** A schema that gives T for a value of any kind. */
export type Schema<T = unknown> = v.GenericSchema<unknown, T>;
/** What a schema gives. */
export type Fitted<S extends Schema> = v.InferOutput<S>;
/** A parsed JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The first place where a value doesn't fit its schema. */
export interface Misfit {
  /** As `protocols[0].name`; '' for the whole value. */
  readonly at: string;
  readonly found: unknown;
  /** Completes "… was expected". */
  readonly expected: string;
  /** Where a later version of the studio stored the value: its version, and the one read here. */
  readonly later?: { readonly found: number; readonly read: number };
}

/** Thrown by the schema of what is stored, for a value of a later version that doesn't fit. */
export class LaterMisfit extends Error {
  constructor(readonly misfit: Misfit) {
    super(misfitWords(misfit));
  }
}

/** Bounds of a number, both inclusive. */
export interface NumberRule {
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
  /**
   * The first value above 0 in a form: a step up from 0 leads to it, and a step down from it leads
   * to 0. By default 0.1 if the maximum is 1 or less, otherwise 1.
   */
  readonly first?: number;
}

/**
 * The value as its schema gives it.
 * @param refuse makes the error for a value that doesn't fit
 */
export function fitted<T>(schema: Schema<T>, value: unknown, refuse: (misfit: Misfit) => Error): T {
  const result = tried(schema, value);
  if ('misfit' in result) throw refuse(result.misfit);
  return result.output;
}

/** Where a value doesn't fit its schema; null if it does. */
export function misfit(schema: Schema, value: unknown): Misfit | null {
  const result = tried(schema, value);
  return 'misfit' in result ? result.misfit : null;
}

function tried<T>(
  schema: Schema<T>,
  value: unknown,
): { readonly output: T } | { readonly misfit: Misfit } {
  try {
    const result = v.safeParse(schema, value, { abortEarly: true, abortPipeEarly: true });
    return result.success ? { output: result.output } : { misfit: misfitOf(result.issues[0]) };
  } catch (thrown) {
    if (thrown instanceof LaterMisfit) return { misfit: thrown.misfit };
    throw thrown;
  }
}

/**
 * The value that a JSON text holds, as its schema gives it.
 * @param refuse makes the error for a text that is no JSON, or whose value doesn't fit
 */
export function fittedText<T>(
  schema: Schema<T>,
  text: string,
  refuse: (misfit: Misfit) => Error,
): T {
  return fitted(schema, jsonIn(text, refuse), refuse);
}

/** @param refuse makes the error for a text that is no JSON */
export function jsonIn(text: string, refuse: (misfit: Misfit) => Error): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refuse({ at: '', found: text, expected: 'JSON' });
  }
}

/** A misfit as the end of a sentence: `protocols[0].name is missing; a text was expected`. */
export function misfitWords({ at, found, expected, later }: Misfit): string {
  const words = `${at === '' ? 'it' : at} is ${shown(found)}; ${expected} was expected`;
  if (!later) return words;
  return (
    `${words} by this studio, which reads version ${later.read}; it is of version ` +
    String(later.found)
  );
}

/** A value for a message, in a few characters: nested values may be huge. */
export function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  // JSON would write null for NaN and ±Infinity.
  if (typeof value === 'number') return String(value);
  return JSON.stringify(value).slice(0, MAX_SHOWN);
}

const MAX_SHOWN = 80;

/** A text. */
export const text = v.string('a text');
/** true or false. */
export const flag = v.boolean('true or false');
/** A finite number. */
export const number = v.pipe(v.number('a number'), v.finite('a number'));
/** A whole number from 0. */
export const wholeNumber = v.pipe(
  v.number('a whole number'),
  v.safeInteger('a whole number'),
  v.minValue(0, 'a whole number'),
);

/** The last millisecond that a Date can stand for, on either side of the Unix epoch. */
const MAX_TIME = 8.64e15;
const TIME_WORDS = 'a time in milliseconds since 1970';
/** A time in whole milliseconds since the Unix epoch, such as a Date can be made of. */
export const time = v.pipe(
  v.number(TIME_WORDS),
  v.safeInteger(TIME_WORDS),
  v.minValue(-MAX_TIME, TIME_WORDS),
  v.maxValue(MAX_TIME, TIME_WORDS),
);

/** A number within bounds; {@link ruleOf} gives them back. */
export function numberWithin(rule: NumberRule): Schema<number> {
  const { min, max, integer } = rule;
  const words = `${integer ? 'a whole number' : 'a number'} from ${min} to ${max}`;
  return v.pipe(
    v.number(words),
    v.minValue(min, words),
    v.maxValue(max, words),
    v.check((value) => !integer || Number.isInteger(value), words),
    v.metadata({ rule }),
  );
}

/** The bounds of {@link numberWithin}; null for another schema. */
export function ruleOf(schema: Schema): NumberRule | null {
  return (v.getMetadata(schema) as { rule?: NumberRule }).rule ?? null;
}

/** One of a few texts; {@link choicesOf} gives them back. */
export function choice<const T extends readonly string[]>(options: T): Schema<T[number]> {
  return v.picklist(options, `one of ${options.join(', ')}`);
}

/** The options of {@link choice}; null for another schema. */
export function choicesOf(schema: Schema): readonly string[] | null {
  return 'options' in schema ? (schema.options as readonly string[]) : null;
}

/** A text that holds more than blanks. @param words what it is */
export const textWithWords = (words: string): Schema<string> =>
  v.pipe(
    v.string(words),
    v.check((value) => value.trim() !== '', words),
  );

/** A value that may be null. */
export const orNull = <T>(schema: Schema<T>): Schema<T | null> => v.nullable(schema);

/** A list, of at least `minLength`. */
export function list<T>(item: Schema<T>, minLength = 0): Schema<T[]> {
  const words = minLength > 0 ? 'a list with something in it' : 'a list';
  return v.pipe(v.array(item, words), v.minLength(minLength, words));
}

/** A list of two. */
export function pair<T>(item: Schema<T>): Schema<[T, T]> {
  const words = 'a list of two';
  const isTwo = (value: unknown) => Array.isArray(value) && value.length === 2;
  return v.pipe(v.custom<unknown[]>(isTwo, words), v.strictTuple([item, item], words));
}

/** An object whose names are not known beforehand, or are among `names`. */
export function recordOf<T>(value: Schema<T>): Schema<Record<string, T>>;
export function recordOf<T, K extends string>(
  value: Schema<T>,
  names: readonly K[],
): Schema<Partial<Record<K, T>>>;
export function recordOf<T>(
  value: Schema<T>,
  names?: readonly string[],
): Schema<Record<string, T>> {
  const key = names ? v.picklist(names, `one of ${names.join(', ')}`) : text;
  return v.pipe(anObject, v.record(key, value, 'an object'));
}

/** An object with these entries. Others stay in it: see {@link unknownNames}. */
export function object<const E extends v.ObjectEntries>(
  entries: E,
): Schema<v.InferOutput<v.ObjectSchema<E, undefined>>> {
  // A name that is missing is reported by the object, in the words of the name's own schema.
  const words = ({ path }: v.LooseObjectIssue): string =>
    path ? wordsOf(entries[String(path[0].key)]) : 'an object';
  return v.pipe(anObject, v.looseObject(entries, words));
}

const anObject = v.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'an object',
);

/** The names in an object that its entries don't list. */
export function unknownNames(entries: object, found: object): string[] {
  return Object.keys(found).filter((name) => !Object.hasOwn(entries, name));
}

/** Names for a sentence: `"a", "b"`. */
export const quotedNames = (names: readonly string[]): string =>
  names.map((name) => JSON.stringify(name)).join(', ');

/** What a schema expects. */
function wordsOf(schema: unknown): string {
  const found = misfit(schema as Schema, undefined);
  return found?.expected ?? 'something';
}

function misfitOf(issue: v.BaseIssue<unknown>): Misfit {
  const path = issue.path ?? [];
  const at = path
    .map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
  const last = path.at(-1);
  // A name of a record that isn't allowed; a missing name of an object has no input.
  const isName = last?.origin === 'key' && issue.input !== undefined;
  if (!isName) return { at, found: issue.input, expected: issue.message };
  const parent = at.slice(0, Math.max(0, at.length - String(last.key).length - 1));
  return { at: `a name in ${parent}`, found: issue.input, expected: issue.message };
}
