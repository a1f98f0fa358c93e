import {
  fitted,
  misfitWords,
  object,
  shown,
  wholeNumber,
  type JsonObject,
  type Misfit,
  type Schema,
} from './schema';
import * as v from 'valibot';

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
 * Reads an object that any version of the studio stored. What a later version wrote is read as far
 * as it fits: names that are not known stay in it.
 * @param refuse makes the error; the text completes "…, because " and names what was found
 */
export function readStored<T>(
  { version, migrations, schema }: StoredForm<T>,
  found: unknown,
  refuse: (reason: string) => Error,
): T {
  const first = version - migrations.length;
  const refuseMisfit = (misfit: Misfit) => refuse(misfitWords(misfit));
  const envelope = fitted(object({ version: v.optional(wholeNumber, first) }), found, refuseMisfit);
  if (envelope.version < first)
    throw refuse(`version is ${envelope.version}; ${first} or more was expected`);
  const latest = migrations
    .slice(envelope.version - first)
    .reduce<JsonObject>((older, migrate) => migrate(older), envelope);
  const isLater = envelope.version > version;
  return fitted(schema, { ...latest, version }, (misfit) => {
    const words = misfitWords(misfit);
    return refuse(
      isLater
        ? `${words} by this studio, which reads version ${version}; it is of version ` +
            shown(envelope.version)
        : words,
    );
  });
}
