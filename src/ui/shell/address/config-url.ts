import { misfit } from '../../../core/schema/schema';
import { badSetting, settingProblem } from '../../../core/schema/setting-rules';
import {
  differencesFromPreset,
  presetFor,
  presetIn,
  presets,
  type RunConfig,
} from '../../../training/config/run-config';
import { runConfigSchema, runSettings } from '../../../training/config/run-settings';
import { settingValue } from '../../../training/config/setting-text';
import { withLatestNames } from '../../../training/config/stored-config';

/** Settings that a warning explains; of more it gives the number. */
const MAX_EXPLAINED = 4;

/**
 * Reads the settings of a run from an address: the preset's name and the settings that differ from
 * it. Without a name, the preset is the one for its source. A setting that can't be used, of
 * another version or mistyped, is left out; the others hold.
 * @returns the config, and a warning that names what was left out
 */
export function configFromParams(params: URLSearchParams): {
  config: RunConfig;
  warning: string | null;
} {
  const texts = withLatestNames(Object.fromEntries(params));
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

/** Settings as an address names them: the preset, and what differs from it. */
export const paramsOf = (config: RunConfig): [string, string][] => [
  ['preset', config.preset],
  ...Object.entries(differencesFromPreset(config)).map(([name, value]): [string, string] => [
    name,
    String(value),
  ]),
];
