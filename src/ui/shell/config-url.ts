import { messageOf } from '../../core/studio-error';
import {
  differencesFromPreset,
  presetFor,
  presets,
  resolveConfig,
  type RunConfig,
} from '../../training/config/run-config';
import { settingValue } from '../../training/config/setting-text';

/**
 * Reads the experiment from the address: after `#`, the preset's name and the settings that differ
 * from it. Without a name, the preset is the one for its source. No face data is ever in it.
 * @returns the config, and a warning if the address holds a setting that can't be used
 */
export function configFromHash(hash: string): { config: RunConfig; warning: string | null } {
  const entries = [...new URLSearchParams(hash.replace(/^#/, ''))].map(
    ([key, text]) => [key, settingValue(key, text)] as const,
  );
  try {
    const given = Object.fromEntries(entries);
    const preset = presetFor(String(given.shards ?? presets.demo.shards));
    return { config: resolveConfig({ preset, ...given }), warning: null };
  } catch (thrown) {
    const consequence = "a setting that can't be used, so the demo preset is shown";
    const warning = `The address holds ${consequence}. ${messageOf(thrown)}`;
    return { config: resolveConfig({}), warning };
  }
}

/** The part of the address after `#` for a config. */
export function hashOf(config: RunConfig): string {
  const differences = Object.entries(differencesFromPreset(config)).map(([key, value]) => [
    key,
    String(value),
  ]);
  return new URLSearchParams([
    ['preset', config.preset],
    ...(differences as [string, string][]),
  ]).toString();
}
