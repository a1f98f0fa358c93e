import { misfit } from '../../core/schema/schema';
import { badSetting, settingProblem } from '../../core/schema/setting-rules';
import {
  differencesFromPreset,
  presetFor,
  presetIn,
  presets,
  type RunConfig,
} from '../../training/config/run-config';
import { runConfigSchema, runSettings } from '../../training/config/run-settings';
import { settingValue } from '../../training/config/setting-text';
import { withLatestNames } from '../../training/config/stored-config';

/** Settings that a warning explains; of more it gives the number. */
const MAX_EXPLAINED = 4;

/**
 * Reads the experiment from the address: after `#`, the preset's name and the settings that differ
 * from it. Without a name, the preset is the one for its source. No face data is ever in it. A
 * setting that can't be used, of another version or mistyped, is left out; the others hold.
 * @returns the config, and a warning that names what was left out
 */
export function configFromHash(hash: string): { config: RunConfig; warning: string | null } {
  const texts = withLatestNames(Object.fromEntries(new URLSearchParams(hash.replace(/^#/, ''))));
  const lost = new Map<string, string>();
  const given = new Map<string, unknown>();
  for (const [name, text] of Object.entries(texts)) {
    const value = settingValue(name, String(text));
    const problem = settingProblem(runSettings, name, value, 'a run');
    if (problem) lost.set(name, problem.message);
    else given.set(name, value);
  }
  let config = configOf(given);
  const together = misfit(runConfigSchema, config);
  if (together) {
    // Only settings that need each other are left: a file of class centres, and that it is used.
    for (const name of ['centres', 'centreFiles']) given.delete(name);
    lost.set(together.at, badSetting(together.at, together.found, together.expected).message);
    config = configOf(given);
  }
  return { config, warning: warningOf([...lost.values()]) };
}

function configOf(given: ReadonlyMap<string, unknown>): RunConfig {
  const { preset, ...settings } = Object.fromEntries(given);
  const shards = String(settings.shards ?? presets.demo.shards);
  const name = (preset !== undefined && presetIn({ preset })) || presetFor(shards);
  return { ...presets[name], ...settings };
}

function warningOf(reasons: readonly string[]): string | null {
  if (reasons.length === 0) return null;
  const what = reasons.length === 1 ? 'a setting' : `${reasons.length} settings`;
  const were = reasons.length === 1 ? 'was' : 'were';
  const explained = reasons.slice(0, MAX_EXPLAINED).join(' ');
  return `The address holds ${what} that can't be used and ${were} left out. ${explained}`;
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
