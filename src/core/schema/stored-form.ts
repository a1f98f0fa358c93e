import * as v from 'valibot';
import { StudioError } from '../studio-error';
import {
  fitted,
  fittedText,
  LaterMisfit,
  misfit,
  misfitWords,
  object,
  wholeNumber,
  type JsonObject,
  type Misfit,
  type Schema,
} from './schema';

/**
 * A form in which the studio stores something as a JSON object, with a `version`. Whoever changes
 * the form in a way that an older reader or an older file would get wrong adds one to the version
 * and a migration; a new name that older files may lack needs neither.
 */
export interface StoredForm<T> {
  /** Of this version of the studio. */
  readonly version: number;
  /**
   * Each makes an object of the next version, in order; the last makes one of {@link version}. An
   * object without a version is of the first. None changes the object that it is given.
   */
  readonly migrations: readonly ((older: JsonObject) => JsonObject)[];
  /** Of an object of {@link version}. */
  readonly schema: Schema<T>;
}

/**
 * The schema of an object that any version of the studio stored. What a later version wrote is read
 * as far as it fits: names that are not known stay in it, and so does its version, with which it is
 * written again.
 */
export function storedSchema<T>({ version, migrations, schema }: StoredForm<T>): Schema<T> {
  const first = version - migrations.length;
  const words = `a version of ${first} or more`;
  return v.pipe(
    object({ version: v.optional(v.pipe(wholeNumber, v.minValue(first, words)), first) }),
    v.transform((found): unknown => {
      if (found.version > version) return requireFit(schema, found, version);
      const latest = migrations
        .slice(found.version - first)
        .reduce<JsonObject>((older, migrate) => migrate(older), found);
      return { ...latest, version };
    }),
    schema,
  );
}

/** The version of an object of a form: its own, or any later one. */
export const versionFrom = (version: number): Schema<number> =>
  v.pipe(wholeNumber, v.minValue(version, `a version of ${version} or more`));

/**
 * Reads an object as {@link storedSchema} does.
 * @param refuse makes the error, see {@link refusal}
 */
export function readStored<T>(
  form: StoredForm<T>,
  found: unknown,
  refuse: (misfit: Misfit) => Error,
): T {
  return fitted(storedSchema(form), found, refuse);
}

/** Writes an object of a form, with its version, as JSON. */
export const encodeStored = <T extends object>(form: StoredForm<T>, stored: T): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ version: form.version, ...stored }));

/**
 * Reads what {@link encodeStored} of any version wrote.
 * @param nextStep what a person does about a damaged one
 * @throws StudioError `bad-checkpoint` with the place and what was expected; `later-version` for
 * one of a later version that this one can't read
 */
export function decodeStored<T>(form: StoredForm<T>, bytes: Uint8Array, nextStep: string): T {
  return fittedText(storedSchema(form), new TextDecoder().decode(bytes), (found) =>
    refusal(found, new StudioError('bad-checkpoint', `${misfitWords(found)}.`, nextStep)),
  );
}

/**
 * The error for what doesn't fit. What a later version of the studio wrote is not damaged: that has
 * a code of its own, so that nobody sets it aside or describes it anew.
 * @param damaged the error for anything else
 */
export function refusal({ later }: Misfit, damaged: StudioError): StudioError {
  if (!later) return damaged;
  return new StudioError(
    'later-version',
    damaged.message,
    'Open it with the later version of the studio that wrote it. It stays as it is.',
    { cause: damaged },
  );
}

/** @throws LaterMisfit */
function requireFit(
  schema: Schema,
  found: { readonly version: number },
  read: number,
): { readonly version: number } {
  const at = misfit(schema, found);
  if (at) throw new LaterMisfit({ later: { found: found.version, read }, ...at });
  return found;
}
