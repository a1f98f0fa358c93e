import type { NumberRule } from './schema';
import { StudioError } from './studio-error';

/*
 * Validates settings against rules that the command line, the page and run files share.
 */

/**
 * Checks every setting that has a rule.
 * @param kind what the settings belong to, as in "The setting …" or "The lesson's setting …"
 * @throws StudioError `bad-config` naming the setting, what was found and what was expected
 */
export function requireNumbers(
  settings: object,
  rules: Readonly<Record<string, NumberRule | undefined>>,
  kind = 'The setting',
): void {
  for (const [name, rule] of Object.entries(rules)) {
    const value = (settings as Readonly<Record<string, unknown>>)[name];
    if (!rule || fits(value, rule)) continue;
    const what = rule.integer ? 'a whole number' : 'a number';
    throw badSetting(name, value, `${what} from ${rule.min} to ${rule.max}`, kind);
  }
}

/**
 * Checks every setting that takes one of a few values.
 * @throws StudioError `bad-config` naming the setting, what was found and what was expected
 */
export function requireChoices(
  settings: object,
  choices: Readonly<Record<string, readonly string[]>>,
  kind = 'The setting',
): void {
  for (const [name, allowed] of Object.entries(choices)) {
    const value = (settings as Readonly<Record<string, unknown>>)[name];
    if (allowed.includes(value as string)) continue;
    throw badSetting(name, value, `one of ${allowed.join(', ')}`, kind);
  }
}

/** Makes the error for a setting with a value that isn't allowed. */
export function badSetting(
  name: string,
  found: unknown,
  expected: string,
  kind = 'The setting',
): StudioError {
  const message = `${kind} "${name}" is ${shownValue(found)}; it takes ${expected}.`;
  return new StudioError('bad-config', message, 'Correct it and start again.');
}

/** A value as JSON, except that NaN and ±Infinity keep their names: JSON would write null. */
function shownValue(value: unknown): string {
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}

function fits(value: unknown, { min, max, integer }: NumberRule): boolean {
  if (typeof value !== 'number' || !(value >= min && value <= max)) return false;
  return !integer || Number.isInteger(value);
}
