import * as v from 'valibot';
import {
  fitted,
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
 * as far as it fits: names that are not known stay in it.
 */
export function storedSchema<T>({ version, migrations, schema }: StoredForm<T>): Schema<T> {
  const first = version - migrations.length;
  const words = `a version of ${first} or more`;
  return v.pipe(
    object({ version: v.optional(v.pipe(wholeNumber, v.minValue(first, words)), first) }),
    v.transform((found): unknown => {
      const latest = migrations
        .slice(found.version - first)
        .reduce<JsonObject>((older, migrate) => migrate(older), found);
      return { ...latest, version };
    }),
    schema,
  );
}

/**
 * Reads an object as {@link storedSchema} does.
 * @param refuse makes the error; the text says what was found and what was expected, without a full
 * stop
 */
export function readStored<T>(
  form: StoredForm<T>,
  found: unknown,
  refuse: (reason: string) => Error,
): T {
  return fitted(storedSchema(form), found, (misfit) => refuse(reasonOf(misfit, form, found)));
}

function reasonOf(misfit: Misfit, form: StoredForm<unknown>, found: unknown): string {
  const words = misfitWords(misfit);
  const version = v.safeParse(object({ version: wholeNumber }), found);
  if (!version.success || version.output.version <= form.version) return words;
  return (
    `${words} by this studio, which reads version ${form.version}; it is of version ` +
    String(version.output.version)
  );
}
