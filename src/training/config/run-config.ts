import { badSetting, requireKnown, requireSettings } from '../../core/setting-rules';
import { presetFor, presets, presetSentence, withSource } from './presets';
import {
  numberRules,
  presetNames,
  runSettings,
  type PresetName,
  type RunConfig,
} from './run-settings';

export { numberRules, presets, presetFor, presetSentence, withSource };
export type { ObjectiveMode } from '../../confidence/vmf';
export type { PresetName, RunConfig, ScheduleName } from './run-settings';

/**
 * Completes settings that a person gave (in a file, an option or a form) with their preset and
 * checks every one. What the studio stored itself is read by `readStoredConfig`.
 * @throws StudioError `bad-config` naming the setting, what was found and what was expected;
 * unknown names too.
 */
export function resolveConfig(partial: Readonly<Record<string, unknown>>): RunConfig {
  const config = completed(partial);
  requireKnown(runSettings, partial, 'a run');
  return checked(config);
}

/** Settings with those of their preset where they have none; the demo's by default. */
export function completed(
  partial: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> & { readonly preset: PresetName } {
  const { preset = 'demo' } = partial;
  const known = presetNames.find((name) => name === preset);
  if (!known) throw badSetting('preset', preset, `one of ${presetNames.join(', ')}`);
  return { ...presets[known], ...partial, preset: known };
}

/** Checks complete settings; other names stay. @throws StudioError `bad-config` */
export function checked(found: object): RunConfig {
  const config = requireSettings(runSettings, found);
  if ((config.centres === 'file') !== (config.centreFiles.trim() !== ''))
    throw badSetting(
      'centreFiles',
      config.centreFiles,
      'the address of class centres where "centres" is "file", and nothing otherwise',
    );
  return config;
}

/** The settings that differ from the preset. The page marks them, and the URL holds only these. */
export function differencesFromPreset(config: RunConfig): Partial<RunConfig> {
  const preset = presets[config.preset];
  return Object.fromEntries(
    Object.entries(preset)
      .map(([name]) => [name, config[name as keyof RunConfig]] as const)
      .filter(([name, value]) => preset[name as keyof RunConfig] !== value),
  );
}
