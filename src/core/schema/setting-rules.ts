import {
  fitted,
  misfit,
  object,
  ruleOf,
  choicesOf,
  quotedNames,
  shown,
  unknownNames,
  type Fitted,
  type NumberRule,
  type Schema,
} from './schema';
import { StudioError } from '../studio-error';

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
 * The schema of a value for each setting. Other names stay as they are: see {@link requireKnown}.
 */
export function schemaOfSettings<S extends Settings>(settings: S): Schema<ConfigOf<S>> {
  const schemas = Object.entries(settings).map(([name, { schema }]) => [name, schema] as const);
  return object(Object.fromEntries(schemas)) as Schema<ConfigOf<S>>;
}

/**
 * Why a value isn't one of a setting, as the error that {@link requireSettings} would throw; null
 * if it is.
 * @param of what the settings belong to: "a run"
 */
export function settingProblem(
  settings: Settings,
  name: string,
  value: unknown,
  of: string,
): StudioError | null {
  const setting = Object.hasOwn(settings, name) ? settings[name] : undefined;
  if (!setting) return unknownSetting(settings, name, of);
  const found = misfit(setting.schema, value);
  return found && badSetting(name, value, found.expected);
}

/**
 * Settings as their schema gives them.
 * @param kind what the settings belong to, as in "The setting …" or "The lesson's setting …"
 * @throws StudioError `bad-config` naming the setting, what was found and what was expected
 */
export const requireSettings = <T>(schema: Schema<T>, found: object, kind = 'The setting'): T =>
  fitted(schema, found, ({ at, found: value, expected }) => badSetting(at, value, expected, kind));

/**
 * Checks that all names are settings.
 * @param of what the settings belong to: "a run"
 * @throws StudioError `bad-config` naming the first that isn't, and all that are
 */
export function requireKnown(settings: Settings, found: object, of: string): void {
  const [unknown] = unknownNames(settings, found);
  if (unknown !== undefined) throw unknownSetting(settings, unknown, of);
}

/** Makes the error for a name that is no setting of, say, "a run". */
const unknownSetting = (settings: Settings, name: string, of: string): StudioError =>
  new StudioError(
    'bad-config',
    `${quotedNames([name])} is not a setting of ${of}.`,
    `Settings are: ${Object.keys(settings).join(', ')}.`,
  );

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
