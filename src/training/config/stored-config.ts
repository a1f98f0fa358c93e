import * as v from 'valibot';
import {
  object,
  quotedNames,
  unknownNames,
  type JsonObject,
  type Schema,
} from '../../core/schema/schema';
import { storedSchema } from '../../core/schema/stored-form';
import { presetIn, presets } from './run-config';
import { runConfigSchema, runSettings, type RunConfig } from './run-settings';

/*
 * Settings that the studio stored: in checkpoints, heads, runs, run files and links. They are read
 * with forbearance, since another version may have written them. A name that this version doesn't
 * know stays in the config, is written again with it, and is said; a known setting with an
 * impossible value is refused, since a run can't be resumed by a guess. (A link loses only that
 * setting: nothing was trained by it.) What a person types is read by `resolveConfig`, strictly.
 *
 * Whoever renames a setting, removes one, or adds one whose presets differ from what was done
 * before it, adds a change below. A link has no version and gets all new names, so a name must not
 * come back with another meaning.
 */

/** What one version of the settings changed. */
export interface SettingsChange {
  /** New names, by the old ones. */
  readonly renamed?: Readonly<Record<string, string>>;
  /**
   * For settings that are new in this version: what earlier ones did, where a preset says
   * otherwise. A setting that isn't named here gets its preset's value.
   */
  readonly before?: JsonObject;
}

const changes: readonly SettingsChange[] = [
  // Version 1. Releases before it stored no version, and some lacked these settings.
  { before: { microBatch: 0, centres: 'first-pass', validateEvery: 0, patience: 0 } },
];

/**
 * A config as it is stored: with the version of its settings. One of a later version has brought
 * its own.
 */
export const configToStore = (config: RunConfig): JsonObject => ({
  version: changes.length,
  ...config,
});

/**
 * The schema of a config that some version of the studio stored.
 * @param history the changes of all versions
 */
export const storedConfigSince = (history: readonly SettingsChange[]): Schema<RunConfig> =>
  storedSchema({
    version: history.length,
    migrations: history.map(({ renamed = {}, before = {} }) => (older: JsonObject) => ({
      ...before,
      ...withNewNames(older, renamed),
    })),
    schema: v.pipe(
      object({}),
      v.transform((found: JsonObject): unknown => {
        const { version, ...settings } = found;
        const isLater = typeof version === 'number' && version > history.length;
        return {
          ...presets[presetIn(settings) ?? 'demo'],
          ...settings,
          ...(isLater && { version }),
        };
      }),
      runConfigSchema,
    ),
  });

/** The schema of a config that some version of the studio stored. */
export const storedConfig = storedConfigSince(changes);

/** Settings with the names that this version has for them. Those that it doesn't know stay. */
export const withLatestNames = (
  settings: JsonObject,
  history: readonly SettingsChange[] = changes,
): JsonObject =>
  history.reduce((older, { renamed = {} }) => withNewNames(older, renamed), settings);

/**
 * Says which settings of a config this version doesn't know; null if it knows them all.
 * @param where what holds them, as the subject of a sentence: "The saved run"
 */
export function unknownSettingsWarning(config: RunConfig, where: string): string | null {
  const names = unknownNames(runSettings, config).filter((name) => name !== 'version');
  if (names.length === 0) return null;
  const [what, kept] =
    names.length === 1 ? ['a setting', 'It is kept'] : ['settings', 'They are kept'];
  return (
    `${where} has ${what} that this studio doesn't know: ${quotedNames(names)}. ` +
    `${kept}, without effect here.`
  );
}

/** Settings, with those of a saved run that this version doesn't know: they stay in its file. */
export function withUnknownOf(saved: RunConfig, settings: RunConfig): RunConfig {
  const unknown = unknownNames(runSettings, saved).map((name) => [
    name,
    (saved as JsonObject)[name],
  ]);
  return { ...settings, ...Object.fromEntries(unknown) };
}

function withNewNames(older: JsonObject, renamed: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(
    Object.entries(older)
      // Where both names are there, the new one is what was meant.
      .filter(([name]) => !(Object.hasOwn(renamed, name) && Object.hasOwn(older, renamed[name]!)))
      .map(([name, value]) => [Object.hasOwn(renamed, name) ? renamed[name]! : name, value]),
  );
}
