import { badSetting, requireKnown, requireSettings } from '../../core/schema/setting-rules';
import { presetFor, presets, presetSentence, withSource } from './presets';
import {
  numberRules,
  presetNames,
  runConfigSchema,
  runSettings,
  settingNames,
  type PresetName,
  type RunConfig,
} from './run-settings';

export { numberRules, presets, presetFor, presetSentence, withSource };
export type { ObjectiveMode } from '../../confidence/vmf';
export type { PresetName, RunConfig } from './run-settings';

/**
 * Completes settings that a person gave (in a file, an option or a form) with their preset and
 * checks every one. What the studio stored itself is read by `storedConfig`.
 * @throws StudioError `bad-config` naming the setting, what was found and what was expected;
 * unknown names too.
 */
export function resolveConfig(partial: Readonly<Record<string, unknown>>): RunConfig {
  const preset = presetIn(partial);
  if (!preset) throw badSetting('preset', partial.preset, `one of ${presetNames.join(', ')}`);
  requireKnown(runSettings, partial, 'a run');
  return requireSettings(runConfigSchema, { ...presets[preset], ...partial });
}

/** The preset that settings name, the demo's by default; null if there is none of that name. */
export function presetIn({ preset = 'demo' }: { readonly preset?: unknown }): PresetName | null {
  return presetNames.find((name) => name === preset) ?? null;
}

/** The settings that differ from the preset. The page marks them, and the URL holds only these. */
export function differencesFromPreset(config: RunConfig): Partial<RunConfig> {
  const preset = presets[config.preset];
  return Object.fromEntries(
    settingNames
      .filter((name) => config[name] !== preset[name])
      .map((name) => [name, config[name]]),
  );
}
