import {
  fitted,
  object,
  ruleOf,
  choicesOf,
  shown,
  type Fitted,
  type NumberRule,
  type Schema,
} from './schema';
import { StudioError } from './studio-error';

/*
 * Settings as one definition: a schema by name. It gives their type, their check with its message,
 * the bounds of the form's numbers and the choices of its lists.
 */

/** What each of some settings takes, by name. */
export type Settings = Readonly<Record<string, { readonly schema: Schema }>>;
/** A value for each of some settings. */
export type ConfigOf<S extends Settings> = {
  readonly [Name in keyof S]: Fitted<S[Name]['schema']>;
};
/** The names of the settings that are numbers. */
export type NumberNames<S extends Settings> = {
  [Name in keyof S]: ConfigOf<S>[Name] extends number ? Name : never;
}[keyof S];

/**
 * Checks a value for each setting. Other names stay as they are: see {@link requireKnown}.
 * @param kind what the settings belong to, as in "The setting …" or "The lesson's setting …"
 * @throws StudioError `bad-config` naming the setting, what was found and what was expected
 */
export function requireSettings<S extends Settings>(
  settings: S,
  found: object,
  kind = 'The setting',
): ConfigOf<S> {
  const schemas = Object.entries(settings).map(([name, { schema }]) => [name, schema] as const);
  const schema = object(Object.fromEntries(schemas)) as Schema<ConfigOf<S>>;
  return fitted(schema, found, (misfit) =>
    badSetting(misfit.at, misfit.found, misfit.expected, kind),
  );
}

/**
 * Checks that all names are settings.
 * @param of what the settings belong to: "a run"
 * @throws StudioError `bad-config` naming the first that isn't, and all that are
 */
export function requireKnown(settings: Settings, found: object, of: string): void {
  const unknown = Object.keys(found).find((name) => !Object.hasOwn(settings, name));
  if (unknown === undefined) return;
  throw new StudioError(
    'bad-config',
    `"${unknown}" is not a setting of ${of}.`,
    `Settings are: ${Object.keys(settings).join(', ')}.`,
  );
}

/** The bounds of every number among the settings. */
export function numberRulesOf<S extends Settings>(
  settings: S,
): { readonly [Name in NumberNames<S>]: NumberRule } {
  const rules = Object.entries(settings).map(([name, { schema }]) => [name, ruleOf(schema)]);
  return Object.fromEntries(rules.filter(([, rule]) => rule !== null)) as {
    [Name in NumberNames<S>]: NumberRule;
  };
}

/** The values of a setting that is a choice; empty for another. */
export const optionsOf = <S extends Settings>(settings: S, name: keyof S): readonly string[] =>
  choicesOf(settings[name]!.schema) ?? [];

/** Makes the error for a setting with a value that isn't allowed. */
export function badSetting(
  name: string,
  found: unknown,
  expected: string,
  kind = 'The setting',
): StudioError {
  const message = `${kind} "${name}" is ${shownSetting(found)}; it takes ${expected}.`;
  return new StudioError('bad-config', message, 'Correct it and start again.');
}

/** A setting is often a path, which is shown whole, and never missing. */
function shownSetting(value: unknown): string {
  if (value === undefined) return 'undefined';
  return typeof value === 'string' ? JSON.stringify(value.slice(0, MAX_SHOWN)) : shown(value);
}

const MAX_SHOWN = 1000;
